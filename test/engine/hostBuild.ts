// Builds the host's entries once for its tests: a worker thread and a forked process run files, not vitest's modules.

import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"

const root = join(dirname(fileURLToPath(import.meta.url)), "../..")

export interface BuiltHost {
  /** Where the entries lie, named as in dist/. */
  readonly folder: string
  readonly workerUrl: URL
  remove(): void
}

/** The same names, layout and splitting as the package has; TypeScript stays outside, as the tests need no bundle of it. */
export async function buildHost(): Promise<BuiltHost> {
  const home = mkdtempSync(join(tmpdir(), "autograd-lab-host-"))
  const folder = join(home, "dist")
  symlinkSync(join(root, "node_modules"), join(home, "node_modules"), "junction")
  copyFileSync(join(root, "package.json"), join(home, "package.json"))
  const entry = (name: string): string => join(root, "engine/host", name)
  await build({
    entryPoints: { engine: entry("engine.ts"), cli: entry("cli.ts"), engineProcess: entry("process.ts"), engineWorker: entry("worker.ts"), engineHelper: entry("crewHelper.ts") },
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
    workerUrl: pathToFileURL(join(folder, "engineWorker.mjs")),
    remove: () => rmSync(home, { recursive: true, force: true }),
  }
}
