// Where the elements of a GPU's tensors are: in a buffer of the device, in this process's memory, or in both, each good
// or out of date. Every kernel of the processor works on them as on any others; what is read is fetched once.
//
// Nobody tells when a tensor dies, and a synchronous loop runs no finalizers. So the device's memory has a budget: when
// it is used up, what the garbage collector finds dead is given back where the host can ask it, and beyond that the
// buffers used longest ago move to this process's memory, which is collected by itself.
import { HostStorage, type Device, Storage } from "../backend.ts"
import { float32, type DType, type TypedArray } from "../dtype.ts"
import type { GpuCommands } from "./commands.ts"

/** Bytes on the device, until the host says otherwise. */
const usualBudget = 1 << 29
/** Bytes of buffers that wait for their next use. */
const mostIdle = 1 << 27
/** Bytes that one read-back brings at most when much moves at once. */
const mostMoved = 1 << 26

/** Elements that are brought whole whatever is asked for; places so near each other are brought with what is between; and pieces of one read-back. */
const fewElements = 1 << 14
const nearElements = 64
const mostRanges = 2048

/** The elements of one storage. Neither copy good: they are all zero, and nothing was allocated. */
export class Contents {
  /** Number of the device's buffer, 0 for none. */
  buffer = 0
  deviceGood = false
  hostGood = false
  host: HostStorage | null = null
  /** Alive as long as a storage looks here. */
  lease: WeakRef<Lease> | null = null
  constructor(
    readonly count: number,
    readonly dtype: DType,
  ) {}
}

/** What storages of the same contents hold on to. */
interface Lease {
  readonly contents: Contents
}

/** Asks the garbage collector to find now what is dead; null where the host cannot. Set by the host. */
export const collector: { collect: (() => void) | null } = { collect: null }

export class GpuStorage extends Storage {
  readonly contents: Contents
  constructor(
    device: Device,
    private readonly lease: Lease,
    private readonly home: GpuMemory,
  ) {
    super(device, false)
    this.contents = lease.contents
  }
  get array(): TypedArray {
    return this.home.changeOnHost(this.contents).array
  }
  get seen(): TypedArray {
    return this.home.onHost(this.contents).array
  }
  override pick(places: readonly number[]): number[] {
    return this.home.pick(this.contents, places) ?? super.pick(places)
  }
  get length(): number {
    return this.contents.count
  }
  get memory(): object {
    return this.contents
  }
  shared(): GpuStorage {
    return new GpuStorage(this.device, this.lease, this.home)
  }
}

export class GpuMemory {
  readonly #commands: GpuCommands
  /** Contents with a buffer, those used longest ago first. */
  readonly #resident = new Set<Contents>()
  /** Buffers to be used again, by their size in bytes. */
  readonly #idle = new Map<number, number[]>()
  #idleBytes = 0
  #heldBytes = 0
  #lastBuffer = 0
  readonly #dead = new FinalizationRegistry<Contents>((contents) => this.free(contents))
  /** Contents of the dispatch that is being put together: they stay where they are. */
  readonly #pinned = new Set<Contents>()
  budget = usualBudget
  /** Counts how often everything was forgotten. */
  era = 0

  constructor(commands: GpuCommands) {
    this.#commands = commands
  }

  /** Bytes of all buffers, idle ones included. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** Zeros, for which nothing is allocated yet. */
  make(count: number, dtype: DType, device: Device): GpuStorage {
    const contents = new Contents(count, dtype)
    const lease = { contents }
    this.#dead.register(lease, contents)
    if (collector.collect) contents.lease = new WeakRef(lease)
    return new GpuStorage(device, lease, this)
  }

  /** A process's memory as the device sees it, for one operator: what lies there is sent when a kernel asks. */
  lend(host: HostStorage): GpuStorage {
    const contents = new Contents(host.length, float32)
    contents.host = host
    contents.hostGood = true
    return new GpuStorage(host.device, { contents }, this)
  }

  /** The elements in this process's memory, to be read. */
  onHost(contents: Contents): HostStorage {
    if (contents.hostGood) return contents.host!
    if (contents.deviceGood) this.#place(contents, this.#commands.read([{ buffer: contents.buffer, offset: 0, bytes: contents.count * 4 }]), 0)
    else contents.host = new HostStorage(new contents.dtype.array(contents.count))
    contents.hostGood = true
    return contents.host!
  }

  /** The elements at some places of many that lie on the device alone; null where all of them are brought as quickly. */
  pick({ buffer, count, deviceGood, hostGood }: Contents, places: readonly number[]): number[] | null {
    if (hostGood || !deviceGood || count <= fewElements || places.length * 4 > count) return null
    const ranges: { from: number; to: number }[] = []
    for (const at of [...places].sort((a, b) => a - b)) {
      const last = ranges.at(-1)
      if (last && at < last.to + nearElements) last.to = Math.max(last.to, at + 1)
      else ranges.push({ from: at, to: at + 1 })
    }
    if (ranges.length > mostRanges) return null
    const floats = new Float32Array(this.#commands.read(ranges.map(({ from, to }) => ({ buffer, offset: from * 4, bytes: (to - from) * 4 }))))
    const found = new Map<number, number>()
    let next = 0
    for (const { from, to } of ranges) for (let at = from; at < to; at++) found.set(at, floats[next++]!)
    return places.map((at) => found.get(at)!)
  }

  /** The same, to be changed there. */
  changeOnHost(contents: Contents): HostStorage {
    const host = this.onHost(contents)
    contents.deviceGood = false
    return host
  }

  /** Memory of this process that is to be filled whole. */
  fillOnHost(contents: Contents): HostStorage {
    contents.host ??= new HostStorage(new contents.dtype.array(contents.count))
    contents.hostGood = true
    contents.deviceGood = false
    return contents.host
  }

  /** The device's buffer with the elements in it, to be read. */
  onDevice(contents: Contents): number {
    this.#reach(contents)
    if (!contents.deviceGood) {
      if (contents.hostGood) this.#commands.add({ kind: "write", buffer: contents.buffer, offset: 0, data: Float32Array.from(contents.host!.array) })
      else this.#commands.add({ kind: "clear", buffer: contents.buffer, bytes: contents.count * 4 })
      contents.deviceGood = true
    }
    return contents.buffer
  }

  /** The same, to be changed there. */
  changeOnDevice(contents: Contents): number {
    const buffer = this.onDevice(contents)
    contents.hostGood = false
    contents.host = null
    return buffer
  }

  /** A buffer that is to be filled whole. */
  fillOnDevice(contents: Contents): number {
    this.#reach(contents)
    contents.deviceGood = true
    contents.hostGood = false
    contents.host = null
    return contents.buffer
  }

  /** A buffer for a step between two kernels; `release` gives it back. */
  borrow(count: number): number {
    return this.#take(sizeOf(count))
  }

  release(buffer: number, count: number): void {
    this.#giveBack(buffer, sizeOf(count))
  }

  /** The contents are needed no more. */
  free(contents: Contents): void {
    if (contents.buffer === 0) return
    this.#giveBack(contents.buffer, sizeOf(contents.count))
    this.#resident.delete(contents)
    contents.buffer = 0
    contents.deviceGood = false
  }

  /** The dispatch is recorded: its contents may move again. */
  settle(): void {
    this.#pinned.clear()
  }

  /** Forgets every buffer: the device is gone, or has freed them all. What only lay there is lost. */
  forget(): void {
    this.era += 1
    for (const contents of this.#resident) {
      contents.buffer = 0
      contents.deviceGood = false
    }
    this.#resident.clear()
    this.#idle.clear()
    this.#idleBytes = this.#heldBytes = 0
  }

  #reach(contents: Contents): void {
    if (contents.buffer === 0) contents.buffer = this.#take(sizeOf(contents.count))
    else this.#resident.delete(contents)
    this.#resident.add(contents)
    this.#pinned.add(contents)
  }

  #take(bytes: number): number {
    const idle = this.#idle.get(bytes)?.pop()
    if (idle !== undefined) {
      this.#idleBytes -= bytes
      return idle
    }
    if (this.#heldBytes + bytes > this.budget) this.#makeRoom(bytes)
    this.#heldBytes += bytes
    this.#lastBuffer += 1
    this.#commands.make(this.#lastBuffer, bytes)
    return this.#lastBuffer
  }

  #giveBack(buffer: number, bytes: number): void {
    if (this.#idleBytes + bytes > mostIdle) return this.#drop(buffer, bytes)
    let idle = this.#idle.get(bytes)
    if (!idle) this.#idle.set(bytes, (idle = []))
    idle.push(buffer)
    this.#idleBytes += bytes
  }

  #drop(buffer: number, bytes: number): void {
    this.#heldBytes -= bytes
    this.#commands.add({ kind: "free", buffer })
  }

  #dropIdle(): void {
    for (const [bytes, buffers] of this.#idle) for (const buffer of buffers) this.#drop(buffer, bytes)
    this.#idle.clear()
    this.#idleBytes = 0
  }

  /** Brings the device's memory below its budget, by half of it where that is possible, so that this is rare. */
  #makeRoom(bytes: number): void {
    const wanted = this.budget / 2 - bytes
    this.#dropIdle()
    if (collector.collect) {
      collector.collect()
      for (const contents of this.#resident) if (contents.lease !== null && contents.lease.deref() === undefined) this.free(contents)
      this.#dropIdle()
    }
    while (this.#heldBytes > wanted && this.#moveOldest(wanted)) continue
  }

  /** Moves buffers that were used longest ago to this process's memory; false where none is left that may. */
  #moveOldest(wanted: number): boolean {
    const moving: Contents[] = []
    let bytes = 0
    for (const contents of this.#resident) {
      if (this.#heldBytes - bytes <= wanted || bytes >= mostMoved) break
      if (this.#pinned.has(contents)) continue
      moving.push(contents)
      bytes += sizeOf(contents.count)
    }
    const alone = moving.filter((one) => one.deviceGood && !one.hostGood)
    const read = alone.length > 0 ? this.#commands.read(alone.map(({ buffer, count }) => ({ buffer, offset: 0, bytes: count * 4 }))) : new ArrayBuffer(0)
    let at = 0
    for (const contents of alone) {
      this.#place(contents, read, at)
      at += contents.count * 4
    }
    for (const contents of moving) {
      this.#drop(contents.buffer, sizeOf(contents.count))
      this.#resident.delete(contents)
      contents.buffer = 0
      contents.deviceGood = false
    }
    return moving.length > 0
  }

  #place(contents: Contents, read: ArrayBuffer, at: number): void {
    const { array } = contents.dtype
    const floats = new Float32Array(read, at, contents.count)
    const whole = at === 0 && read.byteLength === floats.byteLength
    const own = array === Float32Array ? (whole ? floats : floats.slice()) : new array(contents.count)
    if (own instanceof Float32Array === false) own.set(floats)
    contents.host = new HostStorage(own)
    contents.hostGood = true
  }
}

/** Bytes of the buffer for so many elements: in steps of an eighth, so that buffers are used again. */
function sizeOf(count: number): number {
  const bytes = Math.max(256, count * 4)
  const step = Math.max(256, 2 ** (Math.ceil(Math.log2(bytes)) - 3))
  return Math.ceil(bytes / step) * step
}

/** Element types that a device's buffer holds, each as float32: whole numbers of up to 16 bits are exact there. */
const exact: ReadonlySet<string> = new Set(["float32", "bool", "uint8", "int8", "int16"])
/** Types of which only small numbers are: places and classes, for kernels that ask for them. */
const whole: ReadonlySet<string> = new Set(["int32", "int64"])

/** Whether every element of this type is the same number on the device. A float32 that lies in doubles is not. */
export function isExact(dtype: DType): boolean {
  return exact.has(dtype.name) && (dtype.name !== "float32" || dtype.array === Float32Array)
}

/** Whether elements of this type may lie on the device. */
export function fitsDevice(dtype: DType): boolean {
  return isExact(dtype) || whole.has(dtype.name)
}

/** Whether these very elements are the same numbers there. */
export function areExact({ dtype, deviceGood, host }: Contents): boolean {
  if (isExact(dtype) || deviceGood) return true
  if (!whole.has(dtype.name)) return false
  const { array } = host ?? { array: [] }
  for (let i = 0; i < array.length; i++) if (Math.abs(array[i]!) > 1 << 24) return false
  return true
}
