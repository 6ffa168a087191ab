// Commands recorded for the GPU and handed over in batches: a dispatch costs some hundred nanoseconds here, and one
// message carries many. Apart from the kernels, which say what is computed, and from memory, which says where.
import { Fault } from "../../protocol/faults.ts"
import { planStep, type GpuBatch, type GpuCommand, type GpuDoor, type GpuRange } from "./gpuDoor.ts"

/** Commands after which a batch is handed over, so that the GPU begins while the snippet goes on. */
const fullBatch = 64

/** A kernel's shader, found by its key; printed when it is met first. */
export interface Shader {
  readonly key: string
  /** What a fault names: `add`, `matmul`. */
  readonly label: string
  readonly buffers: number
  print(): string
}

/** The numbers of one dispatch: whole ones and floats of the same words. */
export interface Plan {
  readonly at: number
  readonly words: Uint32Array
  readonly floats: Float32Array
}

export class GpuCommands {
  readonly #door: GpuDoor
  readonly #pipelines = new Map<string, number>()
  #list: GpuCommand[] = []
  #words = new Uint32Array(planStep * fullBatch)
  #floats = new Float32Array(this.#words.buffer)
  #planned = 0
  readonly #site: () => number
  #isAbandoned = false
  /** How many dispatches were recorded since the start, for tests and figures. */
  dispatches = 0

  /** `site` tells where in the snippet the engine is. */
  constructor(door: GpuDoor, site: () => number = () => 0) {
    this.#door = door
    this.#site = site
  }

  make(buffer: number, bytes: number): void {
    this.add({ kind: "make", buffer, bytes, site: this.#site() })
  }

  /** The device failed: what dies later frees nothing that comes after, and nothing of it is read. */
  abandon(): void {
    this.#isAbandoned = true
    this.#list = []
  }

  add(command: GpuCommand): void {
    if (this.#isAbandoned) return
    this.#list.push(command)
    if (this.#list.length >= 2 * fullBatch) this.flush()
  }

  /** Room for the numbers of the next dispatch; `length` of them at most `planStep`. */
  plan(): Plan {
    if (this.#planned === this.#words.length) this.flush()
    const at = this.#planned
    this.#planned += planStep
    return { at, words: this.#words, floats: this.#floats }
  }

  /** Records a dispatch; the first buffer is written. */
  dispatch(shader: Shader, { at }: Plan, buffers: readonly number[], groups: readonly [number, number, number]): void {
    let pipeline = this.#pipelines.get(shader.key)
    if (pipeline === undefined) {
      pipeline = this.#pipelines.size + 1
      this.#pipelines.set(shader.key, pipeline)
      this.#list.push({ kind: "pipeline", pipeline, label: shader.label, code: shader.print(), buffers: shader.buffers })
    }
    this.#list.push({ kind: "dispatch", pipeline, buffers, planAt: at, groups, site: this.#site() })
    this.dispatches++
    if (this.#planned >= planStep * fullBatch || this.#list.length >= 2 * fullBatch) this.flush()
  }

  /** Hands over what was recorded. */
  flush(): void {
    if (this.#list.length === 0) return
    const batch: GpuBatch = { commands: this.#list, plans: this.#words.slice(0, this.#planned) }
    this.#list = []
    this.#planned = 0
    this.#door.submit(batch)
  }

  /** Forgets what was recorded and not handed over; pipelines stay. */
  discard(): void {
    this.#list = this.#list.filter((one) => one.kind === "pipeline")
    this.#planned = 0
  }

  /** Contents after everything that was recorded, one after the other. */
  read(ranges: readonly GpuRange[]): ArrayBuffer {
    if (this.#isAbandoned) throw new Fault("RuntimeError", "These values were on the GPU when it failed.", "Run the snippet again.")
    this.flush()
    return this.#door.read(ranges)
  }
}
