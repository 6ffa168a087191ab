// Curves: what a loop makes of numbers, turn by turn: every scalar that a name gets, and the norm of each leaf's
// gradient. Apart from the recorder's samples, which are whole values and therefore few.
import { kit } from "../autograd/kit.ts"
import type { ReduceSpec } from "../backends/backend.ts"
import { onDevice } from "../backends/devices.ts"
import { add, input, square } from "../ops/expr.ts"
import type { Curve, GradientFlag, LoopTrace, Span } from "../protocol/api.ts"
import { numbersOf } from "../tensor/make.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { Series } from "./series.ts"
import type { Site, SiteTable } from "./sites.ts"

/** Curves of values, and of gradients, that one loop may have. */
const curveLimit = 100
/** See `GradientFlag`: what counts as much, as much more than at first, and as little beside the largest. */
const large = 1e3
const grown = 100
const little = 1e-4

/** A number's curve in one loop. */
export interface ValueCurve {
  readonly loop: Loop
  readonly series: Series
  readonly name: string
  readonly span: Span
  /** A plain number that only counts the turns has no curve worth drawing. */
  counts: boolean
  readonly offset: number
}

interface GradientCurve {
  readonly series: Series
  readonly tensor: Tensor
  readonly span: Span | undefined
  readonly first: number
  readonly firstTurn: number
  /** Of the newest gradient: its norm and its root mean square. */
  norm: number
  rms: number
  readonly vanished: Trouble
  readonly exploded: Trouble
}

interface Trouble {
  since: number
  turns: number
  now: boolean
}

class Loop {
  turns = 0
  readonly values: ValueCurve[] = []
  /** By the leaf's name where it has one, so that one that is made anew each turn stays one curve. */
  readonly gradients = new Map<string | Tensor, GradientCurve>()
  judged = 0
  constructor(
    readonly site: number,
    readonly span: Span,
  ) {}
}

export class Curves {
  /** By the number of the site; null for a place that is no loop. */
  private readonly loops: (Loop | null | undefined)[] = []
  private newest: Loop | null = null

  constructor(private readonly table: SiteTable) {}

  /** A loop's body, or a function, begins. */
  turned(number: number): void {
    let loop = this.loops[number]
    if (loop === undefined) {
      const site = this.table.get(number)
      loop = this.loops[number] = site?.isLoop === true ? new Loop(number, site.whole) : null
    }
    if (loop === null) return
    if (loop.gradients.size > 0) judge(loop)
    loop.turns++
    this.newest = loop
  }

  /** The curve of a place, made when a number is first seen there; null where the place is in no loop. */
  curveOf(site: Site, name: string, value: number, isPlain: boolean): ValueCurve | null {
    const loop = this.around(site.whole)
    if (loop === null || loop.values.length >= curveLimit) return null
    const curve: ValueCurve = { loop, series: new Series(), name: name.replace(/^this\./, ""), span: site.whole, counts: isPlain, offset: value - loop.turns }
    loop.values.push(curve)
    return curve
  }

  /** A place had this number. */
  value(curve: ValueCurve, value: number): void {
    const { loop } = curve
    if (curve.counts && value - loop.turns !== curve.offset) curve.counts = false
    curve.series.add(Math.max(0, loop.turns - 1), value)
  }

  /** A backward pass added to this tensor's `.grad`; `number` is the place that asked for the pass. */
  gathered(tensor: Tensor, number: number): void {
    if (this.newest === null || !tensor.gathered) return
    const site = this.table.get(number)
    const loop = (site === null ? null : this.around(site.whole)) ?? this.newest
    const key = tensor.label ?? tensor
    let curve = loop.gradients.get(key)
    const { norm, rms } = sizeOf(tensor.gathered)
    const turn = Math.max(0, loop.turns - 1)
    if (curve === undefined) {
      if (loop.gradients.size >= curveLimit) return
      curve = { series: new Series(), tensor, span: site?.span, first: norm, firstTurn: turn, norm, rms, vanished: calm(), exploded: calm() }
      loop.gradients.set(key, curve)
    }
    curve.norm = norm
    curve.rms = rms
    curve.series.add(turn, norm)
  }

  /** Forgets the curves, but not how often a loop turned. */
  restart(): void {
    for (const loop of this.loops) {
      loop?.values.splice(0)
      loop?.gradients.clear()
    }
  }

  /** The loops that turned, and their curves, at least so often. */
  finish(fewest = 2): LoopTrace[] {
    return this.loops.flatMap((loop) => (loop && loop.turns >= fewest ? [traceOf(loop, fewest)] : []))
  }

  /** The innermost loop around a place; for one in a function the loop that turned last. */
  private around(place: Span): Loop | null {
    let inner: Loop | null = null
    for (const loop of this.loops) if (loop && contains(loop.span, place) && (inner === null || contains(inner.span, loop.span))) inner = loop
    return inner ?? this.newest
  }
}

function traceOf(loop: Loop, fewest: number): LoopTrace {
  judge(loop)
  const curves: Curve[] = []
  for (const { series, name, span, counts } of loop.values) {
    if (!counts && series.count >= fewest) curves.push({ kind: "value", name, span, count: series.count, ...series.points() })
  }
  for (const curve of loop.gradients.values()) {
    const { series, tensor, span } = curve
    if (series.count < fewest) continue
    const flag = flagOf(curve)
    curves.push({ kind: "gradient", name: tensor.label ?? `[${tensor.sizes.join(", ")}]`, ...(span === undefined ? {} : { span }), count: series.count, ...series.points(), ...(flag === null ? {} : { flag }) })
  }
  return { id: loop.site, span: loop.span, turns: loop.turns, curves }
}

/** Compares the gradients of the turn that has just ended. */
function judge(loop: Loop): void {
  const turn = loop.turns - 1
  if (loop.judged === loop.turns) return
  loop.judged = loop.turns
  const present = [...loop.gradients.values()].filter(({ series }) => series.lastTurn === turn)
  const largest = Math.max(...present.map(({ rms }) => rms))
  for (const curve of present) {
    note(curve.vanished, turn, curve.rms < little * largest)
    note(curve.exploded, turn, !Number.isFinite(curve.norm) || (curve.norm > large && curve.norm > grown * curve.first))
  }
}

function note(trouble: Trouble, turn: number, isNow: boolean): void {
  if (isNow && trouble.turns === 0) trouble.since = turn
  if (isNow) trouble.turns++
  trouble.now = isNow
}

function flagOf({ series, firstTurn, vanished, exploded }: GradientCurve): GradientFlag | null {
  if (exploded.now) return { kind: "exploding", since: exploded.since, turns: exploded.turns }
  const isLittle = vanished.now && vanished.since === firstTurn && vanished.turns * 2 > series.count
  return isLittle ? { kind: "vanishing", since: firstTurn, turns: vanished.turns } : null
}

function calm(): Trouble {
  return { since: 0, turns: 0, now: false }
}

const squares: ReduceSpec = { start: 0, step: add(input("total"), square(input("x"))) }

function sizeOf(grad: Tensor): { norm: number; rms: number } {
  const count = grad.numel()
  if (!grad.storage.isHost) {
    // Added up where it lies: one number comes back.
    const [sum] = numbersOf(onDevice(grad.storage.device, () => kit.reduce(squares, grad, grad.sizes.map((_, d) => d), false, grad.dtype)))
    return { norm: Math.sqrt(sum!), rms: count === 0 ? 0 : Math.sqrt(sum! / count) }
  }
  const { seen } = grad.storage
  const values = seen.length === count ? seen : numbersOf(grad)
  let sum = 0
  for (let i = 0; i < count; i++) sum += values[i]! * values[i]!
  return { norm: Math.sqrt(sum), rms: count === 0 ? 0 : Math.sqrt(sum / count) }
}

function contains(outer: Span, inner: Span): boolean {
  if (outer.file !== inner.file) return false
  const begins = outer.line < inner.line || (outer.line === inner.line && outer.column <= inner.column)
  return begins && (outer.endLine > inner.endLine || (outer.endLine === inner.endLine && outer.endColumn >= inner.endColumn))
}
