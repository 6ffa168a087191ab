// The memory that WebAssembly's kernels work in: tensors keep their own, collected by the garbage collector; numbers are
// copied in where a kernel arranges them anyway, and results out. One memory, which grows to the largest call's need.

import { named } from "./encoder.ts"

/** Captured at load, so that the sandbox may take it away from the snippet afterwards. Undefined where there is none. */
const Wasm = globalThis.WebAssembly as typeof WebAssembly | undefined

const page = 65536
const memory = Wasm && new Wasm.Memory({ initial: 32 })

/** Where −0 lies after `need`, which changes no number that it is added to. */
export const noBias = 0
/** The first float behind it. */
export const free = 16

/** The memory as numbers; replaced when it grows, so never kept across `need`. */
export const scratch = looked(memory ? memory.buffer : new ArrayBuffer(64))

function looked(buffer: ArrayBuffer): { floats: Float32Array; words: Int32Array } {
  return { floats: new Float32Array(buffer), words: new Int32Array(buffer) }
}

/** Makes room for `count` floats, and some behind them that kernels may read past the end. */
export function need(count: number): Float32Array {
  const missing = (count + 64) * 4 - scratch.floats.byteLength
  if (missing > 0 && memory) {
    memory.grow(Math.ceil(missing / page))
    Object.assign(scratch, looked(memory.buffer))
  }
  scratch.floats[noBias] = -0
  return scratch.floats
}

/** Whether there is WebAssembly with vectors here: asked with a module of ours, as some engines know only a part. */
export function accepts(bytes: Uint8Array<ArrayBuffer>): boolean {
  return Wasm !== undefined && Wasm.validate(bytes)
}

export type Run = (...args: number[]) => number

/** Compiles a module; its one function, which profiles show under `name`, works in the scratch memory. */
export function compiled(name: string, bytes: Uint8Array<ArrayBuffer>, more: WebAssembly.ModuleImports = {}): Run {
  if (!Wasm || !memory) throw new Error("There is no WebAssembly here; accepts() was expected to be asked first.")
  return new Wasm.Instance(new Wasm.Module(named(bytes, name, Object.keys(more).length)), { call: { memory, ...more } }).exports["run"] as Run // Our modules export just this.
}

const runs = new Map<string, Run>()

/** A kernel compiled when it is first asked for, and kept under its name. */
export function keptRun(name: string, bytes: () => Uint8Array<ArrayBuffer>): Run {
  let run = runs.get(name)
  if (!run) runs.set(name, (run = compiled(name, bytes())))
  return run
}

export const kept = (name: string, bytes: () => Uint8Array<ArrayBuffer>) => (): Run => keptRun(name, bytes)
