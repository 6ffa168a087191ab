// What the learner's editor knows about functions made of functions and about data sets, written by hand because their
// types follow from the types of what they are given. Appended to torch.d.ts by generate.ts.

declare namespace torch {
  namespace nn {
    /** What is done to all gradients or parameters together. */
    interface utils {
      /** Sequences of different lengths. */
      readonly rnn: utils.rnn
    }
  }
  interface nn {
    /** What is done to all gradients or parameters together. */
    readonly utils: nn.utils
    /** Where PyTorch defines parameters: the same classes as in nn. */
    readonly parameter: {
      /** The same as nn.Parameter. */
      readonly Parameter: nn["Parameter"]
      /** The same as nn.Buffer. */
      readonly Buffer: nn["Buffer"]
    }
  }
  interface autograd {
    /** Jacobians, Hessians and products with them. */
    readonly functional: autograd.functional
    /** The name of PyTorch before 0.4: gives the tensor, which is its own variable today; with requires_grad, a leaf that shares its elements. */
    readonly Variable: {
      new (data: AnyTensor, options?: { requires_grad?: boolean; volatile?: boolean }): Tensor
      new (data: AnyTensor, requires_grad: boolean, options?: { volatile?: boolean }): Tensor
      (data: AnyTensor, options?: { requires_grad?: boolean; volatile?: boolean }): Tensor
      (data: AnyTensor, requires_grad: boolean, options?: { volatile?: boolean }): Tensor
    }
  }
  /** The GPU, as programs ask about it before they choose a device. */
  const webgpu: webgpu
  /** The GPU, as programs ask about it before they choose a device. */
  interface webgpu {}
  /** What programs ask before they choose a device: there is no such device here. */
  const cuda: cuda
  /** What programs ask before they choose a device: there is no such device here. */
  interface cuda {}

  /** A function of the same arguments that gives a gradient in the form of the first one. */
  type Gradient<F extends Differentiable> = (...inputs: Parameters<F>) => Parameters<F>[0]
  /** A function of the same arguments that gives something else. */
  type Transformed<F extends Differentiable> = (...inputs: Parameters<F>) => any

  /** Functions made of functions: gradients, Jacobians, batches. They nest in one another. */
  const func: func
  /** Functions made of functions: gradients, Jacobians, batches. They nest in one another. */
  interface func {
    /**
     * The function's value, and a function that takes what multiplies the Jacobian from the left (in the form of the
     * value) to the gradients of all arguments: `const [y, back] = torch.func.vjp(f, x)`.
     */
    vjp<F extends Differentiable>(func: F, ...primals: Parameters<F>): [ReturnType<F>, (...cotangents: any[]) => Parameters<F>]
    /** With has_aux the function gives `[result, anything]`, and the anything comes third. */
    vjp(func: Differentiable, ...primals: [...primals: any[], options: { has_aux?: boolean }]): [any, (...cotangents: any[]) => any[], any]
    /** The function's value, and how much it changes along the tangents: the Jacobian times the tangents. Arguments and tangents come as arrays: `torch.func.jvp(f, [x], [v])`. */
    jvp<F extends Differentiable>(func: F, primals: readonly any[], tangents: readonly any[], options?: { strict?: boolean }): [ReturnType<F>, ReturnType<F>]
    /** With has_aux the function gives `[result, anything]`, and the anything comes third. */
    jvp(func: Differentiable, primals: readonly any[], tangents: readonly any[], options: { strict?: boolean; has_aux?: boolean }): [any, any, any]
    /** One call of a module with these tensors in place of its parameters and buffers, by the names of `named_parameters()`; several inputs come as an array. Throws RuntimeError on a name that the module does not have. */
    functional_call(module: nn.Module, parameter_and_buffer_dicts: Options | readonly Options[], args?: any, kwargs?: Options): Tensor
  }

  /** What belongs to the work with tensors. */
  namespace utils {
    /** Data sets, and loaders that walk them in batches. */
    const data: data
    namespace data {
      /** What a loader walks: something with `__getitem__(index)`, an array, or the rows of a tensor. */
      type Items<T> = { __getitem__(index: number): T } | readonly T[] | Tensor
      /** Items side by side: tensors stacked in a new first dimension, numbers in a tensor, arrays and objects part by part. */
      type Batch<T> = 0 extends 1 & T ? any : T extends Operand ? Tensor : T extends string ? string[] : { -readonly [K in keyof T]: Batch<T[K]> }
      /** The base of data sets: extend it, write `__len__()` and `__getitem__(index)`. `set[0]` asks the latter. */
      interface Dataset<T = any> {
        /** The item at a position; write it in your own data sets. */
        __getitem__(index: number): T
        [Symbol.iterator](): IterableIterator<T>
        [index: number]: T
        [name: string]: any
      }
      /** Tensors side by side: item i is row i of each of them. */
      interface TensorDataset extends Dataset<Tensor[]> {
        /** The tensors. */
        readonly tensors: readonly Tensor[]
        /** The number of rows. */
        __len__(): number
      }
      /** Some of the items of another set. */
      interface Subset<T = any> extends Dataset<T> {
        /** The whole set. */
        readonly dataset: any
        /** The positions of the items in the whole set. */
        readonly indices: readonly number[]
        /** How many items it has. */
        __len__(): number
      }
      /** Several sets, one after the other. */
      interface ConcatDataset<T = any> extends Dataset<T> {
        /** The sets. */
        readonly datasets: readonly any[]
        /** How many items they have together. */
        __len__(): number
      }
      /** An order of positions: what it iterates over. */
      interface Sampler<T = any> {
        /** How many positions it gives. */
        readonly length: number
        [Symbol.iterator](): Iterator<T>
      }
      /** From first to last. */
      interface SequentialSampler extends Sampler<number> {}
      /** In a random order, or drawn with replacement. */
      interface RandomSampler extends Sampler<number> {}
      /** Given positions in a random order. */
      interface SubsetRandomSampler extends Sampler<number> {}
      /** Positions drawn by weights. */
      interface WeightedRandomSampler extends Sampler<number> {}
      /** Positions in batches. */
      interface BatchSampler extends Sampler<any[]> {}
      /** Walks a data set in batches: `for (const [x, y] of loader)`. */
      interface DataLoader<B = any> {
        /** The data set. */
        readonly dataset: any
        /** How many items make a batch; null where items come one by one. */
        readonly batch_size: number | null
        /** Whether a last batch that is not full is left out. */
        readonly drop_last: boolean
        /** The order of the items. */
        readonly sampler: Iterable<any>
        /** The order of the batches; null where items come one by one. */
        readonly batch_sampler: Iterable<any> | null
        /** Makes a batch of items. */
        readonly collate_fn: (items: any) => any
        /** The source of its random numbers; null for the usual one. */
        readonly generator: Generator | null
        /** How many batches there are. */
        readonly length: number
        /** How many batches there are. */
        __len__(): number
        [Symbol.iterator](): IterableIterator<B>
      }
      /** How a loader walks, behind the data set. */
      interface LoaderOptions {
        /** How many items make a batch; null gives items one by one. */
        batch_size?: Int | null
        /** Whether each walk takes the items in a new random order. */
        shuffle?: boolean | null
        /** The order of the items; then shuffle must be left out. */
        sampler?: Iterable<any> | null
        /** The order of the batches; then batch_size, shuffle, sampler and drop_last must be left out. */
        batch_sampler?: Iterable<any> | null
        /** Kept for programs that pass it; items are fetched here and now. */
        num_workers?: Int
        /** Kept for programs that pass it. */
        pin_memory?: boolean
        /** Whether a last batch that is not full is left out. */
        drop_last?: boolean
        /** The source of random numbers. */
        generator?: Generator | null
        /** Kept for programs that pass it. */
        timeout?: number
        /** Kept for programs that pass it. */
        persistent_workers?: boolean
      }
    }
    /** Data sets, and loaders that walk them in batches. */
    interface data {
      /** The base of data sets: extend it, write `__len__()` and `__getitem__(index)`. */
      readonly Dataset: { new <T = any>(): data.Dataset<T> }
      /** Tensors side by side: item i is row i of each of them. Throws ValueError where they differ in rows. */
      readonly TensorDataset: { new (...tensors: AnyTensor[]): data.TensorDataset }
      /** Some of the items of another set. */
      readonly Subset: { new <T = any>(dataset: data.Items<T>, indices: Iterable<Int>): data.Subset<T> }
      /** Several sets, one after the other. */
      readonly ConcatDataset: { new <T = any>(datasets: Iterable<data.Items<T>>): data.ConcatDataset<T> }
      /** Walks a data set in batches: `for (const [x, y] of loader)`. Each walk draws its order anew. Throws ValueError where a sampler and shuffle are both given. */
      readonly DataLoader: {
        new <T = any>(dataset: data.Items<T>, options?: data.LoaderOptions): data.DataLoader<data.Batch<T>>
        new <T = any, B = any>(dataset: data.Items<T>, options: data.LoaderOptions & { collate_fn: ((items: T[]) => B) | null }): data.DataLoader<B>
        new <T = any>(dataset: data.Items<T>, batch_size: Int | null, options?: data.LoaderOptions): data.DataLoader<data.Batch<T>>
        new <T = any, B = any>(dataset: data.Items<T>, batch_size: Int | null, options: data.LoaderOptions & { collate_fn: ((items: T[]) => B) | null }): data.DataLoader<B>
        new <T = any>(dataset: data.Items<T>, batch_size: Int | null, shuffle: boolean | null, options?: data.LoaderOptions): data.DataLoader<data.Batch<T>>
        new <T = any, B = any>(dataset: data.Items<T>, batch_size: Int | null, shuffle: boolean | null, options: data.LoaderOptions & { collate_fn: ((items: T[]) => B) | null }): data.DataLoader<B>
      }
      /** An order of positions: extend it, write `[Symbol.iterator]()` and `length`. */
      readonly Sampler: { new <T = any>(): data.Sampler<T> }
      /** From first to last. */
      readonly SequentialSampler: { new (data_source: any): data.SequentialSampler }
      /** In a random order, or drawn with replacement; num_samples is the length of the set unless given. */
      readonly RandomSampler: {
        new (data_source: any, options?: { replacement?: boolean; num_samples?: Int | null; generator?: Generator | null }): data.RandomSampler
        new (data_source: any, replacement: boolean, options?: { num_samples?: Int | null; generator?: Generator | null }): data.RandomSampler
        new (data_source: any, replacement: boolean, num_samples: Int | null, options?: { generator?: Generator | null }): data.RandomSampler
      }
      /** Given positions in a random order. */
      readonly SubsetRandomSampler: { new (indices: Iterable<any>, generator?: Generator | null): data.SubsetRandomSampler }
      /** Positions drawn by weights, which need not sum to 1. */
      readonly WeightedRandomSampler: { new (weights: Iterable<Operand>, num_samples: number, replacement?: boolean, generator?: Generator | null): data.WeightedRandomSampler }
      /** Another sampler's positions in batches. Throws ValueError where batch_size is not above 0. */
      readonly BatchSampler: { new (sampler: Iterable<any>, batch_size: number, drop_last: boolean): data.BatchSampler }
      /** Parts of a set, drawn at random: of these lengths, or of these shares, which sum to 1. Throws ValueError where the sum does not fit. */
      random_split<T = any>(dataset: data.Items<T>, lengths: readonly Int[], options?: { generator?: Generator | null }): data.Subset<T>[]
      random_split<T = any>(dataset: data.Items<T>, lengths: readonly Int[], generator: Generator | null): data.Subset<T>[]
      /** Items side by side, as a DataLoader puts them: tensors stacked, numbers in a tensor, arrays and objects part by part. */
      default_collate<T>(batch: readonly T[]): data.Batch<T>
    }
  }
}

declare module "torch/func" {
  const func: torch.func
  export = func
}
declare module "torch/utils" {
  import utils = torch.utils
  export = utils
}
declare module "torch/utils/data" {
  import data = torch.utils.data
  export = data
}
declare module "torch/autograd/functional" {
  const functional: torch.autograd.functional
  export = functional
}
declare module "torch/nn/utils" {
  const utils: torch.nn.utils
  export = utils
}
declare module "torch/nn/utils/rnn" {
  const rnn: torch.nn.utils.rnn
  export = rnn
}
