// The memory limit in a browser, where nothing tells how much is in use, and where no collection can be forced or seen
// while a snippet runs. What certainly lives can be told all the same: what is reached from the values of the run's
// names and places. So nothing is refused that could have been freed; what only a closure holds is not seen.

import { memoryLimit } from "../protocol/faults.ts"
import { allocation } from "../tensor/allocation.ts"
import { position } from "../tensor/position.ts"

/** A search ends after so many objects: it takes a tenth of a second then. */
const mostObjects = 1_000_000

/** Makes a check for `allocation.check`; the limit is in bytes, 0 is none. */
export function webMemoryGuard(limit: number): (bytes: number) => void {
  if (!(limit > 0)) return () => undefined
  /** What lived when it was looked, and what was taken since: more than their sum cannot live. */
  let lived = 0
  let taken = 0
  return (bytes) => {
    if (bytes > limit) throw placed(memoryLimit(bytes, 0, limit))
    taken += bytes
    if (lived + taken <= limit) return
    lived = livingBytes(allocation.held())
    taken = bytes
    if (lived + bytes > limit) throw placed(memoryLimit(bytes, lived, limit))
  }
}

/** Bytes of all buffers that are reached from these values: by properties, in arrays, sets and maps, without calling a getter. */
export function livingBytes(roots: Iterable<unknown>): number {
  const seen = new Set<object>()
  const waiting: object[] = []
  let bytes = 0
  const reach = (value: unknown): void => {
    if (value === null || (typeof value !== "object" && typeof value !== "function")) return
    const owner = ArrayBuffer.isView(value) ? value.buffer : value
    if (seen.has(owner)) return
    seen.add(owner)
    if (owner instanceof ArrayBuffer) bytes += owner.byteLength
    else waiting.push(owner)
  }
  for (const root of roots) reach(root)
  while (waiting.length > 0 && seen.size < mostObjects) {
    const owner = waiting.pop()!
    if (Array.isArray(owner) || owner instanceof Set) for (const one of owner) reach(one)
    else if (owner instanceof Map) for (const pair of owner) pair.forEach(reach)
    // A function's own members are a module's layers; its prototype and name are nobody's memory.
    else for (const key of Object.keys(owner)) reach(Object.getOwnPropertyDescriptor(owner, key)?.value)
  }
  return bytes
}

function placed(fault: ReturnType<typeof memoryLimit>): ReturnType<typeof memoryLimit> {
  fault.site = position.site
  return fault
}
