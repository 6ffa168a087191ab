// Nodes for views: what a change through a view does to its base, and a view seen anew after such a change.
import { kit } from "./kit.ts"
import { Node, type Edge, type Gradient } from "./node.ts"
import type { Tensor } from "../tensor/tensor.ts"

/** The base after part of it was written: gradients of that part go to what was written, the rest to the old base. */
export class CopySlices extends Node {
  constructor(
    base: Tensor,
    private readonly part: Pick<Tensor, "sizes" | "strides" | "offset">,
    private readonly inner: Node,
    baseEdge: Edge,
  ) {
    super()
    this.part = { sizes: part.sizes, strides: part.strides, offset: part.offset - base.offset }
    this.edges = [baseEdge, ...inner.edges.slice(1)]
    this.outputs.push({ sizes: base.sizes, dtype: base.dtype })
  }
  name(): string {
    return "CopySlices"
  }
  backward(grads: readonly Gradient[]): readonly Gradient[] {
    const grad = grads[0]
    if (!grad) return this.edges.map(() => null)
    const result = grad.clone().contiguous()
    const { sizes, strides, offset } = this.part
    const inside = result.as_strided(sizes, strides, result.offset + offset)
    const [own, ...others] = this.inner.backward([inside.clone()])
    if (own) inside.copy_(own)
    else inside.zero_()
    return [result, ...others]
  }
  override release(): void {
    this.inner.free()
  }
}

/** A view of a base that has a new history. */
export class AsStrided extends Node {
  private readonly base: { readonly sizes: readonly number[]; readonly dtype: Tensor["dtype"] }
  private readonly part: { readonly sizes: readonly number[]; readonly strides: readonly number[]; readonly offset: number }
  constructor(base: Tensor, view: Tensor) {
    super()
    this.base = { sizes: base.sizes, dtype: base.dtype }
    this.part = { sizes: view.sizes, strides: view.strides, offset: view.offset - base.offset }
    this.edges = [{ node: base.node, nr: base.outputNr }]
    this.outputs.push({ sizes: view.sizes, dtype: view.dtype })
  }
  name(): string {
    return "AsStridedBackward0"
  }
  backward(grads: readonly Gradient[]): readonly Gradient[] {
    const grad = grads[0]
    if (!grad) return [null]
    const whole = kit.zeros(this.base.sizes, this.base.dtype)
    whole.as_strided(this.part.sizes, this.part.strides, this.part.offset).add_(grad)
    return [whole]
  }
}
