// A second run with everything kept: where a gradient died, blew up or stopped being a number, and whether a result
// depends on a number that was taken out of a tensor. Apart because it costs a run, so only strange gradients get it.
import { Node, recording, type Gradient } from "../autograd/node.ts"
import { edgeOf } from "../autograd/history.ts"
import { untracked } from "../autograd/modes.ts"
import type { Exit } from "../autograd/watching.ts"
import type { RunRequest, VerdictId } from "../protocol/api.ts"
import { full, fromNumbers, numbersOf } from "../tensor/make.ts"
import { position } from "../tensor/position.ts"
import { Tensor } from "../tensor/tensor.ts"
import { Flow, flowOf, FlowWatcher, tensorsIn } from "./flow.ts"
import { unreached } from "./missing.ts"
import { Observer } from "./observer.ts"
import type { RunHost } from "./perform.ts"
import { rerun } from "./rerun.ts"
import { SiteTable } from "./sites.ts"
import { everyoneOf, type Reason, type Subject } from "./verdicts.ts"

/** What was found about a name; `fine` where the gradient is strange to nobody. */
export interface Finding {
  readonly subject: Subject
  readonly reason: Reason | "fine" | null
}

/** Runs the snippet again and looks closely. */
export async function examine(closer: readonly Subject[], numbers: readonly Subject[], observer: Observer, request: RunRequest, host: RunHost, seed: number): Promise<Finding[]> {
  const findings: Finding[] = []
  if (closer.length > 0) {
    const table = new SiteTable()
    const second = new Observer(table)
    const keeper = new Keeper()
    second.flows = keeper
    await rerun(request, host, { table, recording: second, watcher: keeper, seed, keeps: true })
    const again = everyoneOf(second)
    for (const subject of closer) {
      const tensor = again.find(({ name }) => name === subject.name)?.tensor
      const roots = tensor === undefined ? undefined : keeper.rootsOf.get(tensor)
      findings.push({ subject, reason: tensor === undefined || roots === undefined ? null : diagnose(tensor, roots, keeper) })
    }
  }
  for (const subject of numbers) findings.push({ subject, reason: await numberReason(subject, observer, request, host, seed) })
  return findings
}

/** Keeps the results that each leaf's gradient last came from, and where nan was born. */
class Keeper extends FlowWatcher {
  readonly rootsOf = new Map<Tensor, readonly Tensor[]>()
  readonly born = new Set<Flow>()
  private roots: readonly Tensor[] = []

  override operation(name: string, kind: "elementwise" | "structural" | "custom", args: readonly unknown[], result: unknown): void {
    super.operation(name, kind, args, result)
    const inputs = tensorsIn(args)
    for (const out of tensorsIn([result])) {
      if (!numbersOf(out).some(Number.isNaN) || inputs.some((one) => one !== out && numbersOf(one).some(Number.isNaN))) continue
      out.flow ??= new Flow(name, [])
      this.born.add(out.flow as Flow)
    }
  }
  override backward(roots: readonly Tensor[]): void {
    super.backward(roots)
    this.roots = roots
  }
  override gathered(tensor: Tensor): void {
    super.gathered(tensor)
    this.rootsOf.set(tensor, this.roots)
  }
}

interface Visit {
  readonly arrived: readonly Gradient[]
  readonly passed: readonly Gradient[]
}

function diagnose(tensor: Tensor, roots: readonly Tensor[], keeper: Keeper): Reason | "fine" | null {
  const grad = numbersOf(tensor.gathered!)
  const end = edgeOf(tensor).node
  if (end === null) return null
  const order = nodesBehind(roots)
  const leading = nodesTo(order, end)
  const visits = propagate(roots, order)
  const toward = (node: Node): number[] => node.edges.flatMap((edge, i) => (edge.node !== null && (edge.node === end || leading.has(edge.node)) ? [i] : []))
  const passing = order.filter((node) => node !== end && leading.has(node)).map((node) => ({ node, ...visits.get(node)!, edges: toward(node) }))
  type Passing = (typeof passing)[number]
  const passedOn = ({ passed, edges }: Passing): Tensor[] => edges.map((i) => passed[i]).filter((one): one is Tensor => one instanceof Tensor)
  const arrivals = ({ arrived }: Passing): Tensor[] => arrived.filter((one) => one !== null)
  const site = (one: Passing | undefined, id: VerdictId): Reason | null => (one === undefined ? null : { id, site: one.node.site })

  if (grad.some(Number.isNaN)) {
    const behind = new Set<Flow>(roots.map(flowOf).filter((one) => one !== null))
    for (const one of behind) for (const input of one.inputs) behind.add(input)
    const first = [...behind].filter((one) => keeper.born.has(one)).sort((a, b) => a.id - b.id)[0]
    if (first !== undefined) return { id: "nan-born", site: first.site }
    const born = passing.find((one) => !arrivals(one).some((g) => has(g, Number.isNaN)) && passedOn(one).some((g) => has(g, Number.isNaN)))
    if (born === undefined) return null
    // An infinite slope further up is the cause where nan is only what became of it.
    const infinite = arrivals(born).some((g) => has(g, isInfinite)) ? passing.find((one) => blowsUp(arrivals(one), passedOn(one))) : undefined
    return site(infinite ?? born, "nan-born")
  }
  if (grad.some(isInfinite)) return site(passing.find((one) => blowsUp(arrivals(one), passedOn(one))), "infinite")
  const killers = passing.flatMap((one) => {
    const before = greatest(arrivals(one))
    const after = greatest(passedOn(one))
    if (!(before >= 1e-6 ? after < 1e-6 : before > 0 && after === 0)) return []
    const id = deathOf(one.node, one.arrived, one.edges, after)
    if (id !== null) return [{ id, one, before }]
    if (!moves.has(nameOf(one.node))) return []
    // What only moves elements had nothing for these: whoever chose among them did it.
    const chooser = chooserOf(one.node, passing.map(({ node }) => node))
    const found = passing.find(({ node }) => node === chooser)
    return found === undefined ? [] : [{ id: passesNothing.has(nameOf(found.node)) ? ("relu-zero" as const) : ("times-zero" as const), one: found, before }]
  })
  killers.sort((a, b) => b.before - a.before || a.one.node.sequence - b.one.node.sequence)
  const [killer] = killers
  return killer === undefined ? "fine" : site(killer.one, killer.id)
}

function blowsUp(arrived: readonly Tensor[], passed: readonly Tensor[]): boolean {
  return arrived.every((g) => !has(g, (value) => !Number.isFinite(value))) && passed.some((g) => has(g, isInfinite))
}

const passesNothing: ReadonlySet<string> = new Set([
  "relu", "relu6", "clamp", "clamp_min", "clamp_max", "clip", "hardtanh", "threshold", "max", "min", "amax", "amin", "maximum", "minimum", "fmax", "fmin", "abs", "hardshrink", "softshrink",
  "hardsigmoid", "hardswish", "leaky_relu", "max_pool1d", "max_pool2d", "max_pool3d", "rrelu", "median", "aminmax", "max_dim", "min_dim",
])
const flatFar: ReadonlySet<string> = new Set(["sigmoid", "tanh", "softmax", "_softmax", "softmin", "erf", "erfc", "elu", "selu", "celu", "softplus", "gelu", "silu", "mish", "logsigmoid", "log_sigmoid", "atan", "softsign"])
const multiplies: ReadonlySet<string> = new Set([
  "mul", "where", "masked_fill", "mm", "bmm", "mv", "dot", "addmm", "addmv", "baddbmm", "matmul", "linear", "addcmul", "addcdiv", "tril", "triu", "outer", "vdot", "conv1d", "conv2d", "conv3d", "convolution", "masked_scatter", "index_fill", "inner",
])

const moves: ReadonlySet<string> = new Set(["cat", "concat", "stack", "hstack", "vstack", "select", "slice", "index", "gather", "split", "chunk", "unbind", "narrow", "view", "reshape", "flatten", "t", "transpose", "permute", "squeeze", "unsqueeze", "index_select", "alias", "clone"])

function nameOf(node: Node): string {
  return (node.entry?.signature.name ?? "").replace(/_$/, "")
}

/** The nearest operation above one that only moves elements which chooses or masks elements. */
function chooserOf(node: Node, order: readonly Node[]): Node | null {
  const above = order.filter((one) => one.edges.some((edge) => edge.node === node))
  for (const one of above) {
    if (passesNothing.has(nameOf(one)) || multiplies.has(nameOf(one))) return one
    const further = moves.has(nameOf(one)) ? chooserOf(one, order) : null
    if (further !== null) return further
  }
  return null
}

/** Which kind of operation let nothing through, where that is why. */
function deathOf(node: Node, arrived: readonly Gradient[], edges: readonly number[], after: number): VerdictId | null {
  const name = nameOf(node)
  const kind = passesNothing.has(name) ? "relu-zero" : flatFar.has(name) ? "saturated" : multiplies.has(name) ? "times-zero" : null
  if (kind === null || (after > 0 && kind !== "saturated")) return null
  // Both factors come from the variable: a stationary point, not a factor of zero.
  if (kind === "times-zero" && edges.length > 1) return null
  // Sums that cancel are no dead slope: with other weights something would pass.
  const mixed = arrived.map((g) => g && fromNumbers(numbersOf(g).map((value, i) => value * (0.5 + ((i * 0.6180339887) % 1))), g.sizes, g.dtype))
  const passed = run(node, mixed)
  return greatest(edges.map((i) => passed[i]).filter((one): one is Tensor => one instanceof Tensor)) < 1e-6 ? kind : null
}

function has(tensor: Tensor, test: (value: number) => boolean): boolean {
  return numbersOf(tensor).some(test)
}

const isInfinite = (value: number): boolean => value === Infinity || value === -Infinity

function greatest(tensors: readonly Tensor[]): number {
  return tensors.reduce((most, one) => numbersOf(one).reduce((so, value) => Math.max(so, Math.abs(value)), most), 0)
}

/** The nodes behind some results, in the order of a backward pass. */
export function nodesBehind(roots: readonly Tensor[]): Node[] {
  const seen = new Set<Node>()
  for (const root of roots) {
    const { node } = edgeOf(root)
    if (node !== null) seen.add(node)
  }
  for (const node of seen) for (const { node: next } of node.edges) if (next !== null) seen.add(next)
  return [...seen].sort((a, b) => rank(b) - rank(a))
}

/** Leaves come last. */
function rank(node: Node): number {
  return node.variable === null ? node.sequence : -1
}

/** Of nodes in the order of a pass, those from which `end` is reached, itself included. */
export function nodesTo(order: readonly Node[], end: Node): Set<Node> {
  const leading = new Set<Node>([end])
  for (let i = order.length - 1; i >= 0; i--) if (order[i]!.edges.some(({ node }) => node !== null && leading.has(node))) leading.add(order[i]!)
  return leading
}

/** Every node's part of a backward pass, with what was kept. */
export function propagate(roots: readonly Tensor[], order: readonly Node[], starts?: readonly Tensor[]): Map<Node, Visit> {
  const buffers = new Map<Node, Gradient[]>()
  const arrive = (node: Node | null, nr: number, grad: Gradient): void => {
    if (node === null || grad === null) return
    let buffer = buffers.get(node)
    if (!buffer) buffers.set(node, (buffer = new Array<Gradient>(Math.max(1, node.outputs.length)).fill(null)))
    const before = buffer[nr] ?? null
    buffer[nr] = before === null ? grad : untracked(() => before.add(grad))
  }
  roots.forEach((root, i) => {
    const { node, nr } = edgeOf(root)
    arrive(node, nr, starts?.[i] ?? full(root.sizes, 1, root.dtype))
  })
  const visits = new Map<Node, Visit>()
  for (const node of order) {
    const arrived = buffers.get(node) ?? []
    const passed = node.variable === null && arrived.length > 0 ? run(node, arrived) : []
    visits.set(node, { arrived, passed })
    node.edges.forEach((edge, i) => arrive(edge.node, edge.nr, passed[i] ?? null))
  }
  return visits
}

/** One node's backward with what it kept; nothing where that fails. */
export function run(node: Node, grads: readonly Gradient[]): readonly Gradient[] {
  const { asks } = recording
  recording.asks = true
  try {
    return untracked(() => node.backward(grads))
  } catch {
    // A learner's own backward may throw; then it passes nothing that could be explained.
    return node.edges.map(() => null)
  } finally {
    recording.asks = asks
  }
}

/** Nudges every number that was taken out of what the subject made, and sees whether a result changes. */
async function numberReason({ tensor, site }: Subject, observer: Observer, request: RunRequest, host: RunHost, seed: number): Promise<Reason | null> {
  const own = flowOf(tensor)
  const left = own === null ? null : unreached(own, observer)
  if (left === null) return null
  const sites = new Set(left.sites)
  const still = await resultsWith(new Set(), request, host, seed)
  const nudged = await resultsWith(sites, request, host, seed)
  return still === nudged ? { id: "not-reached", site } : left.reason
}

async function resultsWith(sites: ReadonlySet<number>, request: RunRequest, host: RunHost, seed: number): Promise<string> {
  const table = new SiteTable()
  const watcher = new Nudger(sites)
  const ran = await rerun(request, host, { table, recording: new Observer(table), watcher, seed })
  return JSON.stringify([watcher.results, ran.error?.message])
}

class Nudger extends FlowWatcher {
  readonly results: number[][] = []
  constructor(private readonly sites: ReadonlySet<number>) {
    super()
  }
  override left(how: Exit, from: Tensor, result: unknown): unknown {
    super.left(how, from, result)
    return (how === "item" || how === "tolist") && this.sites.has(position.site) ? nudged(result) : result
  }
  override backward(roots: readonly Tensor[]): void {
    super.backward(roots)
    if (this.results.length < 200) this.results.push(roots.flatMap((root) => numbersOf(root).slice(0, 20)))
  }
}

function nudged(value: unknown): unknown {
  if (Array.isArray(value)) return (value as unknown[]).map(nudged)
  return typeof value === "number" ? value * 1.001 + 0.001 : value
}
