// What stands in the page of engineInBrowser.ts: the engine's worker, held as the extension holds it.
import { WebThread } from "../../extension/webThread.ts"
import { WebEngine } from "../../extension/webEngine.ts"
import { WebWeights } from "../../extension/webWeights.ts"
import { WebReadback } from "../../engine/host/webReadback.ts"
import type { RunRequest } from "../../engine/protocol/api.ts"
import type { PageDownload, PageDownloadOptions, PageRun } from "./engineInBrowser.ts"

const startThread = (everything: boolean) => new WebThread({ scriptUrl: "/engineWorker.js", everything, log: (message) => console.warn(message) })
let thread: WebThread | null = null
let isEverything = false

/** Runs a snippet in a warm worker; another one where the last was ended or spoiled. */
async function run(request: RunRequest, options: { readonly everything: boolean; readonly stopAfter?: number; readonly files: Readonly<Record<string, number[]>> }): Promise<PageRun> {
  if (!thread || thread.ended || thread.spoiled || isEverything !== options.everything) {
    thread?.end()
    thread = startThread(options.everything)
    isEverything = options.everything
  }
  await thread.ready
  let printed = ""
  const files = Object.fromEntries(Object.entries(options.files).map(([path, bytes]) => [path, { bytes: Uint8Array.from(bytes) }]))
  const { stopAfter } = options
  const timer = stopAfter === undefined ? undefined : setTimeout(() => thread?.stop("stopped"), stopAfter)
  const began = performance.now()
  const { result, leftovers } = await thread.run(request, { hasFolder: true, files, weights: {}, output: (text) => (printed += text) })
  clearTimeout(timer)
  const written = Object.fromEntries(Object.entries(leftovers.written).map(([path, bytes]) => [path, [...bytes]]))
  return { result, printed, wanted: leftovers.wanted, written, tookMs: performance.now() - began, spoiled: thread.spoiled, ended: thread.ended }
}

/** Downloads that are kept, as the extension's own folder keeps them. */
const kept = new Map<string, Uint8Array<ArrayBuffer>>()

/** Runs a snippet in an engine that may fetch published weights from a server. */
async function download(request: RunRequest, { stopAt, damage, ...source }: PageDownloadOptions): Promise<PageDownload> {
  if (damage === true) for (const file of kept.keys()) kept.set(file, Uint8Array.of(1, 2, 3))
  const told: [string, number | null][] = []
  let printed = ""
  const weights = new WebWeights({
    ...source,
    cache: { read: async (file) => kept.get(file) ?? null, write: async (file, bytes) => void kept.set(file, bytes) },
    log: (message) => console.warn(message),
  })
  const host = {
    output: (_run: number, text: string) => void (printed += text),
    log: (message: string) => console.warn(message),
    progress(_run: number, file: string, fraction: number | null) {
      told.push([file, fraction])
      if (stopAt !== undefined && (fraction ?? 0) >= stopAt) void engine.stop()
    },
  }
  const files = { read: async () => ({ fault: { name: "FileNotFoundError", message: "There are no files here." } }), write: async () => null }
  const engine: WebEngine = new WebEngine({ scriptUrl: Promise.resolve("/engineWorker.js"), files, weights, host })
  const began = performance.now()
  const result = await engine.run(request)
  const tookMs = performance.now() - began
  const whole = printed
  const after = (await engine.run({ ...request, runId: request.runId + 1, source: "print(1 + 1)" })).stdout
  engine.dispose()
  return { result, printed: whole, told, kept: [...kept.keys()], tookMs, after }
}

/** Writes bytes to the GPU, reads them back without awaiting, as often as asked, and gives how many differ. */
async function readBack(sizes: readonly number[], rounds: number): Promise<{ readonly bytes: number; readonly wrong: number; readonly ms: number }[]> {
  const adapter = await navigator.gpu.requestAdapter()
  if (!adapter) throw new Error("There is no GPU in this browser.")
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits
  const device = await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } })
  const readback = new WebReadback(device)
  return sizes.map((bytes) => {
    let wrong = 0
    let ms = 0
    for (let round = 0; round < rounds; round++) {
      const wanted = pattern(bytes, round)
      const source = device.createBuffer({ size: bytes, usage: 128 | 8 })
      device.queue.writeBuffer(source, 0, wanted)
      const began = performance.now()
      const found = new Uint8Array(readback.read(source, bytes) ?? new ArrayBuffer(0))
      ms += performance.now() - began
      for (let i = 0; i < bytes; i++) if (found[i] !== wanted[i]) wrong += 1
      source.destroy()
    }
    return { bytes, wrong, ms: ms / rounds }
  })
}

/** Every byte in every place of a word, and numbers whose bits a conversion would not keep. */
function pattern(bytes: number, round: number): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(bytes)
  for (let i = 0; i < bytes; i++) made[i] = (Math.imul(i + round * 977, 2654435761) >>> 13) ^ i
  const odd = [0x7fc00001, 0xffc12345, 0x7f800001, 0xff800000, 0xffffffff, 0, 0x80000000, 1, 0x00ffffff]
  new Uint32Array(made.buffer).set(odd.slice(0, bytes / 4))
  return made
}

Object.assign(globalThis, { engine: { run, readBack, download } })
