// The memory that WebAssembly's kernels work in: tensors keep their own, collected by the garbage collector; numbers are
// copied in where a kernel arranges them anyway, and results out. It grows to the largest call's need. There are two: a
// thread's own, and one that it shares with helpers, as JavaScript is slower with shared memory. Which of them is `scratch`
// is decided for a whole kernel (`together`).

import type { TypedArray } from "../dtype.ts"
import { Crew, hands, mostCalls, terms, threadCount, type Run } from "./crew.ts"
import { named, withSharedMemory } from "./encoder.ts"

export type { Run } from "./crew.ts"

/** Captured at load, so that the sandbox may take it away from the snippet afterwards. Undefined where there is none. */
const Wasm = globalThis.WebAssembly as typeof WebAssembly | undefined

const page = 65536
/** What a 32-bit address reaches. */
const mostPages = 65536

/** Where −0 lies after `need`, which changes no number that it is added to. */
export const noBias = 0
/** The first float behind it. */
export const free = 16

/** A memory as numbers, and the kernels that work in it. */
interface Area {
  readonly memory: WebAssembly.Memory | undefined
  readonly crew: Crew | null
  readonly runs: Map<string, Run>
  floats: Float32Array
  words: Int32Array
  bytes: Uint8Array
}

function areaOf(memory: WebAssembly.Memory | undefined, crew: Crew | null): Area {
  return { memory, crew, runs: new Map(), ...looked(memory ? memory.buffer : new ArrayBuffer(64)) }
}

function looked(buffer: ArrayBuffer | SharedArrayBuffer) {
  return { floats: new Float32Array(buffer as ArrayBuffer), words: new Int32Array(buffer as ArrayBuffer), bytes: new Uint8Array(buffer as ArrayBuffer) }
}

const own = areaOf(Wasm && new Wasm.Memory({ initial: 32 }), null)
let shared: Area | null = null
let here = own

/** The memory as numbers; replaced when it grows, so never kept across `need`. */
export const scratch = { floats: own.floats, words: own.words }

function enter(area: Area): void {
  here = area
  scratch.floats = area.floats
  scratch.words = area.words
}

/** Makes room for `count` floats, and some behind them that kernels may read past the end. */
export function need(count: number): Float32Array {
  const missing = (count + 64) * 4 - scratch.floats.byteLength
  if (missing > 0 && here.memory) {
    here.memory.grow(Math.ceil(missing / page))
    enter(Object.assign(here, looked(here.memory.buffer)))
  }
  scratch.floats[noBias] = -0
  return scratch.floats
}

/** Multiplications, or what takes as long, from which helpers gain more than waking them costs. */
const worthHelp = 4e6
/** The same of all kernels so far from which helpers are started: a snippet that has one large product does without. */
const worthHiring = 5e8
let done = 0

/** Does the work of a kernel where helpers can take a part of it, if it is worth that and there are any; else here alone. */
export function together(worth: number, work: () => void): void {
  const area = worth >= worthHelp || terms.everything ? sharedFor(worth) : null
  if (!area || here !== own) return work()
  enter(area)
  try {
    work()
  } finally {
    enter(own)
  }
}

function sharedFor(worth: number): Area | null {
  const threads = threadCount()
  if (threads < 2 || !Wasm) return null
  done += worth
  if (done < worthHiring && !terms.everything) return null
  if (!shared) {
    const memory = new Wasm.Memory({ initial: 32, maximum: mostPages, shared: true })
    shared = areaOf(memory, new Crew(memory))
  }
  return shared.crew!.ready(threads) ? shared : null
}

/** Whether helpers may take a part of what is done now. */
export const isShared = (): boolean => here.crew !== null

/** Calls of a kernel that write to different places: done when `finish` returns, beside what is done until then. */
export function begin(run: Run, calls: readonly (readonly number[])[]): void {
  if (here.crew && calls.length > 0) here.crew.begin(run, calls)
  else for (const call of calls) run(...call)
}

export function finish(): void {
  here.crew?.finish()
}

/** The same at once. */
export function divide(run: Run, calls: readonly (readonly number[])[]): void {
  if (!here.crew || calls.length < 2) {
    for (const call of calls) run(...call)
    return
  }
  for (let from = 0; from < calls.length; from += mostCalls) {
    here.crew.begin(run, calls.slice(from, from + mostCalls))
    here.crew.finish()
  }
}

/** How an argument of a kernel changes from one step of its work to the next: which one, and by how much. */
export type Change = readonly [argument: number, step: number]

/** Multiplications, or what takes as long, of the least part that is worth handing over. */
const leastPart = 5e4

/** A call whose argument `counting` says how many steps it takes, divided into calls of fewer steps; `worth` is the whole of it. */
export function divideAlong(run: Run, call: readonly number[], counting: number, changes: readonly Change[], worth: number): void {
  divide(run, partsAlong(call, counting, changes, worth))
}

/** The calls that such a call is divided into. */
export function partsAlong(call: readonly number[], counting: number, changes: readonly Change[], worth: number): number[][] {
  const steps = call[counting]!
  const parts = terms.everything ? partsOf(steps) : Math.max(1, Math.min(partsOf(steps), Math.floor(worth / leastPart)))
  return Array.from({ length: parts }, (_, i) => {
    const from = Math.floor((steps * i) / parts)
    const part = call.slice()
    part[counting] = Math.floor((steps * (i + 1)) / parts) - from
    for (const [argument, step] of changes) part[argument]! += from * step
    return part
  })
}

/** How many parts a work of `count` steps is divided into: several a thread, so that none waits long for the last. */
export const partsOf = (count: number): number => (here.crew ? Math.min(count, mostCalls, 4 * threadCount()) : 1)

/** Elements from which copying them as bytes, a call into the system, costs less than one by one. */
const worthBlock = 128

/** Copies elements of a tensor to the place `to`. */
export function bringIn(array: TypedArray, from: number, count: number, to: number): void {
  if (here.crew && array instanceof Float32Array) {
    if (count >= worthBlock) hands.copy(new Uint8Array(array.buffer, array.byteOffset + from * 4, count * 4), here.bytes, to * 4, 0, count * 4)
    else for (let i = 0, { floats } = here; i < count; i++) floats[to + i] = array[from + i]!
  } else scratch.floats.set(from === 0 && count === array.length ? array : array.subarray(from, from + count), to)
}

/** Copies numbers from the place `from` to elements of a tensor. */
export function takeOut(from: number, count: number, array: TypedArray, to: number): void {
  if (here.crew && array instanceof Float32Array) {
    if (count >= worthBlock) hands.copy(here.bytes, new Uint8Array(array.buffer, array.byteOffset + to * 4, count * 4), 0, from * 4, (from + count) * 4)
    else for (let i = 0, { floats } = here; i < count; i++) array[to + i] = floats[from + i]!
  } else array.set(scratch.floats.subarray(from, from + count), to)
}

/** Whether there is WebAssembly with vectors here: asked with a module of ours, as some engines know only a part. */
export function accepts(bytes: Uint8Array<ArrayBuffer>): boolean {
  return Wasm !== undefined && Wasm.validate(bytes)
}

/** Compiles a module; its one function, which profiles show under `name`, works in the memory that is `scratch` now. */
export function compiled(name: string, bytes: Uint8Array<ArrayBuffer>, more: WebAssembly.ModuleImports = {}): Run {
  const { memory, crew } = here
  if (!Wasm || !memory) throw new Error("There is no WebAssembly here; accepts() was expected to be asked first.")
  const module = new Wasm.Module(named(crew ? withSharedMemory(bytes, mostPages) : bytes, name, Object.keys(more).length))
  const run = new Wasm.Instance(module, { call: { memory, ...more } }).exports["run"] as Run // Our modules export just this.
  crew?.know(run, module)
  return run
}

/** A kernel compiled when it is first asked for, and kept under its name. */
export function keptRun(name: string, bytes: () => Uint8Array<ArrayBuffer>): Run {
  let run = here.runs.get(name)
  if (!run) here.runs.set(name, (run = compiled(name, bytes())))
  return run
}

export const kept = (name: string, bytes: () => Uint8Array<ArrayBuffer>) => (): Run => keptRun(name, bytes)
