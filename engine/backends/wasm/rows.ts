// Rows of tensors brought through the scratch memory, a block at a time that stays near the processor, past a kernel of
// rowsCode.ts. Apart from the kernels because this knows memory and those know formulas.
import type { TypedArray } from "../dtype.ts"
import { relaxedNow } from "./blocks.ts"
import { rowsModule, type RowKernel } from "./rowsCode.ts"
import { compiled, free, need, type Run } from "./scratch.ts"

export interface Rows {
  readonly array: TypedArray
  readonly offset: number
}

/** Floats of each input that pass by at a time. */
const block = 1 << 14

const runs = new WeakMap<RowKernel, Run[]>()

function runOf(kernel: RowKernel): Run {
  let both = runs.get(kernel)
  if (!both) runs.set(kernel, (both = []))
  const which = relaxedNow() ? 1 : 0
  return (both[which] ??= compiled(`rows ${kernel.name}`, rowsModule(kernel, which === 1)))
}

/** Numbers for each row: the one at `row % length`. */
export type Given = ArrayLike<number>

/**
 * Runs a kernel over `rows` rows of `width` elements, one behind the other in each input. What its passes store goes
 * to `out`; each fold's number of row r is added to `results[fold][r % length]`.
 */
export function passRows(kernel: RowKernel, inputs: readonly Rows[], out: Rows | null, rows: number, width: number, given: readonly Given[] = [], results: readonly Float64Array[] = []): void {
  const run = runOf(kernel)
  const most = Math.max(1, Math.min(rows, Math.floor(block / width)))
  const shared = kernel.shared ?? 0
  const apart = inputs.length - shared
  const givenAt = free + most * width * apart + width * shared
  const resultsAt = givenAt + most * given.length
  const floats = need(resultsAt + most * results.length)
  const sharedAt = free + most * width * apart
  for (let i = apart; i < inputs.length; i++) floats.set(inputs[i]!.array.subarray(inputs[i]!.offset, inputs[i]!.offset + width), sharedAt + (i - apart) * width)
  const addresses = [0, width, width * 4, ...inputs.map((_, i) => 4 * (i < apart ? free + i * most * width : sharedAt + (i - apart) * width)), ...given.map((_, i) => 4 * (givenAt + i * most)), ...results.map((_, i) => 4 * (resultsAt + i * most))]
  for (let row = 0; row < rows; row += most) {
    const here = Math.min(most, rows - row)
    const count = here * width
    for (let i = 0; i < apart; i++) {
      const from = inputs[i]!.offset + row * width
      floats.set(inputs[i]!.array.subarray(from, from + count), free + i * most * width)
    }
    given.forEach((one, i) => {
      const at = givenAt + i * most
      for (let r = 0; r < here; r++) floats[at + r] = one[(row + r) % one.length]!
    })
    addresses[0] = here
    run(...addresses)
    if (out) out.array.set(floats.subarray(free, free + count), out.offset + row * width)
    results.forEach((one, i) => {
      const at = resultsAt + i * most
      for (let r = 0; r < here; r++) one[(row + r) % one.length]! += floats[at + r]!
    })
  }
}
