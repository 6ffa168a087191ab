// The backward pass: gradients flow from the results to the leaves, later nodes first, each node once.
import { faults } from "../tensor/faults.ts"
import { sameShape } from "../tensor/size.ts"
import { Tensor } from "../tensor/tensor.ts"
import { edgeOf, requiresGrad } from "./history.ts"
import { kit } from "./kit.ts"
import { modes, withModes, type ModeGuard } from "./modes.ts"
import { recording, type Edge, type Gradient, type Node } from "./node.ts"
import { watching } from "./watching.ts"

export interface BackwardOptions {
  readonly retainGraph: boolean
  readonly createGraph: boolean
  /** Gradients are collected for these instead of added to every leaf. */
  readonly inputs?: readonly Tensor[]
}

/** Gradients that start the pass: ones for a tensor of one element. Throws RuntimeError where none can be made up. */
export function startingGradients(roots: readonly Tensor[], given: readonly Gradient[]): Tensor[] {
  if (watching.inside === 0) watching.by?.backward(roots)
  return roots.map((root, i) => {
    if (!requiresGrad(root))
      throw faults.runtime(
        `backward() on ${root.label ? `"${root.label}"` : "a tensor"} that does not require grad and has no grad_fn: nothing was recorded on the way to it.`,
        "Make the leaves with { requires_grad: true }, and check that no detach() or no_grad() lies in between.",
      )
    const grad = given[i]
    if (!grad) {
      if (root.numel() !== 1)
        throw faults.runtime(
          `backward() needs a result with one element to start from, found shape [${root.sizes.join(", ")}].`,
          "Reduce it first, for example with .mean() or .sum(), or pass a gradient of the same shape: backward(torch.ones_like(y)).",
        )
      return kit.full(root.sizes, 1, root.dtype)
    }
    if (!sameShape(grad.sizes, root.sizes))
      throw faults.runtime(`backward(): the gradient has shape [${grad.sizes.join(", ")}], expected the result's shape [${root.sizes.join(", ")}].`, "Pass one weight for each element of the result.")
    return grad
  })
}

/** Runs the pass. With `inputs` the answer is one gradient each, null where none arrived. */
export function backwardPass(roots: readonly Tensor[], starts: readonly Tensor[], options: BackwardOptions): Gradient[] {
  const rootEdges = roots.map(edgeOf)
  const inputEdges = options.inputs?.map((one) => edgeOf(one))
  const pass = new Pass(rootEdges, inputEdges)
  rootEdges.forEach((edge, i) => pass.arrive(edge, starts[i]!))
  const guard = withModes({ grad: options.createGraph }) as ModeGuard
  watching.inside++
  try {
    pass.run(options.retainGraph)
  } finally {
    watching.inside--
    guard[Symbol.dispose]()
  }
  if (options.inputs && watching.inside === 0) watching.by?.captured(options.inputs, pass.captured, options.createGraph)
  return pass.captured
}

class Pass {
  readonly captured: Gradient[]
  private readonly waiting = new Map<Node, number>()
  private readonly buffers = new Map<Node, Gradient[]>()
  private readonly ready: Node[] = []
  /** Only nodes on the way to the inputs; null: all. */
  private readonly needed: Set<Node> | null

  constructor(
    roots: readonly Edge[],
    private readonly inputs: readonly Edge[] | undefined,
  ) {
    this.captured = (inputs ?? []).map(() => null)
    const order = this.discover(roots)
    this.needed = inputs ? onTheWay(order, inputs) : null
    const started = new Set<Node>()
    for (const { node } of roots) {
      if (!node || started.has(node)) continue
      started.add(node)
      if ((this.waiting.get(node) ?? 0) === 0) this.push(node)
    }
  }

  /** Counts, for each node, how many edges lead to it; every node once, inputs of a node before it. */
  private discover(roots: readonly Edge[]): Node[] {
    const seen = new Set<Node>()
    const order: Node[] = []
    const stack: Node[] = []
    for (const { node } of roots) {
      if (node && !seen.has(node)) {
        seen.add(node)
        stack.push(node)
      }
    }
    while (stack.length) {
      const node = stack.pop()!
      order.push(node)
      for (const edge of node.edges) {
        const next = edge.node
        if (!next) continue
        this.waiting.set(next, (this.waiting.get(next) ?? 0) + 1)
        if (!seen.has(next)) {
          seen.add(next)
          stack.push(next)
        }
      }
    }
    return order
  }

  arrive(edge: Edge, grad: Tensor): void {
    const { node, nr } = edge
    if (!node) return
    let buffer = this.buffers.get(node)
    if (!buffer) this.buffers.set(node, (buffer = new Array<Gradient>(node.outputs.length || 1).fill(null)))
    const before = buffer[nr]
    buffer[nr] = before ? before.add(grad) : grad
  }

  run(retainGraph: boolean): void {
    let node: Node | undefined
    while ((node = this.ready.pop())) {
      let grads = this.buffers.get(node) ?? new Array<Gradient>(node.outputs.length || 1).fill(null)
      this.buffers.delete(node)
      grads = hooked(node, grads)
      if (recording.gradients && grads[0]) node.arrived = grads[0]
      this.capture(node, grads)
      const passed = this.wants(node) ? runNode(node, grads) : []
      if (!retainGraph && this.wants(node)) node.release()
      node.edges.forEach((edge, i) => {
        const next = edge.node
        if (!next) return
        const grad = passed[i]
        if (grad) this.arrive(edge, grad)
        const left = this.waiting.get(next)! - 1
        this.waiting.set(next, left)
        if (left === 0) this.push(next)
      })
    }
  }

  /** A node whose gradient nobody waits for does not run; so leaves gather nothing when inputs are named. */
  private wants(node: Node): boolean {
    return this.needed === null || this.needed.has(node)
  }

  private capture(node: Node, grads: readonly Gradient[]): void {
    this.inputs?.forEach((edge, i) => {
      if (edge.node === node) this.captured[i] = grads[edge.nr] ?? null
    })
  }

  /** Keeps `ready` sorted: the node made last is taken first. */
  private push(node: Node): void {
    const { ready } = this
    let at = ready.length
    while (at > 0 && ready[at - 1]!.sequence > node.sequence) at--
    ready.splice(at, 0, node)
  }
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
function hooked(node: Node, arrived: Gradient[]): Gradient[] {
  let grads = arrived
  node.tensorHooks?.forEach((hooks, nr) => {
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
  node.retainers?.forEach((tensor, nr) => {
    const grad = grads[nr]
    if (!grad) return
    watching.by?.gathering(tensor)
    tensor.gathered = tensor.gathered ? tensor.gathered.add(grad) : modes.grad ? grad : grad.detach()
    watching.by?.gathered(tensor)
  })
  for (const hook of node.preHooks ?? []) grads = asGradients(hook(grads)) ?? grads
  return grads
}

function runNode(node: Node, grads: readonly Gradient[]): readonly Gradient[] {
  let passed = node.backward(grads)
  if (modes.anomaly) checkAnomaly(node, passed)
  for (const hook of node.postHooks ?? []) passed = asGradients(hook(passed, grads)) ?? passed
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
