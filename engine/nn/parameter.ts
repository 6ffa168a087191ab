// nn.Parameter and nn.Buffer: tensors that a module finds among its attributes by their class.
import { bind } from "../tensor/bind.ts"
import { parseSignature } from "../ops/signature.ts"
import { kit } from "../autograd/kit.ts"
import { repr } from "../tensor/printing.ts"
import { Tensor } from "../tensor/tensor.ts"

const parameterSignature = parseSignature("Parameter(data: Tensor = null, requires_grad: boolean = true)")
const bufferSignature = parseSignature("Buffer(data: Tensor = null, *, persistent: boolean = true)")

/** The tensor that a class like the two below starts from. */
const dataOf = (data: unknown): Tensor => (data instanceof Tensor ? data : kit.zeros([0], kit.defaultDtype))

/** A leaf that is learned. It shares the memory of the tensor that it is made of. */
export class Parameter extends Tensor {
  constructor(...args: readonly unknown[]) {
    const { data, requires_grad } = bind(parameterSignature, args)
    const { storage, dtype, sizes, strides, offset } = dataOf(data)
    super(storage, dtype, sizes, strides, offset)
    this.requires_grad = requires_grad as boolean
  }
  override toString(): string {
    return `Parameter containing:\n${repr(this)}`
  }
}

/** A tensor that belongs to a module and is not learned, such as a running mean. */
export class Buffer extends Tensor {
  readonly persistent: boolean
  constructor(...args: readonly unknown[]) {
    const { data, persistent } = bind(bufferSignature, args)
    const { storage, dtype, sizes, strides, offset } = dataOf(data)
    super(storage, dtype, sizes, strides, offset)
    this.persistent = persistent as boolean
  }
}
