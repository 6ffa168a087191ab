// Threads that help with kernels, in the tests' own process: their entry is bundled once a test file, as the package has it.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"
import { afterAll } from "vitest"
import { useKernels } from "../../engine/backends/choice.ts"
import { hands, terms } from "../../engine/backends/wasm/crew.ts"
import { offerHands } from "../../engine/host/crewHands.ts"

const folder = mkdtempSync(join(tmpdir(), "autograd-lab-crew-"))
const outfile = join(folder, "engineHelper.mjs")
await build({ entryPoints: [fileURLToPath(new URL("../../engine/host/crewHelper.ts", import.meta.url))], outfile, bundle: true, format: "esm", platform: "node", target: "node22", logLevel: "error" })
offerHands(pathToFileURL(outfile))
terms.threads = terms.usual = 3

afterAll(() => {
  useKernels("relaxed")
  hands.hire = null
  rmSync(folder, { recursive: true, force: true })
})
