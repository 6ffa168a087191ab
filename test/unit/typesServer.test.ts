// The plugin as the editor gets it: bundled, found beside its types, loaded by TypeScript's own server.
import { spawn, type ChildProcess } from "node:child_process"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { afterAll, beforeAll, expect, test } from "vitest"
import { typesText } from "./typesService.ts"

interface Message {
  readonly type: string
  readonly event?: string
  readonly request_seq?: number
  readonly body?: unknown
}

const pluginName = "autograd-lab-typescript-plugin"
const root = fileURLToPath(new URL("../../", import.meta.url))
let folder: string
let server: ChildProcess
let sequence = 0
const messages: Message[] = []
const waiting = new Set<() => void>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "autograd-types-"))
  const home = join(folder, "extension/node_modules", pluginName)
  await mkdir(home, { recursive: true })
  await mkdir(join(folder, "extension/dist/types"), { recursive: true })
  await mkdir(join(folder, "work"))
  await writeFile(join(folder, "extension/dist/types/torch.d.ts"), typesText)
  await writeFile(join(home, "package.json"), JSON.stringify({ name: pluginName, version: "1.0.0", main: "index.js", type: "commonjs" }))
  await build({
    absWorkingDir: root,
    entryPoints: ["engine/types/plugin.ts"],
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["typescript"],
    footer: { js: "module.exports = module.exports.default ?? module.exports" },
    outfile: join(home, "index.js"),
  })
  server = spawn(process.execPath, [
    join(root, "node_modules/typescript/lib/tsserver.js"), "--disableAutomaticTypingAcquisition", "--suppressDiagnosticEvents=false",
    "--globalPlugins", pluginName, "--pluginProbeLocations", join(folder, "extension"),
  ])
  let text = ""
  server.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk
    for (let line = /^Content-Length: \d+\r?\n\r?\n([^\n]*)\r?\n/.exec(text); line; line = /^Content-Length: \d+\r?\n\r?\n([^\n]*)\r?\n/.exec(text)) {
      text = text.slice(line[0].length)
      messages.push(JSON.parse(line[1]!) as Message)
      for (const wake of waiting) wake()
    }
  })
  // What VS Code 1.139 sends for files of no project.
  await request("compilerOptionsForInferredProjects", {
    options: { module: "Preserve", moduleResolution: "Bundler", target: "ES2022", jsx: "react-jsx", allowImportingTsExtensions: true, strict: true, allowNonTsExtensions: true },
  })
})

afterAll(async () => {
  server.kill()
  await rm(folder, { recursive: true, force: true })
})

/** The first message, from now on or already here, that fits. */
async function message(fits: (one: Message) => boolean): Promise<Message> {
  for (;;) {
    const found = messages.find(fits)
    if (found) return found
    await new Promise<void>((resolve) => {
      const wake = () => {
        waiting.delete(wake)
        resolve()
      }
      waiting.add(wake)
    })
  }
}

function send(command: string, args: object): number {
  server.stdin!.write(`${JSON.stringify({ seq: ++sequence, type: "request", command, arguments: args })}\n`)
  return sequence
}

async function request(command: string, args: object): Promise<unknown> {
  const seq = send(command, args)
  return (await message((one) => one.type === "response" && one.request_seq === seq)).body
}

async function open(name: string, content: string): Promise<string> {
  const file = join(folder, "work", name)
  await writeFile(file, content)
  send("open", { file, fileContent: content, scriptKindName: "TS", projectRootPath: join(folder, "work") })
  return file
}

/** Semantic diagnostics as the editor asks for them, codes only. */
async function codes(file: string): Promise<number[]> {
  const body = (await request("semanticDiagnosticsSync", { file })) as { code: number }[]
  return body.map(({ code }) => code)
}

test("a loose snippet has no diagnostic, quick info says Tensor and completions are a tensor's", async () => {
  const file = await open("lesson.ts", `import torch from "torch"\nconst x = torch.ones(2, 2, { requires_grad: true })\nconst y = (x[0, 1] + 2) & (x > 1n)\n{ using _ = torch.no_grad(); print(y, x[x > 0]) }\n`)
  const info = (await request("quickinfo", { file, line: 3, offset: 7 })) as { displayString: string }
  const completions = (await request("completionInfo", { file, line: 3, offset: 15 })) as { entries: { name: string }[] } | undefined
  expect({ codes: await codes(file), info: info.displayString, completes: completions !== undefined }).toEqual({ codes: [], info: "const y: Tensor", completes: true })
})

test("a file that does not import torch keeps its diagnostics", async () => {
  const file = await open("plain.ts", `const yes = true\nexport const n = yes & false\n`)
  expect(await codes(file)).toEqual([2447])
})

test("a loose file that imports nothing finds the global names, also when torch is written later", async () => {
  const file = await open("script.ts", "const a = [1]\n")
  const before = await codes(file)
  send("change", { file, line: 2, offset: 1, endLine: 2, endOffset: 1, insertString: "const t = torch.ones(2, 2)\nprint(t[0, 1], a)\n" })
  expect([before, await codes(file)]).toEqual([[], []])
})

test("a snippet becomes one while it is written", async () => {
  const file = await open("growing.ts", `export const a = 1\n`)
  const before = await codes(file)
  send("change", { file, line: 1, offset: 1, endLine: 1, endOffset: 1, insertString: `import torch from "torch"\nconst x = torch.ones(2, 2)\nprint(x[0, 1])\n` })
  expect([before, await codes(file)]).toEqual([[], []])
})

test("the server's geterr, with and without regions, is filtered too", async () => {
  const file = await open("region.ts", `import torch from "torch"\nconst x = torch.ones(2, 2)\nprint(x[0, 1])\n`)
  const seq = send("geterr", { delay: 0, files: [{ file, ranges: [{ startLine: 1, startOffset: 1, endLine: 3, endOffset: 15 }] }] })
  await message((one) => one.event === "requestCompleted" && (one.body as { request_seq: number }).request_seq === seq)
  const found = messages.filter((one) => /Diag$/.test(one.event ?? "") && (one.body as { file: string }).file === file)
  expect(found.flatMap((one) => (one.body as { diagnostics: { code: number }[] }).diagnostics)).toEqual([])
})
