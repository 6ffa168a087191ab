// Explains one gradient element: runs the snippet with everything kept, follows every way from the result to the
// element, and checks the sum by a difference. Apart from its parts because it alone knows the question.
import { edgeOf, requiresGrad } from "../autograd/history.ts"
import { recording, type Edge, type Node } from "../autograd/node.ts"
import { untracked } from "../autograd/modes.ts"
import type { ExplainQuestion, Explanation, FaultData, GradientPath, PathFactor, RunRequest, RunResult, Span, VerdictData } from "../protocol/api.ts"
import { Fault, faultData, nowhere } from "../protocol/faults.ts"
import { full, numbersOf } from "../tensor/make.ts"
import { Tensor } from "../tensor/tensor.ts"
import { addressOf, elementOf, placeText, tensorAt, type Address, type Element } from "./element.ts"
import { nodesBehind, propagate } from "./examination.ts"
import { flowOf } from "./flow.ts"
import { whyNoWay } from "./missing.ts"
import { measure, rootOf } from "./nudge.ts"
import { Observer } from "./observer.ts"
import { pathsBetween, TooLarge, type Path, type Paths } from "./paths.ts"
import { clock, type Performed, type RunHost } from "./perform.ts"
import { rerun } from "./rerun.ts"
import { SiteTable } from "./sites.ts"

/** Paths that are told one by one. */
const pathLimit = 64
/** Time for following them; milliseconds. */
const followLimit = 4000

/** Runs the snippet and explains. The result has an `explanation`, or an `error` that says why there is none. */
export async function explain(request: RunRequest, question: ExplainQuestion, host: RunHost, began: number): Promise<RunResult> {
  let performed: Performed | null = null
  let explanation: Explanation | undefined
  let error: FaultData | undefined
  const { keeps } = recording
  try {
    const kept = new KeptRun(question)
    kept.begin()
    performed = await rerun(request, host, { table: kept.observer.table, recording: kept.observer, watcher: kept.observer.flows, seed: undefined, keeps: true, began })
    if (performed.error !== undefined && /^(Stopped|TimeLimit|MemoryLimit|SyntaxError)$/.test(performed.error.name)) error = performed.error
    else explanation = await answer(kept, performed, request, host, began)
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown
    // A snippet that failed before it made the tensor is what to look at first.
    error = performed?.error ?? faultData(thrown)
  } finally {
    recording.keeps = keeps
  }
  return {
    runId: request.runId,
    stdout: "",
    ...(error === undefined ? {} : { error }),
    warnings: [],
    trace: { records: [] },
    ...(explanation === undefined ? {} : { explanation }),
    durationMs: clock.now() - began,
    device: "cpu",
  }
}

/** A run whose graph is kept, and what it says about the question. */
class KeptRun {
  readonly observer = new Observer(new SiteTable())
  readonly of: Address
  readonly at: Address
  /** By the node that made it, or by the leaf itself: when the tensor at `at` was first seen so. */
  private readonly seen = new Map<object, number>()
  readonly names = new Map<Node, string>()
  private events = 0

  constructor({ of, at }: ExplainQuestion) {
    this.of = addressOf(of)
    this.at = addressOf(at)
  }

  begin(): void {
    this.observer.onEvent = () => {
      const found = tensorAt(this.at, rootOf(this.observer, this.at.root))
      const key = found === null ? null : (found.tensor.grad_fn ?? found.tensor)
      if (key !== null && !this.seen.has(key)) this.seen.set(key, this.events)
      this.events++
    }
    this.observer.onBind = ({ variable, value }) => {
      if (value instanceof Tensor && value.grad_fn !== null && !this.names.has(value.grad_fn)) this.names.set(value.grad_fn, variable.name)
    }
  }

  element(address: Address): Element {
    const root = rootOf(this.observer, address.root)
    const found = root === undefined ? null : tensorAt(address, root)
    if (found === null) {
      const what = root === undefined ? `\`${address.root}\` got no value in this run.` : `\`${address.text}\` is no tensor.`
      throw new Fault(root === undefined ? "NameError" : "TypeError", what, "Name a tensor of the snippet, such as x[0][0].")
    }
    return elementOf(address.text, found)
  }

  eventOf({ tensor }: Element): number {
    return this.seen.get(tensor.grad_fn ?? tensor) ?? -1
  }

  span(site: number): Span | undefined {
    return this.observer.table.get(site)?.span
  }
}

async function answer(kept: KeptRun, { seed }: Performed, request: RunRequest, host: RunHost, began: number): Promise<Explanation> {
  const of = kept.element(kept.of)
  const at = kept.element(kept.at)
  const { value, paths, hasWay } = told(kept, of, at)
  const measured = await measure({ of: kept.of, at: kept.at, event: kept.eventOf(at) }, request, host, seed, began)
  const { finiteDifference, kink } = measured
  const relativeGap = finiteDifference === null ? null : finiteDifference === value ? 0 : Math.abs(finiteDifference - value) / Math.max(Math.abs(value), Math.abs(finiteDifference), 1e-12)
  const verdict = hasWay ? null : verdictOf(kept, of, at)
  return { value, paths, check: { finiteDifference, relativeGap, kink }, ...(verdict === null ? {} : { verdicts: [verdict] }) }
}

function told(kept: KeptRun, of: Element, at: Element): { value: number; paths: GradientPath[]; hasWay: boolean } {
  if (of.tensor === at.tensor) return of.flat === at.flat ? { value: 1, paths: [{ value: 1, count: 1, factors: [] }], hasWay: true } : { value: 0, paths: [], hasWay: true }
  const from = edgeOf(of.tensor)
  const to = requiresGrad(at.tensor) ? edgeOf(at.tensor) : { node: null, nr: 0 }
  const order = nodesBehind([of.tensor])
  const until = clock.now() + followLimit
  recording.asks = true
  try {
    const found = untracked(() => pathsBetween({ ...from, flat: of.flat }, { ...to, flat: at.flat }, order, pathLimit, () => clock.now() > until))
    return { value: found.value, paths: listed(kept, found), hasWay: found.count > 0 }
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    return whole(kept, from, to, of, at, order)
  } finally {
    recording.asks = false
  }
}

function listed(kept: KeptRun, { single, count, value, widest }: Paths): GradientPath[] {
  const paths = single.map((path): GradientPath => ({ value: path.value, count: 1, factors: path.steps.map((_, i) => factorOf(kept, path, i)) }))
  if (count <= single.length) return paths
  const rest = value - single.reduce((sum, path) => sum + path.value, 0)
  return [...paths, { value: rest, count: count - single.length, through: throughText(kept, widest) }]
}

function throughText(kept: KeptRun, node: Node | null): string {
  const line = node === null ? undefined : kept.span(node.site)?.line
  return node === null ? "" : line === undefined ? node.name() : `${node.name()}, line ${line}`
}

function factorOf(kept: KeptRun, { steps }: Path, i: number): PathFactor {
  const { node, nr, flat, edge, slope } = steps[i]!
  const span = kept.span(node.site)
  const output = node.outputs[nr]
  const variable = kept.names.get(node)
  const { slopes } = node.mathematics()
  const rule = slopes.length === 1 ? slopes[0] : slopes.length === node.edges.length ? slopes[edge] : undefined
  return {
    node: node.name(),
    slope,
    line: span?.line ?? 0,
    ...(span === undefined ? {} : { span }),
    ...(output === undefined ? {} : { element: placeText(flat, output.sizes) }),
    ...(variable === undefined ? {} : { variable }),
    ...(rule === undefined ? {} : { rule }),
  }
}

/** A graph that is too large to be followed: the gradient as a backward pass gives it, as one group. */
function whole(kept: KeptRun, from: Edge, to: Edge, of: Element, at: Element, order: readonly Node[]): { value: number; paths: GradientPath[]; hasWay: boolean } {
  const start = full(of.tensor.sizes, 0, of.tensor.dtype)
  start.storage.array[of.flat] = 1
  const visits = propagate([of.tensor], order, [start])
  const grad = to.node === null ? null : (visits.get(to.node)?.arrived[to.nr] ?? null)
  if (grad === null) return { value: 0, paths: [], hasWay: false }
  const value = numbersOf(grad)[at.flat] ?? 0
  return { value, paths: [{ value, count: pathLimit + 1, through: throughText(kept, from.node) }], hasWay: true }
}

/** Why there is no way from the result to the element. */
function verdictOf(kept: KeptRun, of: Element, at: Element): VerdictData | null {
  const bound = [...kept.observer.names.values()].find(({ value }) => value === at.tensor)
  const root = flowOf(of.tensor)
  const reason = whyNoWay({ name: kept.at.root, tensor: at.tensor, site: bound?.site ?? 0, lostAt: bound?.lostAt ?? 0 }, root === null ? [] : [root], kept.observer)
  const span = reason === null ? undefined : kept.span(reason.site)
  return reason === null ? null : { id: reason.id, name: kept.at.root, line: (span ?? nowhere).line, ...(span === undefined ? {} : { span }) }
}
