// `npm run package`: puts the VSIX together in a folder of its own, so that a build at work here cannot disturb it,
// packs it with vsce, and checks that what it must hold is in it.
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { createVSIX, listFiles } from "@vscode/vsce"
import { downloads, root } from "./places.ts"
import { build } from "./programs.ts"

/** Parts without which the installed extension would fail in a way that no error message explains. */
const needed = [
  "package.json",
  "package.nls.ko.json",
  "dist/extension.cjs",
  "dist/engineProcess.mjs",
  "dist/engineWorker.mjs",
  "dist/panel.js",
  "dist/panel.css",
  "dist/types/torch.d.ts",
  "media/lessons/lessons.json",
  "node_modules/autograd-lab-typescript-plugin/index.js",
]

/** Builds for production, packs, and returns the path of the VSIX. */
export async function packageVsix(target: string): Promise<string> {
  const stage = join(downloads, "package")
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(stage, { recursive: true })
  await build("--production", `--into=${stage}`)
  copyAllowed(stage)
  const { scripts: _scripts, devDependencies: _tools, allowScripts: _approved, ...manifest } = manifestOf(root)
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`)
  const files = (await listFiles({ cwd: stage })).map((path) => path.replaceAll("\\", "/"))
  const missing = needed.filter((path) => !files.includes(path))
  if (missing.length > 0) throw new Error(`The VSIX would lack ${missing.join(", ")}.`)
  mkdirSync(dirname(target), { recursive: true })
  // vsce asks npm which folders of node_modules to consider; .vscodeignore lets exactly one through, the plugin.
  await createVSIX({ cwd: stage, packagePath: target, useYarn: false })
  return target
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

function manifestOf(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, unknown>
}

if (process.argv[1] === import.meta.filename) {
  const { name, version } = manifestOf(root)
  console.log(`Written: ${await packageVsix(resolve(root, `${String(name)}-${String(version)}.vsix`))}`)
}
