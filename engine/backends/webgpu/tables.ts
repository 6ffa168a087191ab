// Whole numbers that a kernel looks up: where windows begin, which places are taken. Those of one geometry are sent
// once and kept; others are sent with the call.
import type { Gpu } from "./gpu.ts"

interface Kept {
  readonly buffer: number
  readonly count: number
}

const kept = new WeakMap<Gpu, Map<string, Kept>>()
const mostKept = 64

/** The buffer of a table that is asked for again and again, by its numbers. */
export function table(gpu: Gpu, numbers: readonly number[]): number {
  let tables = kept.get(gpu)
  if (!tables) kept.set(gpu, (tables = new Map()))
  const key = `${gpu.memory.era};${numbers.join()}`
  let known = tables.get(key)
  if (!known) {
    if (tables.size >= mostKept) forgetAll(gpu, tables)
    const buffer = sent(gpu, Uint32Array.from(numbers))
    tables.set(key, (known = { buffer, count: numbers.length }))
  }
  return known.buffer
}

/** A borrowed buffer with numbers in it; the caller gives it back. */
export function sent(gpu: Gpu, numbers: Uint32Array<ArrayBuffer>): number {
  const buffer = gpu.memory.borrow(numbers.length)
  gpu.commands.add({ kind: "write", buffer, offset: 0, data: numbers })
  return buffer
}

function forgetAll(gpu: Gpu, tables: Map<string, Kept>): void {
  for (const [key, { buffer, count }] of tables) if (key.startsWith(`${gpu.memory.era};`)) gpu.memory.release(buffer, count)
  tables.clear()
}
