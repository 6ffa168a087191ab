// What the learner's editor knows about tensors and autograd, written by hand: whatever is no call with a signature.
// generate.ts appends the rest when the project is built; interfaces of one name merge.

/// <reference lib="esnext.disposable" />

interface Number extends torch.TensorMembers {}
interface Boolean extends torch.TensorMembers {}
// What TypeScript makes of `x * 2n - 1n`.
interface BigInt extends torch.TensorMembers {}

declare namespace torch {
  /**
   * An array of numbers that remembers how it was computed.
   * TypeScript knows no operators on objects, so to the editor a tensor is a number with members: `x + 2`, `2 * x ** 2`
   * and `loss > 0.1` are accepted, and what they give has the members of a tensor too.
   */
  type Tensor = number & TensorMembers
  /** A tensor argument. A comparison such as `x > 0` is a boolean to TypeScript and a tensor of dtype bool when it runs. */
  type AnyTensor = Tensor | boolean
  /** What an operator takes beside a tensor: a tensor or a plain number, bigint or boolean. */
  type Operand = Tensor | number | bigint | boolean
  /** A plain number. A bigint counts as an integer (int64), a fraction as the default dtype (float32). */
  type Scalar = number | bigint | boolean
  /** What `to` makes of a tensor: one of this dtype, on this device, or as another tensor is. */
  type Target = dtype | device | AnyTensor | string
  /** Positions for each dimension. */
  type Indices = readonly Index[]
  /** A whole number: a size, a dimension, a position. Negative dimensions count from the end. */
  type Int = number | bigint
  /** One dimension, several, or null for all of them. */
  type Dims = Int | readonly Int[] | null
  /** The sizes of a tensor, one for each dimension. */
  type Shape = Int | readonly Int[]
  /** Nested arrays of numbers, as `torch.tensor` takes them. Rows must be of equal length. */
  type TensorData = Operand | NumberArray | readonly TensorData[]
  type NumberArray =
    | Float32Array | Float64Array | Int32Array | Int16Array | Int8Array | Uint8Array | BigInt64Array
  /** What may stand in `x[…]`: a position, `slice(…)`, a mask, a tensor of positions, `null` for a new dimension, `"..."`. */
  type Index = Int | Slice | AnyTensor | null | "..." | readonly Index[]
  /** Gets the gradient that arrived; a tensor that it returns replaces the gradient. */
  type GradHook = (grad: Tensor) => any
  /** A function of tensors that gives a tensor, or several. */
  type Differentiable = (...inputs: any[]) => any
  /** A function of a plain number. */
  type NumberFunction = (value: number) => number
  /** Values by name. */
  type Options = { [name: string]: any }
  /** A part of a dimension, made by `slice(start, stop, step)`. */
  interface Slice {
    /** Where it begins; null is the first position. */
    readonly start: number | null
    /** Where it ends, excluded; null is behind the last position. */
    readonly stop: number | null
    /** Every how many positions; null is 1. */
    readonly step: number | null
  }
  /** Two tensors under names, also to be taken apart: `const [values, indices] = x.max(0)`. */
  interface ValuesIndices {
    /** The values found along the dimension. */
    readonly values: Tensor
    /** Where each value was found along the dimension, int64. */
    readonly indices: Tensor
    readonly 0: Tensor
    readonly 1: Tensor
    /** Two. */
    readonly length: 2
    [Symbol.iterator](): IterableIterator<Tensor>
  }
  /** The smallest and the largest element under names, also to be taken apart: `const [low, high] = torch.aminmax(x)`. */
  interface MinMax {
    /** The smallest. */
    readonly min: Tensor
    /** The largest. */
    readonly max: Tensor
    readonly 0: Tensor
    readonly 1: Tensor
    /** Two. */
    readonly length: 2
    [Symbol.iterator](): IterableIterator<Tensor>
  }
  /** What `max` and `min` give: a pair for a dimension, a tensor for another tensor. */
  type MaxOrPair<D> = number extends D ? Tensor & ValuesIndices : ValuesIndices

  /** What stands on a tensor. */
  interface TensorMembers {
    /** The sizes, one for each dimension: `torch.Size([2, 3])`. A number array. */
    readonly shape: Size
    /** The kind of its elements, such as `torch.float32` or `torch.int64`. */
    readonly dtype: dtype
    /** Where its elements are: `cpu` or `webgpu`. */
    readonly device: device
    /** The number of dimensions. */
    readonly ndim: number
    /** Whether operations on it are recorded so that `backward()` can reach it. May be set on leaves. */
    requires_grad: boolean
    /** Whether it was made by the learner and not by a recorded operation. Only leaves collect `.grad` by themselves. */
    readonly is_leaf: boolean
    /** The operation that made it, with links to the operations before; null for leaves. */
    readonly grad_fn: autograd.Node
    /**
     * The gradient that `backward()` added up here; same shape as the tensor. It is null before the first backward.
     * A second `backward()` adds to it: set it to zero or null in between.
     */
    get grad(): Tensor
    set grad(value: AnyTensor | null)
    /** The same elements without history. What is changed here is changed in the tensor, and autograd does not see it. */
    get data(): Tensor
    set data(value: AnyTensor)
    /** With the dimensions in reverse order. Shares its elements with the tensor. */
    readonly T: Tensor
    /** With the last two dimensions swapped. Shares its elements with the tensor. */
    readonly mT: Tensor
    /** The same as T for a matrix of real numbers. */
    readonly H: Tensor
    /** The same as mT for real numbers. */
    readonly mH: Tensor
    /** Bytes of one element. */
    readonly itemsize: number
    /** Bytes of all elements. */
    readonly nbytes: number
    /** How its elements lie in memory: `torch.strided`. */
    readonly layout: any
    /** Whether a result that is no leaf keeps its `.grad` too, see `retain_grad()`. */
    readonly retains_grad: boolean
    /** Which output of its `grad_fn` it is, counted from 0. */
    readonly output_nr: number
    /** How often its elements were changed in place. */
    readonly _version: number
    /** The tensor whose memory this one looks into; null where it has its own. */
    readonly _base: Tensor | null
    /** The rows: what stands at each position of the first dimension. Throws TypeError on a tensor without dimensions. */
    [Symbol.iterator](): IterableIterator<Tensor>
    /** What stands at a position of the first dimension; negative positions count from the end. Throws IndexError past the end. */
    [index: number]: Tensor
    /** All remaining dimensions: `x["..."]`. */
    "...": Tensor
  }

  /** The kind of a tensor's elements. */
  interface dtype {
    /** Its name without `torch.`: `float32`. */
    readonly name: string
    /** Whether it holds fractions; only such tensors can require a gradient. */
    readonly is_floating_point: boolean
    /** Whether it holds complex numbers. */
    readonly is_complex: boolean
    /** Bytes of one element. */
    readonly itemsize: number
  }
  /** The sizes of a tensor. A number array that prints as `torch.Size([2, 3])`. */
  interface Size extends Array<number> {
    /** The number of elements: the product of the sizes. */
    numel(): number
  }
  /** A place where tensors are kept and computed. */
  interface device {
    /** `cpu` or `webgpu`. */
    readonly type: string
    /** Which one of several, or null. */
    readonly index: number | null
  }
  /** A source of random numbers with a state of its own. */
  interface Generator {
    /** Starts the sequence that belongs to `seed`. */
    manual_seed(seed: Int): Generator
    /** The seed it was started with. */
    initial_seed(): number
    /** The whole state, as a tensor of dtype uint8. */
    get_state(): Tensor
    /** Goes back to a state that `get_state()` gave. */
    set_state(state: Tensor): void
  }
  /** How a tensor's elements lie in memory. */
  interface memory_format {
    /** Its name without `torch.`. */
    readonly name: string
  }
  /** A grad mode in force: it ends when the block of its `using` ends. */
  interface GradMode extends Disposable {}
  /** A hook in place; `remove()` takes it away. */
  interface RemovableHandle extends Disposable {
    /** Takes the hook away. */
    remove(): void
  }
  /** What is known about the numbers of a float dtype. */
  interface finfo {
    /** Bits of one number. */
    readonly bits: number
    /** The distance from 1 to the next number. */
    readonly eps: number
    /** The largest number. */
    readonly max: number
    /** The smallest number: the largest with a minus sign. */
    readonly min: number
    /** The smallest positive number with full precision. */
    readonly tiny: number
    /** The same as tiny. */
    readonly smallest_normal: number
    /** The accuracy in decimal digits, as a number. */
    readonly resolution: number
    /** The dtype's name. */
    readonly dtype: string
  }
  /** What is known about the numbers of an integer dtype. */
  interface iinfo {
    /** Bits of one number. */
    readonly bits: number
    /** The largest number. */
    readonly max: number
    /** The smallest number. */
    readonly min: number
    /** The dtype's name. */
    readonly dtype: string
  }

  namespace autograd {
    /** One recorded operation (`grad_fn`), as PyTorch names it: MulBackward0, MeanBackward0, AccumulateGrad at a leaf. */
    interface Node {
      /** The operation's name, such as `MulBackward0`. */
      name(): string
      /** The operations that its gradients go to, each with the number of the output that is meant; null where no gradient is needed. */
      readonly next_functions: readonly (readonly [Node, number])[]
      /** The leaf of an AccumulateGrad node. */
      readonly variable: Tensor
      /** Notes that a custom function or a hook may keep here. */
      readonly metadata: Record<string, any>
      /** Calls `hook(grad_inputs, grad_outputs)` after the node's gradients are computed. What it returns replaces them. */
      register_hook(hook: (grad_inputs: readonly Tensor[], grad_outputs: readonly Tensor[]) => any): RemovableHandle
      /** Calls `hook(grad_outputs)` before the node's gradients are computed. What it returns replaces them. */
      register_prehook(hook: (grad_outputs: readonly Tensor[]) => any): RemovableHandle
      [saved: `_saved_${string}`]: any
    }
    /** What `forward` and `backward` of a custom function share. */
    interface FunctionCtx {
      /** Keeps tensors for `backward`, which finds them in `saved_tensors`. */
      save_for_backward(...tensors: (AnyTensor | null)[]): void
      /** The tensors kept by `save_for_backward`, in order. */
      readonly saved_tensors: Tensor[]
      /** For each input of `forward`, whether its gradient is wanted. */
      readonly needs_input_grad: readonly boolean[]
      /** Says that these inputs were changed in place. */
      mark_dirty(...tensors: AnyTensor[]): void
      /** Says that these outputs have no gradient. */
      mark_non_differentiable(...tensors: AnyTensor[]): void
      /** Whether gradients that are missing arrive as zeros (true at first) or as null. */
      set_materialize_grads(value: boolean): void
      [name: string]: any
    }
    /** A function of your own with its own derivative: write static `forward(ctx, …)` and `backward(ctx, grad)`, call `apply`. */
    interface Function {}
  }
  /** Gradients: `grad`, `backward`, modes, custom functions. */
  interface autograd {
    /** The same as torch.no_grad: inside, nothing is recorded for backward. */
    no_grad(): GradMode
    no_grad<T>(body: () => T): T
    /** The same as torch.inference_mode. */
    inference_mode(mode?: boolean): GradMode
    inference_mode<T>(body: () => T): T
    /** The same as torch.enable_grad: inside, operations are recorded again. */
    enable_grad(): GradMode
    enable_grad<T>(body: () => T): T
    /** The same as torch.set_grad_enabled: switches recording on or off. */
    set_grad_enabled(mode: boolean): GradMode
    set_grad_enabled<T>(mode: boolean, body: () => T): T
    /** Inside, a backward pass that gives NaN throws and names the operation and its line. */
    detect_anomaly(check_nan?: boolean): GradMode
    detect_anomaly<T>(body: () => T): T
    /** A function of your own with its own derivative: write static `forward(ctx, …)` and `backward(ctx, grad)`, call `apply`. */
    readonly Function: {
      new (): autograd.Function
      /** Computes the outputs from the inputs. `ctx` keeps what `backward` needs. */
      forward(ctx: autograd.FunctionCtx, ...inputs: any[]): any
      /** Gets one gradient for each output, gives one for each input (null where there is none). */
      backward(ctx: autograd.FunctionCtx, ...grads: any[]): any
      /** Calls `forward` and records the function in the graph as `<Name>Backward`. */
      apply(...inputs: any[]): Tensor
    }
    /** What belongs to functions of your own. */
    readonly function: {
      /** The same as torch.autograd.Function. */
      readonly Function: autograd["Function"]
      /** Around a `backward` that cannot be differentiated again: a second derivative throws instead of being wrong. */
      once_differentiable<F extends (...args: any[]) => any>(backward: F): F
    }
  }

  /** Linear algebra: norms, inverses, decompositions. */
  interface linalg {}
  /** Special functions. */
  interface special {}

  /** Inside, nothing is recorded for backward: `{ using _ = torch.no_grad(); … }` or `torch.no_grad(() => { … })`. */
  function no_grad(): GradMode
  function no_grad<T>(body: () => T): T
  /** Inside, operations are recorded again, within no_grad. */
  function enable_grad(): GradMode
  function enable_grad<T>(body: () => T): T
  /** Switches recording on or off, until it is switched again or the block of its `using` ends. */
  function set_grad_enabled(mode: boolean): GradMode
  function set_grad_enabled<T>(mode: boolean, body: () => T): T
  /** Like no_grad; tensors made inside can never take part in a graph. */
  function inference_mode(mode?: boolean): GradMode
  function inference_mode<T>(body: () => T): T

  /** The usual source of random numbers. */
  const default_generator: Generator
  /** The state of the random numbers. */
  const random: random
  /** The state of the random numbers. */
  interface random {
    /** Starts the random numbers over. */
    manual_seed(seed: Int): Generator
    /** Starts the random numbers over from an unforeseeable seed, and gives it. */
    seed(): number
    /** The seed that the random numbers were started with. */
    initial_seed(): number
    /** The state of the random numbers, to go back to with set_rng_state. */
    get_rng_state(): Tensor
    /** Goes back to a state of the random numbers. */
    set_rng_state(new_state: Tensor): void
    /** What is drawn inside does not move the random numbers outside. */
    fork_rng(): GradMode
    fork_rng<T>(body: () => T): T
  }
  /** Layers, losses, containers: everything that a model is made of. */
  const nn: nn
  /** Optimizers, which change parameters along their gradients, and learning rate schedules. */
  const optim: optim
  /** Gradients: `grad`, `backward`, modes, custom functions. */
  const autograd: autograd
  /** Linear algebra: norms, inverses, decompositions. */
  const linalg: linalg
  /** Special functions. */
  const special: special
}

declare module "torch" {
  export = torch
}
declare module "torch/autograd" {
  import autograd = torch.autograd
  export = autograd
}

/** Prints its arguments, joined by spaces. A tensor prints as PyTorch prints it. */
declare function print(...values: unknown[]): void
/** A part of a dimension, end excluded: `slice(2)` is `[:2]`, `slice(1, 3)` is `[1:3]`, `slice(1, null)` is `[1:]`, `slice()` is `[:]`. */
declare function slice(stop?: torch.Operand | null): torch.Slice & number
declare function slice(start: torch.Operand | null, stop: torch.Operand | null, step?: torch.Operand | null): torch.Slice & number
/** The size of a tensor's first dimension, or the number of items of an array, a string or a module. Throws TypeError on a tensor without dimensions. */
declare function len(value: torch.AnyTensor | { readonly length: number } | Iterable<unknown> | torch.nn.Module): number
