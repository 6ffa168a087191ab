// Where values come from, whether or not autograd tracked them: the data flow that a verdict walks when the backward
// graph has a hole. Apart from autograd's graph because it also knows what was cut off, and keeps no values.
import { requiresGrad } from "../autograd/history.ts"
import { modes } from "../autograd/modes.ts"
import type { Exit, Watcher } from "../autograd/watching.ts"
import type { Gradient } from "../autograd/node.ts"
import { numbersOf } from "../tensor/make.ts"
import { position } from "../tensor/position.ts"
import { Tensor } from "../tensor/tensor.ts"

/** Why a gradient does not pass a step. `opaque`: the operation has none. */
export type Cut = "detached" | "no-grad" | "through-number" | "integer" | "opaque"

/** One step of the flow: a value, and the values that it was made of. Later steps have larger ids. */
export class Flow {
  readonly id = nextId++
  readonly site = position.site
  /** Steps on the longest way that led here. */
  readonly depth: number
  constructor(
    readonly op: string,
    public inputs: readonly Flow[],
    readonly cut: Cut | null = null,
    /** Inputs that were repeated along a dimension longer than 1. */
    public repeated: readonly Flow[] = none,
    /** The plain number that the one input was multiplied by. */
    readonly factor: number | null = null,
    /** Its values are floats, so that they could be tracked. */
    readonly isFloat = true,
  ) {
    let depth = 0
    for (let i = 0; i < inputs.length; i++) depth = Math.max(depth, inputs[i]!.depth + 1)
    this.depth = depth
    if (depth % forgetEvery === 0 && depth > lookedBack) forget(this, depth - lookedBack)
  }
}

/** Steps that are looked back over. What is older no verdict names, and in a long loop it would keep every turn. */
const lookedBack = 16_384
const forgetEvery = 4_096

/** Cuts what lies behind a flow off where it is less deep than `least`. */
function forget(flow: Flow, least: number): void {
  const seen = new Set<Flow>([flow])
  for (const one of seen) {
    if (one.depth < least) one.inputs = one.repeated = none
    else for (const input of one.inputs) seen.add(input)
  }
}

let nextId = 0
const none: readonly Flow[] = []
/** Steps of one run; past it nothing is noted, and verdicts that need the flow stay silent. */
const stepLimit = 400_000

/** A backward pass that was asked for. */
export interface Pass {
  readonly site: number
  readonly roots: readonly Flow[]
  /** False for autograd.grad. */
  gathers: boolean
  /** What its gradients were multiplied by at the very start: 0.25 for `(loss / 4).backward()`. */
  readonly factor: number | null
}

/** What was added to one tensor's `.grad` since it was last empty. */
export interface Gathering {
  readonly by: object
  count: number
  /** Of all of the run. */
  total: number
  sites: number[]
  factors: (number | null)[]
  /** Sums of several passes were used and cleared before: it is meant. */
  isDeliberate: boolean
  /** The gradient after the last addition, and its version. */
  grad: Tensor | null
  version: number
  pass: number
}

/** A number that was taken out of a tensor. */
export interface Taken {
  readonly site: number
  readonly flow: Flow
}

/** A place where a tracked value left the graph. */
export interface Left {
  readonly reason: "detached" | "through-number" | "integer"
  /** What the learner calls it. */
  readonly name: string | undefined
}

/** What the name of an operation says about its inputs. */
interface Traits {
  /** The values of its inputs matter, not only their shapes. */
  readonly hasValues: boolean
  readonly isShapesOnly: boolean
  readonly isFiller: boolean
  readonly isRepeating: boolean
  readonly hasBias: boolean
  readonly isScaling: boolean
}

const known = new Map<string, Traits>()

function traitsOf(name: string): Traits {
  let traits = known.get(name)
  if (!traits) {
    traits = { hasValues: !withoutValues.test(name), isShapesOnly: shapesOnly.has(name), isFiller: fillers.has(name), isRepeating: repeating.has(name), hasBias: withBias.has(name), isScaling: /^(mul|div|true_divide)_?$/.test(name) }
    known.set(name, traits)
  }
  return traits
}

const conversion = "_to_copy"
const withoutValues = /(_like|^new_(zeros|ones|empty))$|^(zeros|ones|empty|rand|randn|randint)(_like)?$/
const shapesOnly: ReadonlySet<string> = new Set(["expand_as", "view_as", "reshape_as", "type_as"])
const fillers: ReadonlySet<string> = new Set(["full", "full_like", "new_full", "new_tensor", "fill_"])
const repeating: ReadonlySet<string> = new Set(["expand", "expand_as", "broadcast_to"])
const withBias: ReadonlySet<string> = new Set(["addmm", "linear", "addmv", "baddbmm"])

/** Notes the flow of a run on its tensors. */
export class FlowWatcher implements Watcher {
  readonly passes: Pass[] = []
  passCount = 0
  /** Told of each tensor whose `.grad` grew. */
  onGathered: ((tensor: Tensor) => void) | null = null
  /** By site the first and the newest number taken there. */
  readonly taken = new Map<number, [Taken, Taken]>()
  /** By site, the places where tracked values left the graph. */
  readonly exits = new Map<number, Left>()
  private steps = 0
  /** By site, where in `passes` the newest one lies. */
  private readonly newest = new Map<number, number>()

  get isFull(): boolean {
    return this.steps > stepLimit
  }

  operation(name: string, kind: "elementwise" | "structural" | "custom", args: readonly unknown[], result: unknown): void {
    if (this.steps > stepLimit) return
    const traits = traitsOf(name)
    if (!traits.hasValues) return
    const inputs = tensorsIn(traits.isShapesOnly ? args.slice(0, 1) : args)
    if (result instanceof Tensor) this.step(name, traits, kind, args, inputs, result)
    else if (Array.isArray(result)) for (const one of result as unknown[]) if (one instanceof Tensor) this.step(name, traits, kind, args, inputs, one)
  }

  private step(name: string, traits: Traits, kind: string, args: readonly unknown[], inputs: readonly Tensor[], out: Tensor): void {
    const isInPlace = inputs.includes(out)
    // A leaf that is trained stays itself, whatever it is set to.
    if (isInPlace && isLeaf(out)) return
    const flows: Flow[] = []
    let lost = false
    for (const one of inputs) {
      const flow = flowOf(one)
      if (flow === null) continue
      if (!flows.includes(flow)) flows.push(flow)
      if (one !== out && requiresGrad(one)) lost = true
    }
    if (flows.length === 0) return
    const own = isInPlace ? (out.flow as Flow | null) : null
    if (own !== null && !requiresGrad(out) && flows.every((flow) => flow === own || own.inputs.includes(flow))) return
    const cut = !lost || requiresGrad(out) ? null : traits.isFiller ? "through-number" : !modes.grad ? "no-grad" : out.dtype.category !== "float" ? "integer" : "opaque"
    if (cut === "integer" && name === conversion) this.exit("integer", inputs[0])
    const repeated = traits.hasBias ? biasOf(name, args, out) : kind === "elementwise" || traits.isRepeating ? repeatedOf(inputs, out) : none
    const made = new Flow(name, flows, cut, repeated, traits.isScaling ? factorOf(name, args) : null)
    this.steps++
    out.flow = made
    if (isInPlace) {
      out.storage.written = made
      const base = out.origin?.base
      if (base) base.flow = made
    }
  }

  /** A tracked value left the graph here. */
  exit(reason: Left["reason"], from: Tensor | undefined): void {
    const { site } = position
    if (modes.grad && !this.exits.has(site)) this.exits.set(site, { reason, name: from?.label ?? undefined })
  }

  left(how: Exit, from: Tensor, result: unknown): unknown {
    if (from.wantsGrad) this.exit(how === "item" || how === "tolist" ? "through-number" : "detached", from)
    const flow = flowOf(from)
    if (flow === null) return result
    if (how === "item" || how === "tolist") this.number(flow)
    else if (result instanceof Tensor) {
      result.flow = new Flow(how, [flow], from.wantsGrad ? "detached" : null)
      this.steps++
    }
    return result
  }

  /** A number of this flow was taken here. */
  number(flow: Flow): void {
    const one: Taken = { site: position.site, flow }
    const known = this.taken.get(one.site)
    if (known) known[1] = one
    else this.taken.set(one.site, [one, one])
  }

  backward(roots: readonly Tensor[]): void {
    const flows = roots.map(flowOf).filter((one) => one !== null)
    const site = position.site
    const one: Pass = { site, roots: flows, gathers: true, factor: flows[0]?.factor ?? null }
    this.passCount++
    // The first and the newest pass of each place tell enough; those between would keep every turn of a loop alive.
    const at = this.newest.get(site)
    if (at !== undefined && this.passes.some((known, i) => known.site === site && i !== at)) this.passes[at] = one
    else this.newest.set(site, this.passes.push(one) - 1)
  }

  captured(inputs: readonly Tensor[], gradients: readonly Gradient[], createGraph: boolean): void {
    const pass = this.passes.findLast(({ site }) => site === position.site)
    if (pass) pass.gathers = false
    if (!createGraph || !pass) return
    const flows = [...pass.roots, ...inputs.map(flowOf).filter((one) => one !== null)]
    for (const one of gradients) if (one) one.flow = new Flow("grad", flows)
  }

  /** What was added to a tensor's `.grad`. It lies at the tensor: a list of them would keep the leaves of every turn. */
  gatheringOf(tensor: Tensor): Gathering | undefined {
    const known = tensor.extras?.gathering as Gathering | undefined // Put there below.
    return known?.by === this ? known : undefined
  }

  gathering(tensor: Tensor): void {
    const before = tensor.gathered
    let known = this.gatheringOf(tensor)
    if (!known) (tensor.extras ??= {}).gathering = known = { by: this, count: 0, total: 0, sites: [], factors: [], isDeliberate: false, grad: null, version: 0, pass: -1 }
    if (known.pass === this.passCount || (before !== null && !isZero(before))) return
    if (known.count > 1) known.isDeliberate = true
    known.count = 0
    known.sites = []
    known.factors = []
  }

  gathered(tensor: Tensor): void {
    this.onGathered?.(tensor)
    const known = this.gatheringOf(tensor)!
    const pass = this.passes.findLast(({ site }) => site === position.site)
    known.grad = tensor.gathered
    known.version = tensor.gathered?.storage.version ?? 0
    if (pass) pass.gathers = true
    if (known.pass === this.passCount) return
    known.pass = this.passCount
    known.count++
    known.total++
    if (known.sites.length < 2) known.sites.push(position.site)
    if (known.factors.length < 64) known.factors.push(pass?.factor ?? null)
  }
}

/** The flow that ends in a tensor; null for one that nothing is known of. */
export function flowOf(tensor: Tensor): Flow | null {
  let flow = tensor.flow as Flow | null
  if (flow === null && requiresGrad(tensor)) tensor.flow = flow = new Flow("origin", none)
  const written = tensor.storage.written as Flow | null
  if (written !== null && written !== flow && written.id > (flow?.id ?? -1) && !isLeaf(tensor)) tensor.flow = flow = flow === null ? written : new Flow("written", [flow, written])
  return flow
}

/** Makes a tensor known, so that what is made of it is known to be. */
export function follow(tensor: Tensor): void {
  tensor.flow ??= new Flow("origin", none, null, none, null, tensor.dtype.category === "float")
}

/** True where `flow` was made of `from` without a cut in between. */
export function carries(flow: Flow, from: Flow): boolean {
  const seen = new Set<Flow>([flow])
  for (const one of seen) {
    if (one === from) return true
    // Whatever is older than `from` was not made of it.
    if (one.id < from.id || one.cut !== null) continue
    for (const input of one.inputs) seen.add(input)
  }
  return false
}

export function isLeaf(tensor: Tensor): boolean {
  return tensor.wantsGrad && tensor.node === null && tensor.origin === null
}

/** True where every element is 0; stops at the first that is not. */
export function isZero(tensor: Tensor): boolean {
  const { seen } = tensor.storage
  const values = tensor.numel() === seen.length ? seen : numbersOf(tensor)
  for (const value of values) if (value !== 0) return false
  return true
}

/** The flows of inputs that were repeated to meet the others. */
function repeatedOf(inputs: readonly Tensor[], out: Tensor): readonly Flow[] {
  let found: Flow[] | null = null
  for (const one of inputs) {
    if (one.sizes === out.sizes || !isRepeated(one.sizes, out.sizes)) continue
    const flow = flowOf(one)
    if (flow !== null) (found ??= []).push(flow)
  }
  return found ?? none
}

/** The tensors among arguments, also those in arrays and in the options. */
export function tensorsIn(args: readonly unknown[], found: Tensor[] = [], depth = 0): Tensor[] {
  for (const one of args) {
    if (one instanceof Tensor) found.push(one)
    else if (typeof one === "object" && one !== null && depth < 3) {
      if (Array.isArray(one)) tensorsIn(one as unknown[], found, depth + 1)
      else if (depth === 0) tensorsIn(Object.values(one), found, depth + 1)
    }
  }
  return found
}

/** True where `sizes` was repeated along a dimension longer than 1 to become `to`. */
function isRepeated(sizes: readonly number[], to: readonly number[]): boolean {
  const extra = to.length - sizes.length
  for (let d = 0; d < to.length; d++) if (to[d]! > 1 && (d < extra || sizes[d - extra] === 1)) return true
  return false
}

function biasOf(name: string, args: readonly unknown[], out: Tensor): readonly Flow[] {
  const bias = name === "linear" ? args[2] : args[0]
  return bias instanceof Tensor ? repeatedOf([bias], out) : none
}

function factorOf(name: string, args: readonly unknown[]): number | null {
  const [, by] = args
  if (typeof by !== "number") return null
  return name.startsWith("mul") ? by : 1 / by
}
