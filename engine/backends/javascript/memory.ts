// Memory for the elements of new tensors. Apart because of small ones: V8 keeps a typed array of up to 64 bytes in its
// own heap, and gets every larger one from the C library, which takes ten times as long as filling it does. Small
// ones are therefore cut from a sheet, which is given back when all that was cut from it is gone: nobody frees anything.
import type { DType, TypedArray } from "../dtype.ts"

/** What V8 keeps in its own heap, in bytes. */
const inHeap = 64
/** A sheet lives as long as the longest-lived of its parts, so it must not be much larger than they are. */
const sheetBytes = 4096
const largestPart = sheetBytes / 8

/** Captured at load, so that the sandbox may change what its name means. */
const Sheet = ArrayBuffer

let sheet = new Sheet(0)
let used = 0

/** An array of `count` zeros of the type's kind, which shares no element with any other. */
export function zeroed(count: number, { array, itemsize }: DType): TypedArray {
  // By the type's own width, which is at hand: half precisions, which lie in float32, and runs in doubles differ a little.
  if (count * itemsize <= inHeap || count * itemsize > largestPart) return new array(count)
  const bytes = count * array.BYTES_PER_ELEMENT
  if (used + bytes > sheet.byteLength) {
    sheet = new Sheet(sheetBytes)
    used = 0
  }
  const made = new array(sheet, used, count)
  used = (used + bytes + 7) & ~7
  return made
}
