// Explains one gradient element: runs the snippet with everything kept, follows every way from the result to the
// element, and checks the sum by a difference. Apart from its parts because it alone knows the question.
import { edgeOf, requiresGrad } from "../autograd/history.ts"
import { untracked } from "../autograd/modes.ts"
import { recording, type Edge, type Node } from "../autograd/node.ts"
import type { ExplainQuestion, Explanation, ExplanationSubject, FaultData, GradientPath, RunRequest, RunResult, VerdictData } from "../protocol/api.ts"
import { Fault, faultData, nowhere } from "../protocol/faults.ts"
import { numbersOf, zeros } from "../tensor/make.ts"
import { elementAt, Tensor } from "../tensor/tensor.ts"
import { placeText, type Element } from "./element.ts"
import { nodesBehind, propagate } from "./examination.ts"
import { factorOf } from "./factors.ts"
import { flowOf } from "./flow.ts"
import { jacobianOf } from "./jacobian.ts"
import { KeptRun, type Result } from "./keptRun.ts"
import { whyNoWay } from "./missing.ts"
import { measure } from "./nudge.ts"
import { pathsBetween, TooLarge, type Paths } from "./paths.ts"
import { clock, type Performed, type RunHost } from "./perform.ts"
import { rerun } from "./rerun.ts"

/** Paths that are told one by one. */
const pathLimit = 64
/** Time for following them; milliseconds. */
const followLimit = 4000
/** Names that may be asked about, in the answer. */
const nameLimit = 60

/** Runs the snippet and explains. The result has an `explanation`, or an `error` that says why there is none. */
export async function explain(request: RunRequest, question: ExplainQuestion, host: RunHost, began: number): Promise<RunResult> {
  let performed: Performed | null = null
  let explanation: Explanation | undefined
  let error: FaultData | undefined
  const { keeps } = recording
  try {
    const kept = new KeptRun(question, request.source)
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

async function answer(kept: KeptRun, { seed }: Performed, request: RunRequest, host: RunHost, began: number): Promise<Explanation> {
  const at = kept.element()
  const of = kept.result(at)
  const { value, paths, hasWay } = told(kept, of, at)
  const product = asking(() => jacobianOf(of, at))
  const about = subjectOf(kept, of, at)
  const measured = await measure({ of: of.where, at: kept.at, flat: at.flat, event: kept.eventOf(at) }, request, host, seed, began)
  const { finiteDifference, kink, sides } = measured
  const relativeGap = finiteDifference === null ? null : finiteDifference === value ? 0 : Math.abs(finiteDifference - value) / Math.max(Math.abs(value), Math.abs(finiteDifference), 1e-12)
  const verdict = hasWay ? null : verdictOf(kept, of, at)
  return {
    value,
    paths,
    check: { finiteDifference, relativeGap, kink, ...(sides === undefined ? {} : { sides }) },
    ...(verdict === null ? {} : { verdicts: [verdict] }),
    about,
    ...(product === null ? {} : { product }),
  }
}

function told(kept: KeptRun, of: Result, at: Element): { value: number; paths: GradientPath[]; hasWay: boolean } {
  if (of.where.kind === "address" && of.tensors[0] === at.tensor) {
    return (of.starts[0]?.flat ?? 0) === at.flat ? { value: 1, paths: [{ value: 1, count: 1, factors: [] }], hasWay: true } : { value: 0, paths: [], hasWay: true }
  }
  const to = requiresGrad(at.tensor) ? edgeOf(at.tensor) : { node: null, nr: 0 }
  const order = nodesBehind(of.tensors)
  const until = clock.now() + followLimit
  try {
    return asking(() => {
      const found = pathsBetween(of.starts, { ...to, flat: at.flat }, order, pathLimit, () => clock.now() > until)
      return { value: found.value, paths: listed(kept, found, of), hasWay: found.count > 0 }
    })
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    return asking(() => whole(kept, to, of, at, order))
  }
}

/** Asks nodes for their backward after it may have freed what it needs: all was kept. */
function asking<R>(ask: () => R): R {
  recording.asks = true
  try {
    return untracked(ask)
  } finally {
    recording.asks = false
  }
}

function listed(kept: KeptRun, { single, count, value, widest }: Paths, { where }: Result): GradientPath[] {
  const begun = where.kind === "pass" ? where.site : 0
  const paths = single.map((path): GradientPath => ({ value: path.value, count: 1, factors: path.steps.map((step) => factorOf(kept, step, begun)) }))
  if (count <= single.length) return paths
  const rest = value - single.reduce((sum, path) => sum + path.value, 0)
  return [...paths, { value: rest, count: count - single.length, through: throughText(kept, widest) }]
}

function throughText(kept: KeptRun, node: Node | null): string {
  const line = node === null ? undefined : kept.span(node.site)?.line
  return node === null ? "" : line === undefined ? node.name() : `${node.name()}, line ${line}`
}

/** A graph that is too large to be followed: the gradient as a backward pass gives it, as one group. */
function whole(kept: KeptRun, to: Edge, of: Result, at: Element, order: readonly Node[]): { value: number; paths: GradientPath[]; hasWay: boolean } {
  const starts = of.tensors.map((tensor) => {
    const start = zeros(tensor.sizes, tensor.dtype)
    const from = edgeOf(tensor)
    for (const { node, nr, flat, weight } of of.starts) if (node === from.node && nr === from.nr) start.storage.array[flat] = weight
    return start
  })
  const visits = propagate(of.tensors, order, starts)
  const grad = to.node === null ? null : (visits.get(to.node)?.arrived[to.nr] ?? null)
  if (grad === null) return { value: 0, paths: [], hasWay: false }
  const value = numbersOf(grad)[at.flat] ?? 0
  return { value, paths: [{ value, count: pathLimit + 1, through: throughText(kept, of.starts[0]?.node ?? null) }], hasWay: true }
}

/** What the question was taken to mean. */
function subjectOf(kept: KeptRun, of: Result, { tensor, flat }: Element): ExplanationSubject {
  const { sizes, gathered } = tensor
  const place = placeText(flat, sizes)
  const site = kept.observer.table.get(kept.siteOf(tensor))
  const name = nameOf(kept.at.text, sizes.length)
  const weights = of.where.kind === "pass" ? of.where.weights.flat() : []
  const names = new Set<string>()
  for (const { variable, value } of kept.observer.names.values()) if (value instanceof Tensor && requiresGrad(value)) names.add(variable.name)
  return {
    of: of.text,
    ...(of.span === undefined ? {} : { ofSpan: of.span }),
    weighed: weights.length > 0 && !(weights.length === 1 && weights[0] === 1),
    at: `${name}${place}`,
    name,
    shape: [...sizes],
    indices: [...place.matchAll(/\d+/g)].map(([index]) => Number(index)),
    ...(site === undefined || site === null ? {} : { atSpan: site.whole }),
    value: elementAt(tensor, flat),
    grad: gathered === null ? null : elementAt(gathered, flat),
    added: kept.added.map(({ value, site: where }) => ({ value, line: kept.span(where)?.line ?? 0 })),
    passes: kept.addedCount,
    results: kept.results().map((one) => one.name).slice(-nameLimit),
    tensors: [...names].slice(-nameLimit),
  }
}

/** An address without the indices into the tensor. */
function nameOf(text: string, rank: number): string {
  const indices = /(\s*\[\s*-?\d+(?:\s*,\s*-?\d+)*\s*,?\s*\])*$/.exec(text)?.[0] ?? ""
  const count = (indices.match(/-?\d+/g) ?? []).length
  if (count <= rank) return text.slice(0, text.length - indices.length)
  // `list[0][1][2]`: the first index is the list's.
  let left = count - rank
  return text.slice(0, text.length - indices.length) + indices.replace(/\[[^\]]*\]/g, (one) => (left-- > 0 ? one : ""))
}

/** Why there is no way from the result to the element. */
function verdictOf(kept: KeptRun, of: Result, at: Element): VerdictData | null {
  const bound = [...kept.observer.names.values()].find(({ value }) => value === at.tensor)
  const roots = of.tensors.map(flowOf).filter((one) => one !== null)
  const reason = whyNoWay({ name: kept.at.root, tensor: at.tensor, site: bound?.site ?? 0, lostAt: bound?.lostAt ?? 0 }, roots, kept.observer)
  const span = reason === null ? undefined : kept.span(reason.site)
  return reason === null ? null : { id: reason.id, name: kept.at.root, line: (span ?? nowhere).line, ...(span === undefined ? {} : { span }) }
}
