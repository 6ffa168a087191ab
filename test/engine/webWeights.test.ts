// Published weights in a real browser, over a server of our own: fetched by whoever holds the worker, told on the way,
// checked, kept, cancelled; and a server that does not let pages of another origin read, as the browser has it.

import { createHash } from "node:crypto"
import { createServer, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import { openEngine, type EngineInBrowser, type PageDownload, type PageDownloadOptions } from "../workbench/engineInBrowser.ts"
import { standInWeights } from "./standInWeights.ts"

const file = "resnet18-f37072fd.pth"
const source = 'import torchvision from "torchvision"\nprint("first")\nconst model = torchvision.models.resnet18({ weights: "IMAGENET1K_V1" })\nprint(model.fc.bias.sum().item())'
const open = { "access-control-allow-origin": "*", "access-control-expose-headers": "content-length" }
let engine: EngineInBrowser
let server: Server
let standIn = new Uint8Array<ArrayBuffer>(new ArrayBuffer(0))
let options: PageDownloadOptions
let asked: string[] = []
/** What the server does with a request; each test sets it. */
let answer: (response: ServerResponse) => void = () => undefined

beforeAll(async () => {
  standIn = standInWeights()
  server = createServer(({ method = "" }, response) => {
    asked.push(method)
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  // A listening server's address is of the internet's kind.
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/models/`
  options = { baseUrl, hashes: { [file]: createHash("sha256").update(standIn).digest("hex").slice(0, 8) } }
  engine = await openEngine({ gpu: false })
}, 120_000)
beforeEach(() => {
  asked = []
  answer = (response) => void response.writeHead(200, { ...open, "content-length": standIn.length }).end(standIn)
})
afterAll(async () => {
  await engine.close()
  server.closeAllConnections()
  server.close()
})

const said = ({ result: { error }, printed }: PageDownload): string => `${printed}${error ? `${error.line} ${error.name}: ${error.message} → ${error.hint ?? ""}` : ""}`

test("a server that lets no page of another origin read is named for what it is, and the way without it", async () => {
  answer = (response) => void response.writeHead(200, { "content-length": standIn.length }).end(standIn)
  const found = await engine.download(source, options)
  expect([said(found), found.kept]).toEqual([`first\n3 RuntimeError: ${file} was expected from ${new URL(options.baseUrl).host}, and that server lets no page of another origin read its files. → Download ${file} into the snippet's folder and pass weights: "./${file}", or run the snippet in VS Code on a desktop.`, []])
  expect(asked).toEqual(["GET", "HEAD"])
}, 60_000)

test("a server that is not there is told apart from it", async () => {
  const found = await engine.download(source, { ...options, baseUrl: "http://127.0.0.1:9/" })
  expect(said(found)).toMatch(/^first\n3 RuntimeError: resnet18-f37072fd\.pth was expected from 127\.0\.0\.1:9, and the server could not be reached \(.+\)\. → Check the connection/)
}, 60_000)

test("a file with another hash is neither used nor kept", async () => {
  answer = (response) => void response.writeHead(200, open).end("something else")
  const found = await engine.download(source, options)
  expect([said(found).includes("it is damaged or another file"), found.kept]).toEqual([true, []])
}, 60_000)

test("Stop ends a download at its line, keeps nothing, and the next run works", async () => {
  answer = (response) => {
    response.writeHead(200, { ...open, "content-length": standIn.length })
    response.write(standIn.subarray(0, standIn.length >> 1))
  }
  const found = await engine.download(source, { ...options, stopAt: 0.1 })
  expect([found.result.error?.name, found.result.error?.line, found.kept, found.after]).toEqual(["Stopped", 3, [], "2\n"])
}, 60_000)

test("weights are downloaded once, told on the way, kept, and what was printed before is printed once", async () => {
  const first = await engine.download(source, options)
  expect([said(first), first.told.at(-1), first.kept]).toEqual(["first\n500\n", [file, 1], [file]])
  const second = await engine.download(source, options)
  expect([said(second), second.told, asked]).toEqual(["first\n500\n", [], ["GET"]])
}, 60_000)

test("a kept file that has changed is downloaded again", async () => {
  const found = await engine.download(source, { ...options, damage: true })
  expect([said(found), asked]).toEqual(["first\n500\n", ["GET"]])
}, 60_000)
