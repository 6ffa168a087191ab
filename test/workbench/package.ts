// `npm run package [-- --target linux-x64]`: puts the VSIX together in a folder of its own, so that a build at work here
// cannot disturb it, packs it with vsce, and checks that what it must hold is in it. With a target it has the GPU's binary
// of that platform and no other; without one it has none, and serves every platform and the browser.
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { createVSIX, listFiles } from "@vscode/vsce"
import { downloads, root } from "./places.ts"
import { build } from "./programs.ts"

/** Platforms of VS Code, and what Dawn's package calls them. */
export const targets = {
  "linux-x64": "linux-x64",
  "linux-arm64": "linux-arm64",
  "darwin-x64": "darwin-universal",
  "darwin-arm64": "darwin-universal",
  "win32-x64": "win32-x64",
  "win32-arm64": "win32-arm64",
} as const

export type Target = keyof typeof targets

/** Parts without which the installed extension would fail in a way that no error message explains. */
const needed = [
  "package.json",
  "package.nls.ko.json",
  "dist/extension.cjs",
  "dist/engineProcess.mjs",
  "dist/engineWorker.mjs",
  "dist/engineHelper.mjs",
  "dist/web/extension.cjs",
  "dist/web/engineWorker.js",
  "dist/panel.js",
  "dist/panel.css",
  "dist/types/torch.d.ts",
  "media/lessons/lessons.json",
  "node_modules/autograd-lab-typescript-plugin/index.js",
]

/** Builds for production, packs, and returns the path of the VSIX. */
export async function packageVsix(path: string, target?: Target): Promise<string> {
  const stage = await stageVsix(target)
  mkdirSync(dirname(path), { recursive: true })
  // vsce asks npm which folders of node_modules to consider; .vscodeignore lets exactly one through, the plugin.
  await createVSIX({ cwd: stage, packagePath: path, useYarn: false, ...(target === undefined ? {} : { target }) })
  return path
}

/** Puts together what a VSIX holds, and returns the folder; from the folder of the one without a target, where it stands already. */
export async function stageVsix(target?: Target, from?: string): Promise<string> {
  const stage = join(downloads, "package", target ?? "universal")
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(stage, { recursive: true })
  if (from === undefined) {
    await build("--production", `--into=${stage}`)
    copyAllowed(stage)
  } else cpSync(from, stage, { recursive: true })
  if (target !== undefined) copyNative(stage, target)
  const { scripts: _scripts, devDependencies: _tools, allowScripts: _approved, ...manifest } = manifestOf(root)
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`)
  const files = await filesOf(stage)
  const missing = needed.filter((path) => !files.includes(path))
  if (missing.length > 0) throw new Error(`The VSIX would lack ${missing.join(", ")}.`)
  return stage
}

/** What vsce would pack of a folder. */
export async function filesOf(stage: string): Promise<string[]> {
  return (await listFiles({ cwd: stage })).map((path) => path.replaceAll("\\", "/"))
}

/** Where journeys keep theirs, so that a test leaves nothing in the repository's root. */
export const testVsix = join(downloads, "autograd-lab.vsix")

/** Copies what .vscodeignore allows, except what the build has put there already. */
function copyAllowed(stage: string): void {
  const allowed = readFileSync(join(root, ".vscodeignore"), "utf8").split(/\r?\n/).filter((line) => line.startsWith("!")).map((line) => line.slice(1))
  const sources = allowed.filter((pattern) => !/^(dist|node_modules)\//.test(pattern))
  for (const pattern of [...sources, ".vscodeignore"]) {
    for (const path of globSync(pattern, { cwd: root })) cpSync(join(root, path), join(stage, path), { recursive: true })
  }
}

/** Dawn for one platform, beside the engine (engine/host/gpuOwner.ts looks there first): its loader, and all that lies beside the binary. */
function copyNative(stage: string, target: Target): void {
  const from = join(root, "node_modules", "webgpu")
  const into = join(stage, "dist", "native")
  for (const name of ["index.js", "LICENSE.md", `dist/${targets[target]}`]) cpSync(join(from, name), join(into, name), { recursive: true })
  if (!existsSync(join(into, "dist", targets[target], "dawn.node"))) throw new Error(`The package webgpu has no binary for ${target}.`)
}

function manifestOf(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, unknown>
}

function isTarget(word: string): word is Target {
  return word in targets
}

if (process.argv[1] === import.meta.filename) {
  const at = process.argv.indexOf("--target")
  const named = at < 0 ? process.argv.find((word) => word.startsWith("--target="))?.slice("--target=".length) : (process.argv[at + 1] ?? "")
  if (named !== undefined && !isTarget(named)) {
    console.error(`--target is one of ${Object.keys(targets).join(", ")}; found “${named}”.`)
    process.exit(2)
  }
  const { name, version } = manifestOf(root)
  const path = await packageVsix(resolve(root, [name, named, version].filter((part) => part !== undefined).join("-") + ".vsix"), named)
  console.log(`Written: ${path} (${(statSync(path).size / 1e6).toFixed(1)} MB)`)
}
