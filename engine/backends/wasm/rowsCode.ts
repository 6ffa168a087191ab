// Kernels that pass over rows of numbers several times: sums, extremes, shares, normalisation. A pass is a formula on
// four numbers at once that is stored, folded into one number for the row, or both; later passes see those numbers.
import { exp, log } from "./functions.ts"
import type { Lanes } from "./lanes.ts"
import { addresses, finished, LoopCode } from "./loops.ts"

/** `pmax` passes nan by, which shows in what is computed with the largest. */
export type Fold = "add" | "mul" | "max" | "min" | "pmax"

/** What a formula may mention: the row's elements, numbers given for the row, and what earlier passes folded. */
export interface RowValues {
  readonly elements: readonly Lanes[]
  readonly given: readonly Lanes[]
  readonly folded: readonly Lanes[]
}

export interface Pass {
  readonly value: (l: LoopCode, values: RowValues) => Lanes
  /** Which elements the formula reads, by input; all unless said otherwise. */
  readonly reads?: readonly number[]
  readonly stores?: boolean
  readonly folds?: Fold
  /** What later passes see in the place of what was folded. */
  readonly then?: (l: LoopCode, folded: Lanes, values: RowValues) => Lanes
}

export interface RowKernel {
  readonly name: string
  /** Arrays of rows, the first of which is written where a pass stores. */
  readonly inputs: number
  /** So many of them, the last ones, are one row that all rows meet. */
  readonly shared?: number
  /** Arrays with one number a row. */
  readonly given: number
  readonly passes: readonly Pass[]
  /** How long an element takes, in multiplications of a matrix product; absent where copying it takes longer. */
  readonly weight?: number
  /** Write what the passes folded, one number a row each. */
  readonly results?: boolean
}

/** What each fold starts with. */
export const starts: Readonly<Record<Fold, number>> = { add: 0, mul: 1, max: -Infinity, min: Infinity, pmax: -Infinity }

/** Accumulators of a fold, so that an addition need not wait for the one before. */
const many = 4

/**
 * `run(rows, width, stride, …inputs, …given, …results)`: addresses in bytes, `stride` the bytes from row to row, the same
 * for all inputs that are not shared. `given` and `results` hold one number a row, side by side.
 */
export function rowsModule({ inputs, given, passes, results = false, shared = 0 }: RowKernel, relaxed: boolean): Uint8Array<ArrayBuffer> {
  const folds = passes.filter((pass) => pass.folds)
  const takes = addresses(3 + inputs + given + (results ? folds.length : 0))
  const [rows, width, stride] = [0, 1, 2] as const
  const bases = Array.from({ length: inputs }, (_, i) => 3 + i)
  const numbers = Array.from({ length: given }, (_, i) => 3 + inputs + i)
  const places = results ? folds.map((_, i) => 3 + inputs + given + i) : []
  const l = new LoopCode(takes.length, relaxed)
  const at = l.several(inputs, "i32")
  const left = l.local("i32")
  const lanes = (local: number): Lanes => ({ local, truth: false })
  const numbersNow = numbers.map(() => lanes(l.local("v128")))
  l.repeat(() => {
    numbers.forEach((address, i) => l.splat(address, 0).set(numbersNow[i]!.local).move(address, 4))
    const folded: Lanes[] = []
    for (const pass of passes) {
      const reads = pass.reads ?? bases.map((_, i) => i)
      const totals = pass.folds ? Array.from({ length: many }, () => l.local("v128")) : []
      const last = pass.folds ? l.local("v128") : 0
      for (const total of pass.folds ? [...totals, last] : []) l.get(l.constant(starts[pass.folds!]).local).set(total)
      for (const i of reads) l.copy(bases[i]!, at[i]!)
      if (pass.stores && !reads.includes(0)) l.copy(bases[0]!, at[0]!)
      l.copy(width, left)
      const moved = pass.stores ? [...new Set([0, ...reads])] : reads
      /** One step of the pass: four elements at `offset`, or one, folded into `total`. */
      const step = (offset: number, whole: boolean, total: number): void => {
        const elements = bases.map((_, i) => {
          if (!reads.includes(i)) return lanes(0)
          const one = l.local("v128")
          if (whole) l.load(at[i]!, offset).set(one)
          else l.splat(at[i]!, 0).set(one)
          return lanes(one)
        })
        const value = pass.value(l, { elements, given: numbersNow, folded })
        if (pass.folds) fold(l, pass.folds, total, value.local)
        if (!pass.stores) return
        l.get(at[0]!).get(value.local)
        if (whole) l.op("v128.store", 2, offset)
        else l.op("v128.store32_lane", 2, 0, 0)
      }
      const onward = (bytes: number): void => moved.forEach((i) => l.move(at[i]!, bytes))
      if (pass.folds && !pass.stores) {
        l.inSteps(left, 4 * many, () => {
          totals.forEach((total, i) => step(16 * i, true, total))
          onward(16 * many)
        })
      }
      l.inSteps(left, 4, () => {
        step(0, true, totals[0] ?? 0)
        onward(16)
      })
      l.inSteps(left, 1, () => {
        step(0, false, last)
        onward(4)
      })
      if (pass.folds) {
        for (let i = 1; i < many; i++) fold(l, pass.folds, totals[0]!, totals[i]!)
        // The four lanes, and the first lane of what came one by one, in one number on all lanes.
        const whole = l.local("v128")
        for (let lane = 0; lane < 4; lane++) {
          l.get(totals[0]!).op("f32x4.extract_lane", lane).op("f32x4.splat").set(whole)
          fold(l, pass.folds, last, whole)
        }
        const result = lanes(last)
        folded.push(pass.then ? pass.then(l, result, { elements: [], given: numbersNow, folded }) : result)
        if (results) {
          const place = places[folded.length - 1]!
          l.get(place).get(last).op("v128.store32_lane", 2, 0, 0)
          l.move(place, 4)
        }
      }
    }
    for (const base of bases.slice(0, inputs - shared)) l.move(base, { local: stride })
    l.countDown(rows)
  })
  return finished(l, takes)
}

function fold(l: LoopCode, how: Fold, total: number, value: number): void {
  l.get(total).get(value).op(`f32x4.${how}`).set(total)
}

/** Sums, products and extremes of rows. */
const folding = (name: string, folds: Fold, value: Pass["value"]): RowKernel => ({ name, inputs: 1, given: 0, passes: [{ folds, value }], results: true })

const largest: Pass = { folds: "pmax", value: (_, { elements: [x] }) => x! }

/** e^(x − max) over its sum, in place. */
export const softmaxRows: RowKernel = {
  name: "softmaxRows",
  weight: 14,
  inputs: 1,
  given: 0,
  passes: [
    largest,
    { folds: "add", stores: true, value: (l, { elements: [x], folded: [top] }) => exp(l, l.sub(x!, top!)), then: (l, total) => l.div(l.constant(1), total) },
    { stores: true, value: (l, { elements: [x], folded: [, share] }) => l.mul(x!, share!) },
  ],
}

/** x − max − log Σ e^(x − max), in place. */
export const logSoftmaxRows: RowKernel = {
  name: "logSoftmaxRows",
  weight: 14,
  inputs: 1,
  given: 0,
  passes: [
    largest,
    { folds: "add", value: (l, { elements: [x], folded: [top] }) => exp(l, l.sub(x!, top!)), then: (l, total) => log(l, total) },
    { stores: true, value: (l, { elements: [x], folded: [top, total] }) => l.sub(l.sub(x!, top!), total!) },
  ],
}

/** The gradient of softmax from what arrived (in place) and the result: y · (g − Σ g · y). */
export const softmaxBackRows: RowKernel = {
  name: "softmaxBackRows",
  inputs: 2,
  given: 0,
  passes: [
    { folds: "add", value: (l, { elements: [g, y] }) => l.mul(g!, y!) },
    { stores: true, value: (l, { elements: [g, y], folded: [total] }) => l.mul(y!, l.sub(g!, total!)) },
  ],
}

/** The gradient of log_softmax: g − e^y · Σ g. */
export const logSoftmaxBackRows: RowKernel = {
  name: "logSoftmaxBackRows",
  weight: 13,
  inputs: 2,
  given: 0,
  passes: [
    { folds: "add", reads: [0], value: (_, { elements: [g] }) => g! },
    { stores: true, value: (l, { elements: [g, y], folded: [total] }) => l.sub(g!, l.mul(exp(l, y!), total!)) },
  ],
}

/** Σ x. */
export const sumRows = folding("sum", "add", (_, { elements: [x] }) => x!)
/** Σ (x − mean)². */
export const squaredRows: RowKernel = { name: "squaredRows", inputs: 1, given: 1, results: true, passes: [{ folds: "add", value: (l, { elements: [x], given: [mean] }) => square(l, l.sub(x!, mean!)) }] }
/** (x − mean) · a + b, in place. */
export const normalRows: RowKernel = { name: "normalRows", inputs: 1, given: 3, passes: [{ stores: true, value: (l, { elements: [x], given: [mean, a, b] }) => l.madd(l.sub(x!, mean!), a!, b!) }] }
/** Σ g and Σ g · (x − mean). */
export const momentsBackRows: RowKernel = {
  name: "momentsBackRows",
  inputs: 2,
  given: 1,
  results: true,
  passes: [
    { folds: "add", reads: [0], value: (_, { elements: [g] }) => g! },
    { folds: "add", value: (l, { elements: [g, x], given: [mean] }) => l.mul(g!, l.sub(x!, mean!)) },
  ],
}
/** g · a + (x − mean) · b + c, in place of g. */
export const normalBackRows: RowKernel = { name: "normalBackRows", inputs: 2, given: 4, passes: [{ stores: true, value: (l, { elements: [g, x], given: [mean, a, b, c] }) => l.madd(g!, a!, l.madd(l.sub(x!, mean!), b!, c!)) }] }

/** The mean of input `from` over the row, and 1 / √(variance + eps); what is given is 1 / width and eps. */
const rowMoments = (from: number): readonly Pass[] => [
  { folds: "add", reads: [from], value: (_, { elements }) => elements[from]!, then: (l, total, { given: [share] }) => l.mul(total, share!) },
  {
    folds: "add",
    reads: [from],
    value: (l, { elements, folded: [mean] }) => square(l, l.sub(elements[from]!, mean!)),
    then: (l, total, { given: [share, eps] }) => l.div(l.constant(1), l.apply("f32x4.sqrt", [l.madd(total, share!, eps!)])),
  },
]

/** Layer normalisation of x, in place: times the shared weight, plus the shared bias. */
export const layerRows: RowKernel = {
  name: "layerRows",
  inputs: 3,
  shared: 2,
  given: 2,
  passes: [...rowMoments(0), { stores: true, value: (l, { elements: [x, w, b], folded: [mean, spread] }) => l.madd(l.mul(l.sub(x!, mean!), spread!), w!, b!) }],
}

/** Its gradient from g (in place), x and the shared weight: spread · (gw − mean(gw) − x̂ · mean(gw · x̂)). */
export const layerBackRows: RowKernel = {
  name: "layerBackRows",
  inputs: 3,
  shared: 1,
  given: 2,
  passes: [
    ...rowMoments(1),
    { folds: "add", reads: [0, 2], value: (l, { elements: [g, , w] }) => l.mul(g!, w!), then: (l, total, { given: [share] }) => l.mul(total, share!) },
    {
      folds: "add",
      value: (l, { elements: [g, x, w], folded: [mean] }) => l.mul(l.mul(g!, w!), l.sub(x!, mean!)),
      then: (l, total, { given: [share], folded: [, spread] }) => l.mul(l.mul(total, share!), square(l, spread!)),
    },
    { stores: true, value: (l, { elements: [g, x, w], folded: [mean, spread, average, slope] }) => l.mul(spread!, l.sub(l.sub(l.mul(g!, w!), average!), l.mul(l.sub(x!, mean!), slope!))) },
  ],
}

/** g · x̂, in place of g: its sum over the rows is the weight's gradient. */
export const layerShareRows: RowKernel = { name: "layerShareRows", inputs: 2, given: 2, passes: [...rowMoments(1), { stores: true, value: (l, { elements: [g, x], folded: [mean, spread] }) => l.mul(g!, l.mul(l.sub(x!, mean!), spread!)) }] }

const square = (l: LoopCode, x: Lanes): Lanes => l.mul(x, x)

/** `run(totals, from, stride, rows, width)`: folds each row into the totals; `width` is a multiple of 4. */
export function downModule(how: Fold, value: Pass["value"], relaxed: boolean): Uint8Array<ArrayBuffer> {
  const takes = addresses(5)
  const [totals, from, stride, rows, width] = [0, 1, 2, 3, 4] as const
  const l = new LoopCode(takes.length, relaxed)
  const [row, left, near] = l.several(3, "i32") as [number, number, number]
  /** So many columns at once stay in registers for all rows. */
  const columns = (vectors: number): void => {
    const sums = l.several(vectors, "v128")
    sums.forEach((sum, i) => l.load(totals, 16 * i).set(sum))
    l.copy(from, row).copy(rows, left)
    l.repeat(() => {
      sums.forEach((sum, i) => {
        const x = l.local("v128")
        l.load(row, 16 * i).set(x)
        fold(l, how, sum, value(l, { elements: [{ local: x, truth: false }], given: [], folded: [] }).local)
      })
      l.move(row, { local: stride }).countDown(left)
    })
    sums.forEach((sum, i) => l.get(totals).get(sum).op("v128.store", 2, 16 * i))
    l.move(totals, 16 * vectors).move(from, 16 * vectors)
  }
  l.copy(width, near)
  l.inSteps(near, 16, () => columns(4))
  l.inSteps(near, 4, () => columns(1))
  return finished(l, takes)
}
