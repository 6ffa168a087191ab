// What the packages hold: the one that serves every platform and the browser, and those of one platform.

import { closeSync, globSync, openSync, readFileSync, readSync } from "node:fs"
import { join } from "node:path"
import { build } from "esbuild"
import { beforeAll, expect, test } from "vitest"
import { filesOf, stageVsix, targets, type Target } from "../workbench/package.ts"
import { root } from "../workbench/places.ts"

let universal: readonly string[] = []
let linux: readonly string[] = []
const stages = new Map<Target, string>()
const names = Object.keys(targets) as Target[] // The table has its own keys.

beforeAll(async () => {
  const stage = await stageVsix()
  universal = await filesOf(stage)
  for (const target of names) stages.set(target, await stageVsix(target, stage))
  linux = await filesOf(stages.get("linux-x64")!)
}, 180_000)

test("the package without a target has no binary", () => {
  expect(universal.filter((path) => /\.(node|dll|so|dylib|exe)$/.test(path))).toEqual([])
})

/** What lies beside the binary: DirectX compiles its shaders with these, and their licences go along. */
const beside: Readonly<Record<string, readonly string[]>> = { win32: ["d3dcompiler_47.dll", "dxcompiler.dll", "dxcompiler-LICENSE.TXT", "dxcompiler-ThirdPartyNotices.txt"] }

test.each(names)("the package for %s has that platform's binary, its loader and its licence, and else the same files", async (target) => {
  const files = await filesOf(stages.get(target)!)
  const binaries = ["dawn.node", ...(beside[target.split("-")[0]!] ?? [])].map((name) => `dist/native/dist/${targets[target]}/${name}`)
  expect(files.filter((path) => !universal.includes(path)).sort()).toEqual(["dist/native/LICENSE.md", ...binaries, "dist/native/index.js"].sort())
  expect(universal.filter((path) => !files.includes(path))).toEqual([])
})

/** What the first bytes of a program say about the machine that it is for. */
const machines: Readonly<Record<Target, string>> = {
  "linux-x64": "ELF 3e",
  "linux-arm64": "ELF b7",
  "darwin-x64": "Mach-O for several",
  "darwin-arm64": "Mach-O for several",
  "win32-x64": "PE 8664",
  "win32-arm64": "PE aa64",
}

test.each(names)("the binary in the package for %s is one for that machine", (target) => {
  expect(machineOf(join(stages.get(target)!, "dist", "native", "dist", targets[target], "dawn.node"))).toBe(machines[target])
})

function machineOf(path: string): string {
  const head = Buffer.alloc(4096)
  const file = openSync(path, "r")
  readSync(file, head)
  closeSync(file)
  if (head.readUInt32BE(0) === 0x7f454c46) return `ELF ${head.readUInt16LE(18).toString(16)}`
  if (head.readUInt32BE(0) === 0xcafebabe) return "Mach-O for several"
  const header = head.readUInt32LE(0x3c)
  return head.toString("latin1", header, header + 2) === "PE" ? `PE ${head.readUInt16LE(header + 4).toString(16)}` : "unknown"
}

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
