// The question before every tensor: is there room? Apart because it is plain arithmetic that a test can drive.

import { memoryLimit } from "../protocol/faults.ts"
import { position } from "../tensor/position.ts"

/** How much may be taken between two looks at the real numbers, which cost some microseconds. */
const lookEvery = 16e6

/** How often garbage is collected before memory is said to be full. */
const collections = 3

/**
 * Makes a check for `allocation.check`. `inUse` measures the bytes of all buffers, `collect` frees what is garbage.
 * The limit is in bytes; 0 is none.
 */
export function allocationGuard(inUse: () => number, collect: () => void): (limit: number) => (bytes: number) => void {
  return (limit) => {
    if (!(limit > 0)) return () => undefined
    let sinceLook = lookEvery
    return (bytes) => {
      if (bytes > limit) throw placed(memoryLimit(bytes, 0, limit))
      sinceLook += bytes
      if (sinceLook < lookEvery) return
      sinceLook = bytes
      if (inUse() + bytes <= limit) return
      // Buffers are given back beside the collection, and counted as free only when the next one begins.
      let used = 0
      for (let i = 0; i < collections; i++) {
        collect()
        used = inUse()
        if (used + bytes <= limit) return
      }
      throw placed(memoryLimit(bytes, used, limit))
    }
  }
}

function placed(fault: ReturnType<typeof memoryLimit>): ReturnType<typeof memoryLimit> {
  fault.site = position.site
  return fault
}
