// Rows of tensors brought through the scratch memory, a block at a time that stays near the processor, past a kernel of
// rowsCode.ts. Apart from the kernels because this knows memory and those know formulas.
import type { TypedArray } from "../dtype.ts"
import { relaxedNow } from "./blocks.ts"
import { rowsModule, type RowKernel } from "./rowsCode.ts"
import { begin, bringIn, compiled, finish, free, isShared, need, partsAlong, takeOut, together, type Change, type Run } from "./scratch.ts"

export interface Rows {
  readonly array: TypedArray
  readonly offset: number
}

/** Floats of each input that pass by at a time. */
const block = 1 << 14

const runs = new WeakMap<RowKernel, Run[]>()

function runOf(kernel: RowKernel): Run {
  let all = runs.get(kernel)
  if (!all) runs.set(kernel, (all = []))
  const relaxed = relaxedNow()
  return (all[(relaxed ? 1 : 0) + (isShared() ? 2 : 0)] ??= compiled(`rows ${kernel.name}`, rowsModule(kernel, relaxed)))
}

/** Numbers for each row: the one at `row % length`. */
export type Given = ArrayLike<number>

/**
 * Runs a kernel over `rows` rows of `width` elements, one behind the other in each input. What its passes store goes
 * to `out`; each fold's number of row r is added to `results[fold][r % length]`.
 */
export function passRows(kernel: RowKernel, inputs: readonly Rows[], out: Rows | null, rows: number, width: number, given: readonly Given[] = [], results: readonly Float64Array[] = []): void {
  together(rows * width * (kernel.weight ?? 0), () => passing(kernel, inputs, out, rows, width, given, results))
}

/** With helpers there are two slots: while one is computed, the other is emptied and filled. */
function passing(kernel: RowKernel, inputs: readonly Rows[], out: Rows | null, rows: number, width: number, given: readonly Given[], results: readonly Float64Array[]): void {
  const run = runOf(kernel)
  const slots = isShared() ? 2 : 1
  const most = Math.max(1, Math.min(rows, Math.floor((slots * block) / width)))
  const shared = kernel.shared ?? 0
  const apart = inputs.length - shared
  const sharedAt = free
  const givenAt = most * width * apart
  const resultsAt = givenAt + most * given.length
  const slot = resultsAt + most * results.length
  const first = sharedAt + width * shared
  const floats = need(first + slots * slot)
  for (let i = apart; i < inputs.length; i++) bringIn(inputs[i]!.array, inputs[i]!.offset, width, sharedAt + (i - apart) * width)
  const changes: readonly Change[] = [...inputs.flatMap((_, i): Change[] => (i < apart ? [[3 + i, width * 4]] : [])), ...[...given, ...results].map((_, i): Change => [3 + inputs.length + i, 4])]
  const call = (at: number, here: number): number[] => [
    ...[here, width, width * 4],
    ...inputs.map((_, i) => 4 * (i < apart ? at + i * most * width : sharedAt + (i - apart) * width)),
    ...given.map((_, i) => 4 * (at + givenAt + i * most)),
    ...results.map((_, i) => 4 * (at + resultsAt + i * most)),
  ]
  const empty = (at: number, row: number, here: number): void => {
    if (out) takeOut(at, here * width, out.array, out.offset + row * width)
    results.forEach((one, i) => {
      for (let r = 0; r < here; r++) one[(row + r) % one.length]! += floats[at + resultsAt + i * most + r]!
    })
  }
  for (let row = 0, turn = 0; row < rows; row += most, turn++) {
    const here = Math.min(most, rows - row)
    const at = first + (turn % slots) * slot
    for (let i = 0; i < apart; i++) bringIn(inputs[i]!.array, inputs[i]!.offset + row * width, here * width, at + i * most * width)
    given.forEach((one, i) => {
      const to = at + givenAt + i * most
      for (let r = 0; r < here; r++) floats[to + r] = one[(row + r) % one.length]!
    })
    if (slots === 1) {
      run(...call(at, here))
      empty(at, row, here)
      continue
    }
    if (turn > 0) finish()
    begin(run, partsAlong(call(at, here), 0, changes, here * width * (kernel.weight ?? 0)))
    if (turn > 0) empty(first + ((turn + 1) % slots) * slot, row - most, most)
    if (row + here === rows) {
      finish()
      empty(at, row, here)
    }
  }
}
