// Connectionist temporal classification (Graves et al. 2006): the chance of a sequence of labels over all ways of
// stretching it along the input, by the forward-backward sums, in logarithms.
import type { Kernel } from "../backend.ts"

interface Lengths {
  readonly blank: number
  readonly inputs: readonly number[]
  /** The labels of each sample. */
  readonly targets: readonly (readonly number[])[]
}

/** Inputs: logarithms of chances [T, N, C]. Outputs: the loss of each sample, and its gradient as PyTorch defines it. */
export const ctc: Kernel<Lengths> = ([source], [losses, slopes], { blank, inputs, targets }) => {
  const [, n, c] = source!.shape as [number, number, number]
  for (let sample = 0; sample < n; sample++) {
    const steps = inputs[sample]!
    const chance = (time: number, label: number): number => source!.array[source!.offset + (time * n + sample) * c + label]!
    // Labels with blanks before, between and behind.
    const path = [blank, ...targets[sample]!.flatMap((label) => [label, blank])]
    const loss = -forwardSum(path, steps, chance, blank)
    losses!.array[losses!.offset + sample] = loss
    fillSlope(path, steps, chance, blank, loss, c, (time, label, value) => {
      slopes!.array[slopes!.offset + (time * n + sample) * c + label] = value
    })
  }
}

type Chance = (time: number, label: number) => number

const sumOf = (...logs: readonly number[]): number => {
  const top = Math.max(...logs)
  if (top === -Infinity) return -Infinity
  let total = 0
  for (const one of logs) total += Math.exp(one - top)
  return top + Math.log(total)
}

/** May the path jump over the blank before place s? */
const jumps = (path: readonly number[], s: number, blank: number): boolean => s >= 2 && path[s] !== blank && path[s] !== path[s - 2]

function forwardRows(path: readonly number[], steps: number, chance: Chance, blank: number): number[][] {
  const rows: number[][] = []
  for (let time = 0; time < steps; time++) {
    const before = rows[time - 1]
    rows.push(path.map((label, s) => {
      if (!before) return s < 2 ? chance(0, label) : -Infinity
      return chance(time, label) + sumOf(before[s]!, s > 0 ? before[s - 1]! : -Infinity, jumps(path, s, blank) ? before[s - 2]! : -Infinity)
    }))
  }
  return rows
}

function forwardSum(path: readonly number[], steps: number, chance: Chance, blank: number): number {
  if (steps === 0) return path.length === 1 ? 0 : -Infinity
  const last = forwardRows(path, steps, chance, blank)[steps - 1]!
  return sumOf(last[path.length - 1]!, path.length > 1 ? last[path.length - 2]! : -Infinity)
}

function fillSlope(path: readonly number[], steps: number, chance: Chance, blank: number, loss: number, classes: number, put: (time: number, label: number, value: number) => void): void {
  const forward = forwardRows(path, steps, chance, blank)
  let behind: number[] | null = null
  for (let time = steps - 1; time >= 0; time--) {
    const after: number[] | null = behind
    const now = path.map((label, s): number => {
      if (!after) return s >= path.length - 2 ? chance(time, label) : -Infinity
      return chance(time, label) + sumOf(after[s]!, s + 1 < path.length ? after[s + 1]! : -Infinity, s + 2 < path.length && jumps(path, s + 2, blank) ? after[s + 2]! : -Infinity)
    })
    const collected = new Array<number>(classes).fill(-Infinity)
    path.forEach((label, s) => (collected[label] = sumOf(collected[label]!, forward[time]![s]! + now[s]!)))
    for (let label = 0; label < classes; label++) put(time, label, Math.exp(chance(time, label)) - Math.exp(collected[label]! + loss - chance(time, label)))
    behind = now
  }
}
