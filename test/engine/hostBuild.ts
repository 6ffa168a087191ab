// Builds the host's entries once for its tests: a worker thread and a forked process run files, not vitest's modules.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = join(dirname(fileURLToPath(import.meta.url)), "../..")

export interface BuiltHost {
  readonly folder: string
  readonly workerUrl: URL
  remove(): void
}

/** The same names and the same splitting as dist/ has; TypeScript stays outside, as the tests need no bundle of it. */
export async function buildHost(): Promise<BuiltHost> {
  const artifacts = join(root, "test/artifacts")
  mkdirSync(artifacts, { recursive: true })
  const folder = mkdtempSync(join(artifacts, "host-"))
  const entry = (name: string): string => join(root, "engine/host", name)
  await build({
    entryPoints: { engine: entry("engine.ts"), cli: entry("cli.ts"), engineProcess: entry("process.ts"), engineWorker: entry("worker.ts") },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    external: ["typescript", "webgpu"],
    logLevel: "error",
  })
  return {
    folder,
    workerUrl: new URL(`file://${join(folder, "engineWorker.mjs")}`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
