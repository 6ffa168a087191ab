// The backward pass: gradients flow from the results to the leaves, later nodes first, each node once.
import { era } from "../backends/backend.ts"
import { backend, placing } from "../backends/devices.ts"
import { add, input } from "../ops/expr.ts"
import { faults } from "../tensor/faults.ts"
import { full, unfilled } from "../tensor/make.ts"
import { sameShape } from "../tensor/size.ts"
import { Tensor } from "../tensor/tensor.ts"
import { tupled } from "../tensor/tuple.ts"
import { edgeOf, requiresGrad } from "./history.ts"
import { kit } from "./kit.ts"
import { modes } from "./modes.ts"
import { placedBackward } from "./placed.ts"
import { recording, type Edge, type Gradient, type Hooks, type Node } from "./node.ts"
import { beginOwnership, giveUp, isFree, ownership } from "./ownership.ts"
import { watching, type PassWatcher } from "./watching.ts"

export interface BackwardOptions {
  readonly retainGraph: boolean
  readonly createGraph: boolean
  /** Gradients are collected for these instead of added to every leaf. */
  readonly inputs?: readonly Tensor[]
}

/** Gradients that start the pass: ones for a tensor of one element. Throws RuntimeError where none can be made up. */
export function startingGradients(roots: readonly Tensor[], given: readonly Gradient[]): Tensor[] {
  if (watching.inside === 0) watching.by?.backward(roots, given)
  const starts = new Array<Tensor>(roots.length)
  for (let i = 0; i < roots.length; i++) starts[i] = startingGradient(roots[i]!, given[i] ?? null)
  return starts
}

function startingGradient(root: Tensor, grad: Gradient): Tensor {
  if (!requiresGrad(root))
    throw faults.runtime(
      `backward() on ${root.label ? `"${root.label}"` : "a tensor"} that does not require grad and has no grad_fn: nothing was recorded on the way to it.`,
      "Make the leaves with { requires_grad: true }, and check that no detach() or no_grad() lies in between.",
    ).as("nothing-tracked", root)
  if (!grad) {
    if (root.numel() !== 1)
      throw faults.runtime(
        `backward() needs a result with one element to start from, found shape [${root.sizes.join(", ")}].`,
        "Reduce it first, for example with .mean() or .sum(), or pass a gradient of the same shape: backward(torch.ones_like(y)).",
      ).as("not-one-element")
    const made = full(root.sizes, 1, root.dtype, root.storage.device)
    made.storage.born = era.now + 1 // It belongs to the pass that it starts.
    return made
  }
  if (!sameShape(grad.sizes, root.sizes))
    throw faults.runtime(`backward(): the gradient has shape [${grad.sizes.join(", ")}], expected the result's shape [${root.sizes.join(", ")}].`, "Pass one weight for each element of the result.")
  return grad
}

/** Runs the pass. With `inputs` the answer is one gradient each, null where none arrived. */
export function backwardPass(roots: readonly Tensor[], starts: readonly Tensor[], options: BackwardOptions): Gradient[] {
  const rootEdges = roots.map(edgeOf)
  const inputEdges = options.inputs?.map((one) => edgeOf(one))
  const before = modes.grad
  const isOutermost = watching.inside === 0
  if (isOutermost) recording.passes++
  const sinceBefore = beginOwnership()
  const pass = new Pass(rootEdges, inputEdges, isOutermost ? watching.pass : null)
  watching.inside++
  try {
    for (let i = 0; i < rootEdges.length; i++) pass.arrive(rootEdges[i]!, starts[i]!)
    modes.grad = options.createGraph
    pass.run(options.retainGraph)
  } finally {
    modes.grad = before
    watching.inside--
    ownership.since = sinceBefore
    pass.end()
  }
  if (options.inputs && watching.inside === 0) watching.by?.captured(options.inputs, pass.captured, options.createGraph)
  return pass.captured
}

/** Passes under way, the outermost first: there are several while a hook of one starts another. */
const underWay: number[] = []

/** What an outer pass knew of a node that an inner one comes by. */
interface Interrupted {
  readonly node: Node
  readonly pass: number
  readonly waiting: number
  readonly grads: Gradient[] | null
  readonly next: Node | null
}

class Pass {
  readonly captured: Gradient[]
  private readonly id = ownership.since
  private interrupted: Interrupted[] | null = null
  /** The first of those that wait for nothing any more: the node made last. Each leads to the next. */
  private ready: Node | null = null
  /** Every node that a gradient may reach, once, for whoever asks. */
  private readonly nodes: Node[] | null
  /** Only nodes on the way to the inputs; null: all. */
  private readonly needed: Set<Node> | null

  constructor(
    roots: readonly Edge[],
    private readonly inputs: readonly Edge[] | undefined,
    private readonly watcher: PassWatcher | null,
  ) {
    this.captured = inputs ? inputs.map(() => null) : []
    this.nodes = inputs || watcher ? [] : null
    this.discover(roots)
    this.needed = inputs ? onTheWay(this.nodes!, inputs) : null
    for (let i = 0; i < roots.length; i++) {
      const { node } = roots[i]!
      if (node?.waiting === 0 && !stoodBefore(roots, i)) this.push(node)
    }
    underWay.push(this.id)
    watcher?.begins(this.nodes!)
  }

  /** Counts, for each node, how many edges lead to it. */
  private discover(roots: readonly Edge[]): void {
    let last: Node | null = null
    for (let i = 0; i < roots.length; i++) last = this.meet(roots[i]!.node, last)
    while (last !== null) {
      const node: Node = last
      last = node.next
      node.next = null
      const { edges } = node
      for (let i = 0; i < edges.length; i++) {
        const next = edges[i]!.node
        if (!next) continue
        last = this.meet(next, last)
        next.waiting++
      }
    }
  }

  /** Puts a node in front of those still to be looked at, the first time that this pass comes by. */
  private meet(node: Node | null, last: Node | null): Node | null {
    if (node === null || node.pass === this.id) return last
    const { pass, waiting, grads, next } = node
    if (underWay.length > 0 && underWay.includes(pass)) (this.interrupted ??= []).push({ node, pass, waiting, grads, next })
    node.pass = this.id
    node.waiting = 0
    node.grads = null
    node.next = last
    this.nodes?.push(node)
    return node
  }

  /** Puts the nodes back as an outer pass left them. */
  end(): void {
    underWay.pop()
    if (this.interrupted) for (const { node, ...before } of this.interrupted) Object.assign(node, before)
    this.watcher?.ends()
  }

  arrive({ node, nr }: Edge, grad: Tensor): void {
    if (!node) return
    const grads = (node.grads ??= noneYet(node))
    const before = grads[nr]
    const sum = before ? added(before, grad) : grad
    sum.storage.held++
    grads[nr] = sum
  }

  run(retainGraph: boolean): void {
    let node: Node | null
    while ((node = this.ready)) {
      this.ready = node.next
      node.next = null
      const arrived = node.grads ?? noneYet(node)
      node.grads = null
      for (let i = 0; i < arrived.length; i++) if (arrived[i]) arrived[i]!.storage.held--
      const isWatched = this.watcher !== null || this.inputs !== undefined || node.hooks !== null || !node.isClosed()
      if (isWatched) giveUp(arrived)
      const grads = node.hooks ? hooked(node.hooks, arrived) : arrived
      if (grads !== arrived) giveUp(grads)
      if (recording.gradients) {
        if (grads[0]) {
          giveUp(grads)
          node.arrived = grads[0]
        }
        node.lastPass = recording.passes
      }
      if (this.inputs) this.capture(this.inputs, node, grads)
      const wanted = this.wants(node)
      this.watcher?.arriving(node, grads, wanted)
      const passed = wanted ? runNode(node, grads) : nothing
      if (isWatched) giveUp(passed)
      this.watcher?.passing(node, passed)
      if (wanted && !retainGraph) node.free()
      const { edges } = node
      // Held on the way: one that goes to several places is not free at the first of them.
      for (let i = 0; i < edges.length; i++) if (edges[i]!.node && passed[i]) passed[i]!.storage.held++
      for (let i = 0; i < edges.length; i++) {
        const edge = edges[i]!
        const next = edge.node
        if (!next) continue
        const grad = passed[i]
        if (grad) {
          grad.storage.held--
          this.arrive(edge, grad)
        }
        if (--next.waiting === 0) this.push(next)
      }
    }
  }

  /** A node whose gradient nobody waits for does not run; so leaves gather nothing when inputs are named. */
  private wants(node: Node): boolean {
    return this.needed === null || this.needed.has(node)
  }

  private capture(inputs: readonly Edge[], node: Node, grads: readonly Gradient[]): void {
    for (let i = 0; i < inputs.length; i++) if (inputs[i]!.node === node) this.captured[i] = grads[inputs[i]!.nr] ?? null
  }

  /** Keeps `ready` sorted: the node made last is taken first. */
  private push(node: Node): void {
    let before: Node | null = null
    let after = this.ready
    while (after !== null && after.sequence > node.sequence) {
      before = after
      after = after.next
    }
    node.next = after
    if (before === null) this.ready = node
    else before.next = node
  }
}

/** Whether one of the edges before leads to the same node. */
function stoodBefore(roots: readonly Edge[], i: number): boolean {
  for (let k = 0; k < i; k++) if (roots[k]!.node === roots[i]!.node) return true
  return false
}

const nothing: readonly Gradient[] = []

const total = add(input("a"), input("b"))
const names = ["a", "b"]

/** The sum of two gradients that meet, the first of which a place held: in the memory of one where nobody else wants that. */
function added(before: Tensor, grad: Tensor): Tensor {
  before.storage.held--
  if (modes.grad || before.dtype !== grad.dtype || !sameShape(before.sizes, grad.sizes)) return before.add(grad)
  const areApart = before.storage !== grad.storage
  const sum = areApart && isFree(before) ? before : areApart && isFree(grad) ? grad : unfilled(before.sizes, before.dtype, before.device)
  backend.elementwise(total, names, [before, grad], sum)
  return sum
}

/** One place an output for the gradients that arrive. */
function noneYet(node: Node): Gradient[] {
  const count = node.outputs.length
  return count <= 1 ? [null] : new Array<Gradient>(count).fill(null)
}

/** Nodes that must run for a gradient to reach one of the inputs: those with a way on to it. */
function onTheWay(order: readonly Node[], inputs: readonly Edge[]): Set<Node> {
  const targets = new Set<Node>()
  for (const { node } of inputs) if (node) targets.add(node)
  const needed = new Set<Node>()
  const byAge = [...order].sort((a, b) => (a.sequence === b.sequence ? 0 : a.sequence - b.sequence))
  for (const node of byAge) if (node.edges.some((edge) => edge.node && (needed.has(edge.node) || targets.has(edge.node)))) needed.add(node)
  return needed
}

/** Tensor hooks, `retain_grad` and node pre-hooks, in PyTorch's order. */
function hooked({ tensors, retainers, before }: Hooks, arrived: Gradient[]): Gradient[] {
  let grads = arrived
  tensors?.forEach((hooks, nr) => {
    for (const hook of [...hooks]) {
      const grad = grads[nr]
      if (!grad) continue
      const replaced = hook(grad)
      if (replaced instanceof Tensor) {
        grads = [...grads]
        grads[nr] = replaced
      }
    }
  })
  retainers?.forEach((tensor, nr) => {
    const grad = grads[nr]
    if (!grad) return
    watching.by?.gathering(tensor)
    tensor.gathered = tensor.gathered ? tensor.gathered.add(grad) : modes.grad ? grad : grad.detach()
    watching.by?.gathered(tensor)
  })
  for (const hook of before ?? []) grads = asGradients(hook(tupled([...grads]))) ?? grads
  return grads
}

/** Apart, so that a pass on the CPU makes no function for each node. */
function elsewhere(node: Node, grads: readonly Gradient[]): readonly Gradient[] {
  return placedBackward(grads, () => node.backward(grads))
}

function runNode(node: Node, grads: readonly Gradient[]): readonly Gradient[] {
  let passed = placing.several ? elsewhere(node, grads) : node.backward(grads)
  if (modes.anomaly) checkAnomaly(node, passed)
  if (node.hooks?.after) for (const hook of node.hooks.after) passed = asGradients(hook(tupled([...passed]), tupled([...grads]))) ?? passed
  return passed
}

function asGradients(value: unknown): Gradient[] | null {
  if (value instanceof Tensor) return [value]
  return Array.isArray(value) ? (value as Gradient[]) : null
}

function checkAnomaly(node: Node, passed: readonly Gradient[]): void {
  passed.forEach((grad, i) => {
    if (!grad || !kit.numbers(grad).some((value) => value !== value)) return
    const thrown = faults.runtime(`${node.name()} gave not-a-number (nan) as gradient ${i} in its backward pass.`, "Look at the operation marked here: its slope is not finite at these values.")
    thrown.site = node.site
    throw thrown
  })
}
