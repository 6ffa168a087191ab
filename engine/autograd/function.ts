// torch.autograd.Function: an operation whose forward and backward the learner writes. Apart from the operators of the
// table because its gradient is the learner's word, which is checked when it arrives.
import { faults } from "../tensor/faults.ts"
import { broadcastShapes } from "../tensor/broadcast.ts"
import { sameShape } from "../tensor/size.ts"
import { changedInPlace, Tensor } from "../tensor/tensor.ts"
import { tupled } from "../tensor/tuple.ts"
import { checkInPlace, edgeOf, requiresGrad, setHistory } from "./history.ts"
import { kit } from "./kit.ts"
import { modes, untracked } from "./modes.ts"
import { freedFault, Node, noEdge, recording, SavedTensor, type Gradient, type SavedView } from "./node.ts"
import { sumTo } from "./sumTo.ts"
import { watched } from "./watching.ts"

/** What `forward` and `backward` share, PyTorch's `ctx`. Anything else may be put onto it. */
export class FunctionCtx {
  [name: string]: unknown
  /** For each argument of apply, whether its gradient is wanted. */
  readonly needs_input_grad: readonly boolean[]

  constructor(needs: readonly boolean[]) {
    this.needs_input_grad = tupled([...needs])
    Object.defineProperty(this, hidden, { value: new Notes() })
  }

  /** Keeps tensors for backward, with a check that nobody changes them in place. */
  save_for_backward(...tensors: readonly (Tensor | null)[]): void {
    notesOf(this).saved = tensors
  }
  get saved_tensors(): readonly (Tensor | null)[] {
    const { node, saved } = notesOf(this)
    return tupled(node ? node.unpacked() : [...saved])
  }
  /** Says which inputs forward changed in place; they must be among its results. */
  mark_dirty(...tensors: readonly Tensor[]): void {
    notesOf(this).dirty = tensors
  }
  /** Says which results take no gradient. */
  mark_non_differentiable(...tensors: readonly Tensor[]): void {
    notesOf(this).fixed = tensors
  }
  /** With false, a gradient that never arrived is null in backward instead of zeros. */
  set_materialize_grads(on: boolean): void {
    notesOf(this).materialize = on
  }
}

const hidden = Symbol("notes")

class Notes {
  saved: readonly (Tensor | null)[] = []
  dirty: readonly Tensor[] = []
  fixed: readonly Tensor[] = []
  materialize = true
  node: CustomNode | null = null
}

const notesOf = (ctx: FunctionCtx): Notes => Reflect.get(ctx, hidden) as Notes // Put there by the constructor.

type Written = (...args: readonly unknown[]) => unknown

/** The static methods that a learner's class may have. */
interface WrittenFunction {
  readonly name: string
  readonly forward: Written
  readonly backward: Written
  readonly setup_context?: Written
}

const applies = new WeakMap<object, Written>()

/** The base of the learner's operations: `class Exp extends torch.autograd.Function { static forward … static backward … }`. */
export class Function {
  /** Runs `forward` and records `backward`. It may be taken off the class: `const exp = Exp.apply`. */
  static get apply(): Written {
    let bound = applies.get(this)
    // The class is the learner's; what it lacks shows when it is called.
    if (!bound) applies.set(this, (bound = (...args) => watched(this.name, "custom", args, () => applyWritten(this as unknown as WrittenFunction, args))))
    return bound
  }
  static forward(..._args: readonly unknown[]): unknown {
    throw faults.notImplemented(`${this.name} has no forward.`, "Write static forward(ctx, x) { … } in the class.")
  }
  static backward(..._args: readonly unknown[]): unknown {
    throw faults.notImplemented(`${this.name} has no backward.`, "Write static backward(ctx, g) { … } in the class.")
  }
}

function applyWritten(written: WrittenFunction, args: readonly unknown[]): unknown {
  const wanted = args.map((one) => one instanceof Tensor && requiresGrad(one))
  const ctx = new FunctionCtx(wanted)
  const returned = untracked(() => {
    if (!written.setup_context) return written.forward(ctx, ...args)
    const output = written.forward(...args)
    written.setup_context(ctx, args, output)
    return output
  })
  const notes = notesOf(ctx)
  const several = Array.isArray(returned)
  const results: unknown[] = several ? [...(returned as unknown[])] : [returned]
  if (!results.some((one) => one instanceof Tensor)) throw faults.argument(`${written.name}.forward: expected a tensor as result, or an array of tensors.`, "Return what forward computed.")
  const tracked = modes.grad && wanted.includes(true)
  const outputs = results.map((one) => (one instanceof Tensor ? ownOutput(one, args, notes) : one))
  if (tracked) record(written, ctx, args, outputs)
  return several ? tupled(outputs) : outputs[0]
}

/** A result that is one of the inputs becomes a tensor of its own, so that the input keeps its place in the graph. */
function ownOutput(result: Tensor, args: readonly unknown[], { dirty }: Notes): Tensor {
  if (dirty.includes(result)) return result
  if (!args.includes(result) && !result.origin) return result
  return new Tensor(result.storage, result.dtype, result.sizes, result.strides, result.offset)
}

function record(written: WrittenFunction, ctx: FunctionCtx, args: readonly unknown[], outputs: readonly unknown[]): void {
  const notes = notesOf(ctx)
  const changed = outputs.filter((one): one is Tensor => one instanceof Tensor && notes.dirty.includes(one))
  for (const one of changed) {
    checkInPlace(written.name, one)
    changedInPlace(one.storage)
  }
  const node = new CustomNode(written, ctx, args)
  outputs.forEach((one, nr) => {
    const tensor = one instanceof Tensor ? one : null
    node.outputs.push({ sizes: tensor?.sizes ?? [], dtype: tensor?.dtype ?? kit.defaultDtype })
    if (!tensor || tensor.dtype.category !== "float" || notes.fixed.includes(tensor)) return
    if (changed.includes(tensor)) setHistory(tensor, node)
    tensor.node = node
    tensor.outputNr = nr
    tensor.wantsGrad = true
  })
  node.save(notes.saved)
  notes.saved = []
  notes.node = node
}

class CustomNode extends Node {
  private kept: readonly (SavedTensor | null)[] = []
  private freed = false
  private readonly arguments: readonly (Pick<Tensor, "sizes" | "dtype"> | null)[]

  constructor(
    private readonly written: WrittenFunction,
    private readonly ctx: FunctionCtx,
    args: readonly unknown[],
  ) {
    super()
    this.edges = args.map((one) => (one instanceof Tensor && one.dtype.category === "float" ? edgeOf(one) : noEdge))
    this.arguments = args.map((one) => (one instanceof Tensor ? { sizes: one.sizes, dtype: one.dtype } : null))
  }

  save(tensors: readonly (Tensor | null)[]): void {
    this.kept = tensors.map((one) => (one instanceof Tensor ? new SavedTensor(one, one.node === this ? this : undefined) : null))
  }

  /** What was saved, as it was then. Throws RuntimeError once it is freed, or where it was changed in place. */
  unpacked(): (Tensor | null)[] {
    if (this.freed && !recording.asks) throw freedFault(this)
    return this.kept.map((one) => one?.unpack(this) ?? null)
  }

  name(): string {
    return `${this.written.name}Backward`
  }

  backward(grads: readonly Gradient[]): readonly Gradient[] {
    const { materialize } = notesOf(this.ctx)
    const given = this.outputs.map(({ sizes, dtype }, i) => grads[i] ?? (materialize ? kit.zeros(sizes, dtype) : null))
    const returned = this.written.backward(this.ctx, ...given)
    const list: unknown[] = Array.isArray(returned) ? [...(returned as unknown[])] : [returned ?? null]
    const expected = this.arguments.length
    while (list.length > expected && (list[list.length - 1] ?? null) === null) list.pop()
    if (list.length !== expected)
      throw faults.runtime(
        `${this.written.name}.backward: expected ${expected} gradient${expected === 1 ? "" : "s"}, one for each argument of forward, found ${list.length}.`,
        "Return an array with one gradient for each argument, null for those that have none.",
      )
    return list.map((one, i) => this.checked(one ?? null, i))
  }

  /** The learner's gradient for one argument, brought to the argument's shape and type. */
  private checked(grad: unknown, i: number): Gradient {
    const argument = this.arguments[i]!
    if (grad === null) return null
    const place = `${this.written.name}.backward: gradient ${i}`
    if (!(grad instanceof Tensor)) throw faults.argument(`${place}: expected a tensor or null, found ${typeof grad}.`, "Return a tensor of the argument's shape.")
    if (!argument) throw faults.runtime(`${place} belongs to an argument that is not a tensor; expected null there.`, "Return null in its place.")
    if (this.edges[i]!.node === null) return null
    if (!sameShape(grad.sizes, argument.sizes) && !fits(argument.sizes, grad.sizes))
      throw faults.runtime(`${place} has shape [${grad.sizes.join(", ")}], expected the argument's shape [${argument.sizes.join(", ")}].`, "Return a gradient of the argument's shape.")
    const summed = sumTo(grad, argument.sizes)
    return summed.dtype === argument.dtype ? summed : summed.to(argument.dtype)
  }

  override release(): void {
    if (this.kept.length === 0) return
    this.freed = true
    if (recording.keeps) return
    this.shown = this.savedTensors().map((view) => ({ ...view, tensor: null }))
    this.kept = []
  }

  private shown: SavedView[] | null = null

  override savedTensors(): SavedView[] {
    return this.shown ?? this.kept.flatMap((one, i) => (one ? [one.view(`saved_tensors[${i}]`)] : []))
  }

  get saved_tensors(): readonly (Tensor | null)[] {
    return this.unpacked()
  }
}

/** Whether a gradient is the argument's shape repeated, so that it can be summed back. */
function fits(to: readonly number[], from: readonly number[]): boolean {
  try {
    return sameShape(broadcastShapes([to, from], "backward"), from)
  } catch {
    return false
  }
}

class TwiceNode extends Node {
  constructor(
    private readonly of: string,
    results: readonly Tensor[],
    inputs: readonly Tensor[],
  ) {
    super()
    this.edges = inputs.map((one) => edgeOf(one))
    for (const { sizes, dtype } of results) this.outputs.push({ sizes, dtype })
  }
  name(): string {
    return "DelayedErrorBackward0"
  }
  backward(): readonly Gradient[] {
    throw faults.runtime(`${this.of}: this backward is marked with once_differentiable, so its result cannot be differentiated again.`, "Leave once_differentiable out if backward uses only tensor operations.")
  }
}

/** Marks a backward that is right only once: what it returns cannot be differentiated. */
export function once_differentiable(backward: Written): Written {
  return function once(this: unknown, ...args: readonly unknown[]): unknown {
    const returned = untracked(() => Reflect.apply(backward, this, args))
    const inputs = args.filter((one): one is Tensor => one instanceof Tensor && requiresGrad(one))
    if (!modes.grad || inputs.length === 0) return returned
    const results = (Array.isArray(returned) ? returned : [returned]).filter((one): one is Tensor => one instanceof Tensor)
    const node = new TwiceNode(typeof this === "function" ? this.name : "backward", results, inputs)
    results.forEach((one, nr) => {
      one.node = node
      one.outputNr = nr
      one.wantsGrad = true
    })
    return returned
  }
}
