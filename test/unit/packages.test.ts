// What the packages hold: the one that serves every platform and the browser, and those of one platform.

import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { build } from "esbuild"
import { beforeAll, expect, test } from "vitest"
import { filesOf, stageVsix } from "../workbench/package.ts"
import { root } from "../workbench/places.ts"

let universal: readonly string[] = []
let linux: readonly string[] = []

beforeAll(async () => {
  universal = await filesOf(await stageVsix())
  linux = await filesOf(await stageVsix("linux-x64"))
}, 180_000)

test("the package without a target has no binary", () => {
  expect(universal.filter((path) => /\.(node|dll|so|dylib|exe)$/.test(path))).toEqual([])
})

test("the package for linux-x64 has that platform's binary, its loader and its licence, and else the same files", () => {
  expect(linux.filter((path) => !universal.includes(path)).sort()).toEqual(["dist/native/LICENSE.md", "dist/native/dist/linux-x64/dawn.node", "dist/native/index.js"])
  expect(universal.filter((path) => !linux.includes(path) && !path.startsWith("dist/chunks/"))).toEqual([])
})

test("no package has source maps, sources or others' modules", () => {
  const wrong = [...universal, ...linux].filter((path) => /\.map$|(?<!\.d)\.ts$/.test(path) && !path.startsWith("media/lessons/"))
  const modules = [...universal, ...linux].filter((path) => path.startsWith("node_modules/") && !path.startsWith("node_modules/autograd-lab-typescript-plugin/"))
  expect([wrong, modules]).toEqual([[], []])
})

test("what the manifest names as entries is in every package", () => {
  const { main, browser } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly main: string; readonly browser: string }
  const entries = [main, browser].map((path) => path.replace("./", ""))
  expect(entries.filter((path) => !universal.includes(path) || !linux.includes(path))).toEqual([])
})

test("the suite inside VS Code runs in a browser too: it reads files through VS Code, and Node where only Node has something", () => {
  const files = globSync("test/extension/*.ts", { cwd: root })
  const wrong = files.flatMap((file) => [...readFileSync(join(root, file), "utf8").matchAll(/^import .*"(node:[^"]+)"/gm)].map(([, module]) => `${file}: ${module}`).filter((found) => !found.endsWith("node:assert/strict")))
  expect(wrong).toEqual([])
})

test("what runs in a browser imports nothing of Node, and nothing but vscode from outside", async () => {
  const entryPoints = { extension: "extension/webMain.ts", engineWorker: "engine/host/web.ts" }
  const { metafile } = await build({ absWorkingDir: root, entryPoints, outdir: "dist", bundle: true, write: false, metafile: true, platform: "browser", format: "cjs", target: "es2022", external: ["vscode", "node:*"], logLevel: "silent" })
  const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports.filter(({ external }) => external).map(({ path }) => path))
  expect([...new Set(outside)]).toEqual(["vscode"])
})
