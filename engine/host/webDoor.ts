// The worker's side of what it may ask of the extension in a browser: printing, files, and whether to stop. Apart from
// web.ts, which puts the worker together. Nothing here waits: a worker without shared memory cannot wait for an answer
// while a snippet runs. So files that torch.load wants are asked for by ending the run, and saved ones leave after it.

import type { GpuDoor } from "../backends/webgpu/gpuDoor.ts"
import type { FileDoor } from "../nn/door.ts"
import { checkPath, partsBelow } from "../protocol/fileRules.ts"
import { Fault } from "../protocol/faults.ts"
import { connect, type Channel } from "../protocol/rpc.ts"
import { position } from "../tensor/position.ts"
import { WebGpu } from "./webGpu.ts"
import type { Leftovers, SuppliedFile, Supplies, WebDoorApi, WebDoorHost } from "./webThreadApi.ts"

/** How often the address is tried, in milliseconds: it costs one to two. */
const askEvery = 80
/** The clock is looked at so often at least, in turns of a loop. */
const mostTurns = 256
/** Text is told when there is so much of it, or when the clock is looked at. */
const muchText = 8192

const { performance } = globalThis

/** What `importScripts` does: loads a script and runs it, and throws when it cannot. */
export type LoadScript = (url: string) => void

export class WebDoor {
  readonly #host: WebDoorHost
  readonly #gpu: WebGpu
  readonly #load: LoadScript
  #supplies: Supplies = { stopUrl: "", hasFolder: false, files: {}, weights: {} }
  #wanted = new Set<string>()
  #wantedWeights = new Map<string, boolean>()
  #written = new Map<string, Uint8Array<ArrayBuffer>>()
  #text = ""
  #stopped = false
  #turns = 0
  #batch = 1
  #looked = 0
  #asked = 0

  constructor(channel: Channel, load: LoadScript) {
    this.#load = load
    this.#gpu = new WebGpu((message) => void this.#host.log(message))
    const api: WebDoorApi = {
      supply: async (supplies) => {
        this.#supplies = supplies
        this.#wanted = new Set()
        this.#wantedWeights = new Map()
        this.#written = new Map()
        this.#text = ""
        this.#stopped = false
        this.#batch = 1
        this.#turns = 0
        await this.#gpu.ready
      },
      leftovers: async () => {
        this.flush()
        const fault = await this.#gpu.takeFault()
        return { wanted: [...this.#wanted], wantedWeights: Object.fromEntries(this.#wantedWeights), written: Object.fromEntries(this.#written), ...(fault === null ? {} : { fault: saidBy(fault) }) }
      },
    }
    this.#host = connect<WebDoorHost, WebDoorApi>(channel, api)
  }

  get gpu(): GpuDoor {
    return this.#gpu
  }

  /** What torch.load and torch.save go through. */
  readonly files: FileDoor = {
    read: (path) => {
      const key = this.#key("torch.load", path)
      const saved = this.#written.get(key)
      if (saved) return saved.slice()
      return given(path, this.#supplies.files[key], () => this.#wanted.add(key))
    },
    write: (path, bytes) => void this.#written.set(this.#key("torch.save", path), new Uint8Array(bytes)),
    weights: (file, progress) => given(file, this.#supplies.weights[file], () => this.#wantedWeights.set(file, progress)),
  }

  /** Text that print wrote. */
  write(text: string): void {
    this.#text += text
    if (this.#text.length >= muchText) this.flush()
  }

  flush(): void {
    if (this.#text !== "") this.#host.output(this.#text)
    this.#text = ""
  }

  /** The cheap question of every loop: true ends the run. */
  stopRequested(): boolean {
    if (this.#stopped) return true
    this.#turns += 1
    return this.#turns >= this.#batch && this.#look()
  }

  #look(): boolean {
    const now = performance.now()
    const since = now - this.#looked
    this.#looked = now
    this.#turns = 0
    // A loop of quick turns looks at the clock seldom, one of slow turns each time.
    if (since < 2) this.#batch = Math.min(this.#batch * 2, mostTurns)
    else if (since > 8) this.#batch = Math.max(1, this.#batch >> 2)
    if (now - this.#asked < askEvery) return false
    this.#asked = now
    this.flush()
    try {
      this.#load(this.#supplies.stopUrl)
    } catch {
      this.#stopped = true
      this.#host.heeded()
    }
    return this.#stopped
  }

  #key(what: "torch.load" | "torch.save", path: string): string {
    try {
      checkPath(what, path, this.#supplies.hasFolder)
      return partsBelow(what, path).join("/")
    } catch (error) {
      throw error instanceof Fault ? placed(error) : error
    }
  }
}

/** The bytes of a file that is there; one that is not is asked for, and ends the run. */
function given(name: string, supplied: SuppliedFile | undefined, ask: () => void): Uint8Array<ArrayBuffer> {
  if (!supplied) {
    ask()
    throw placed(new Fault("FileWanted", `“${name}” is being fetched, and the snippet runs again with it.`))
  }
  if ("bytes" in supplied) return supplied.bytes.slice()
  throw placed(new Fault(supplied.fault.name, supplied.fault.message, supplied.fault.hint))
}

function saidBy({ name, message, hint }: Fault): NonNullable<Leftovers["fault"]> {
  return { name, message, ...(hint === undefined ? {} : { hint }) }
}

function placed(fault: Fault): Fault {
  fault.site = position.site
  return fault
}
