// `npm run package`: writes the VSIX with vsce and checks that what it must hold is in it.
import { mkdirSync, readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { createVSIX, listFiles } from "@vscode/vsce"
import { downloads, root } from "./places.ts"

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
  mkdirSync(dirname(target), { recursive: true })
  // vsce runs the production build itself (vscode:prepublish). It asks npm which folders of node_modules to consider;
  // .vscodeignore lets exactly one of them through, the plugin that the build puts there.
  await createVSIX({ cwd: root, packagePath: target, useYarn: false, allowMissingRepository: false })
  const files = (await listFiles({ cwd: root })).map((path) => path.replaceAll("\\", "/"))
  const missing = needed.filter((path) => !files.includes(path))
  if (missing.length > 0) throw new Error(`The VSIX lacks ${missing.join(", ")}.`)
  return target
}

/** Where journeys keep theirs, so that a test leaves nothing in the repository's root. */
export const testVsix = join(downloads, "autograd-lab.vsix")

if (process.argv[1] === import.meta.filename) {
  const { name, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { name: string; version: string }
  console.log(`Written: ${await packageVsix(resolve(root, `${name}-${version}.vsix`))}`)
}
