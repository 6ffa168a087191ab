// torch.Size: an array of numbers that prints itself as PyTorch does.

export class Size extends Array<number> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }
  /** Product of the sizes: how many elements a tensor of this shape has. */
  numel(): number {
    return elementCount(this)
  }
  override toString(): string {
    return `torch.Size([${this.join(", ")}])`
  }
}

/** How many elements a shape holds; 1 for the empty shape. */
export function elementCount(shape: readonly number[]): number {
  let count = 1
  for (let i = 0; i < shape.length; i++) count *= shape[i]!
  return count
}

/** The shape of a tensor without dimensions. */
export const scalarShape: readonly number[] = []
const noStrides = scalarShape
const oneStride: readonly number[] = [1]

/** Row-major strides, in elements. The same list for all scalars, and for all vectors. */
export function contiguousStrides(shape: readonly number[]): readonly number[] {
  if (shape.length < 2) return shape.length === 0 ? noStrides : oneStride
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = step
    step *= Math.max(shape[d]!, 1)
  }
  return strides
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
