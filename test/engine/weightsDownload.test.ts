// Published weights over a network of our own: a server on this machine that serves well, cuts off, lies, stands still or
// is not there. After each failure the cache holds nothing.

import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { createServer, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import { Seat } from "../../engine/host/node.ts"
import { WeightStore } from "../../engine/host/weightStore.ts"
import type { RunResult } from "../../engine/protocol/api.ts"
import type { Fault } from "../../engine/protocol/faults.ts"
import { torchvision } from "../../engine/torch.ts"
import { buildHost, type BuiltHost } from "./hostBuild.ts"
import { standInWeights } from "./standInWeights.ts"

const file = "resnet18-f37072fd.pth"
const cache = mkdtempSync(join(tmpdir(), "autograd-cache-"))
let standIn = new Uint8Array<ArrayBuffer>(new ArrayBuffer(0))
let hashes: Readonly<Record<string, string>> = {}
let server: Server
let baseUrl = ""
let asked = 0
/** What the server does with a request; each test sets it. */
let answer: (response: ServerResponse) => void = () => undefined
let built: BuiltHost

const serveWell = (response: ServerResponse): void => void response.writeHead(200, { "content-length": standIn.length }).end(standIn)

beforeAll(async () => {
  standIn = standInWeights()
  hashes = { [file]: createHash("sha256").update(standIn).digest("hex").slice(0, 8) }
  server = createServer((_request, response) => {
    asked += 1
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/models/`
  built = await buildHost()
}, 60_000)
beforeEach(() => {
  rmSync(cache, { recursive: true, force: true })
  asked = 0
  answer = serveWell
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  built.remove()
  rmSync(cache, { recursive: true, force: true })
})

/** Asks a store for the file; says what came, what was told on the way, and what the cache then holds. */
async function get(more: { readonly baseUrl?: string; readonly patience?: number; readonly signal?: AbortSignal } = {}): Promise<{ outcome: string; told: (number | null)[]; kept: string[] }> {
  const told: (number | null)[] = []
  const { signal = new AbortController().signal, ...options } = more
  const store = new WeightStore({ folder: cache, baseUrl, hashes, ...options })
  let outcome: string
  try {
    const bytes = await store.get(file, { signal, progress: (fraction) => void told.push(fraction) })
    outcome = Buffer.compare(bytes, standIn) === 0 ? "the file" : "other bytes"
  } catch (error) {
    const { name, message, hint } = error as Fault
    outcome = `${name}: ${message}${hint === undefined ? "" : ` → ${hint}`}`
  }
  return { outcome, told, kept: readdirSync(cache) }
}

test("a file is downloaded once, told on the way, and then taken from the cache", async () => {
  const first = await get()
  expect([first.outcome, first.told.at(-1), first.kept]).toEqual(["the file", 1, [file]])
  answer = () => expect.unreachable("it is in the cache")
  expect([await get(), asked]).toEqual([{ outcome: "the file", told: [], kept: [file] }, 1])
})

test("a cached file that has changed is downloaded again", async () => {
  mkdirSync(cache)
  writeFileSync(join(cache, file), "damaged")
  expect([(await get()).outcome, asked]).toEqual(["the file", 1])
})

test("a download that is cut off in the middle leaves nothing", async () => {
  answer = (response) => {
    response.writeHead(200, { "content-length": standIn.length })
    response.write(standIn.subarray(0, 1000), () => response.destroy())
  }
  const { outcome, kept } = await get()
  expect(outcome).toMatch(/^RuntimeError: The download of resnet18-f37072fd\.pth was expected to bring [\d.]+ kB, and it was cut off after (1 kB|0 bytes)\. → Check the connection and run again\.$/)
  expect(kept).toEqual([])
})

test("a file with another hash is not kept, however whole it is", async () => {
  answer = (response) => void response.writeHead(200).end("something else")
  const found = createHash("sha256").update("something else").digest("hex").slice(0, 8)
  expect(await get()).toEqual({
    outcome: `RuntimeError: The download of ${file} was expected to have a SHA-256 that begins with ${hashes[file]}, and it begins with ${found}: it is damaged or another file. → Run again. If it stays so, something on the way to the server changes downloads.`,
    told: [null],
    kept: [],
  })
})

const byHand = `Check the connection, or download ${file} with a browser into the snippet's folder and pass weights: "./${file}".`

test("a server that is not there is named, and the way without it", async () => {
  const { outcome, kept } = await get({ baseUrl: "http://127.0.0.1:9/" })
  expect(outcome).toMatch(/^RuntimeError: resnet18-f37072fd\.pth was expected from 127\.0\.0\.1:9, and the server could not be reached \(.+\)\. → /)
  expect([outcome.split(" → ")[1], kept]).toEqual([byHand, []])
})

test("a server that has no such file is quoted", async () => {
  answer = (response) => void response.writeHead(404).end()
  expect(await get()).toEqual({ outcome: `RuntimeError: ${file} was expected at ${baseUrl}${file}, and the server answered 404 Not Found. → ${byHand}`, told: [], kept: [] })
})

test("a server that stands still is given up", async () => {
  answer = () => undefined
  const { outcome, kept } = await get({ patience: 100 })
  expect([outcome, kept]).toEqual([`RuntimeError: ${file} was expected from ${new URL(baseUrl).host}, and the server could not be reached (no answer within 0.1 s). → ${byHand}`, []])
})

test("a download that is cancelled leaves nothing", async () => {
  const controller = new AbortController()
  answer = (response) => {
    response.writeHead(200, { "content-length": standIn.length })
    response.write(standIn.subarray(0, 1000), () => setTimeout(() => controller.abort(), 20))
  }
  const { outcome, kept } = await get({ signal: controller.signal })
  expect([outcome, kept]).toEqual([`Stopped: The download of ${file} was cancelled.`, []])
})

test("what a process that was ended left behind is taken away by the next download", async () => {
  mkdirSync(cache)
  for (const name of ["old", "new"]) writeFileSync(join(cache, `${name}.partial`), "half")
  const longAgo = Date.now() / 1000 - 7200
  utimesSync(join(cache, "old.partial"), longAgo, longAgo)
  expect((await get()).kept.sort()).toEqual(["new.partial", file])
})

/** A seat whose snippets download from the server here. */
async function withSeat<T>(use: (seat: Seat) => Promise<T>): Promise<T> {
  const seat = new Seat({ workerUrl: built.workerUrl, spare: false, weights: { folder: cache, baseUrl, hashes }, log: () => undefined, onUnstoppable: () => expect.unreachable("a thread did not end") })
  try {
    await seat.prepare()
    return await use(seat)
  } finally {
    seat.dispose()
  }
}
const request = (source: string, timeLimit = 0) => ({ runId: 1, source, fileName: "lesson.ts", device: "cpu" as const, timeLimit, memoryLimit: 2048, trace: false })
const told = ({ stdout, error }: RunResult): string => stdout + (error ? `${error.line}: ${error.name}: ${error.message} → ${error.hint}` : "")

test.each(['weights: "IMAGENET1K_V1"', 'weights: "DEFAULT"', "weights: torchvision.models.ResNet18_Weights.IMAGENET1K_V1", "pretrained: true"])("resnet18({ %s }) has the published numbers, without await", async (options) => {
  const fractions: (number | null)[] = []
  const result = await withSeat((seat) => seat.run(request(`const model = torchvision.models.resnet18({ ${options} })
print(model.conv1.weight[0, 0, 0, slice(2)].detach(), model.fc.bias.sum().item())`), undefined, (text, fraction) => void (text === file && fractions.push(fraction))))
  expect([told(result), fractions.at(-1)]).toEqual(["tensor([0.5000, 0.5000]) 500\n", 1])
}, 60_000)

test("Stop ends a download within a second, and the next run works", async () => {
  answer = (response) => {
    response.writeHead(200, { "content-length": standIn.length })
    response.write(standIn.subarray(0, 1000))
  }
  await withSeat(async (seat) => {
    const result = await seat.run(request('print("go")\ntorchvision.models.resnet18({ weights: "IMAGENET1K_V1" })\nprint("after")'), undefined, () => seat.stop())
    expect([result.stdout, result.error?.name, result.error?.line]).toEqual(["go\n", "Stopped", 2])
    expect(told(await seat.run(request("print(1 + 1)")))).toBe("2\n")
  })
  expect(readdirSync(cache)).toEqual([])
}, 60_000)

test("a download takes no time from the time limit", async () => {
  answer = (response) => void setTimeout(() => response.writeHead(404).end(), 3000)
  const source = 'try { torchvision.models.resnet18({ weights: "IMAGENET1K_V1" }) } catch (e) { print(e.name) }\nfor (let i = 0; i < 100; i++) {}\nprint("done")'
  expect(told(await withSeat((seat) => seat.run(request(source, 2.5))))).toBe("RuntimeError\ndone\n")
}, 60_000)

test("the fault of a download stands at its line", async () => {
  answer = (response) => void response.writeHead(404).end()
  const result = await withSeat((seat) => seat.run(request('const a = 1\ntorchvision.models.resnet18({ weights: "IMAGENET1K_V1" })')))
  expect(told(result)).toBe(`2: RuntimeError: ${file} was expected at ${baseUrl}${file}, and the server answered 404 Not Found. → ${byHand}`)
}, 60_000)

test.each([
  ['weights: "IMAGENET1K_V9"', 'ValueError: resnet18: expected the name of trained weights (IMAGENET1K_V1, DEFAULT) or a path to a .pth, .pt, .bin or .safetensors file, found "IMAGENET1K_V9".'],
  ['weights: "ResNet50_Weights.IMAGENET1K_V1"', 'ValueError: resnet18: expected the name of trained weights (IMAGENET1K_V1, DEFAULT) or a path to a .pth, .pt, .bin or .safetensors file, found "ResNet50_Weights.IMAGENET1K_V1".'],
  ["weights: 3", 'TypeError: resnet18: expected a name or a path for "weights", found number.'],
  ['weights: "IMAGENET1K_V1", num_classes: 10', "ValueError: resnet18: expected num_classes 1000, which the weights IMAGENET1K_V1 were trained for, found 10."],
])("resnet18({ %s }) says what it takes and asks no server", (options, wanted) => {
  const { resnet18 } = torchvision["models"] as { resnet18(options: object): unknown }
  const given = Function(`return { ${options} }`)() as object
  let found = "no fault"
  try {
    resnet18(given)
  } catch (error) {
    found = `${(error as Fault).name}: ${(error as Fault).message}`
  }
  expect([found, asked]).toEqual([wanted, 0])
})
