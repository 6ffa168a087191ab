// The memory that hand-tuned kernels work in: tensors keep their own, collected by the garbage collector; numbers are
// copied in where a kernel arranges them anyway, and results out. One memory, which grows to the largest call's need.

/** Captured at load, so that the sandbox may take it away from the snippet afterwards. Undefined where there is none. */
const Wasm = globalThis.WebAssembly as typeof WebAssembly | undefined

const page = 65536
const memory = Wasm && new Wasm.Memory({ initial: 32 })

/** The memory as numbers; replaced when it grows, so never kept across `need`. */
export const scratch = { floats: new Float32Array(memory ? memory.buffer : new ArrayBuffer(0)) }

/** Makes room for `count` floats, and some behind them that kernels may read past the end. */
export function need(count: number): Float32Array {
  const missing = (count + 64) * 4 - scratch.floats.byteLength
  if (missing > 0 && memory) {
    memory.grow(Math.ceil(missing / page))
    scratch.floats = new Float32Array(memory.buffer)
  }
  return scratch.floats
}

/** Whether there is WebAssembly with vectors here: asked with a module of ours, as some engines know only a part. */
export function accepts(bytes: Uint8Array<ArrayBuffer>): boolean {
  return Wasm !== undefined && Wasm.validate(bytes)
}

/** Compiles a module; its one function works in the scratch memory. */
export function compiled(bytes: Uint8Array<ArrayBuffer>): (...args: number[]) => void {
  if (!Wasm || !memory) throw new Error("There is no WebAssembly here; accepts() was expected to be asked first.")
  return new Wasm.Instance(new Wasm.Module(bytes), { call: { memory } }).exports["run"] as (...args: number[]) => void // Our modules export just this.
}
