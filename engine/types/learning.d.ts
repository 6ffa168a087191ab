// What the user's editor knows about data sets and loaders and about functions of functions, written by hand: classes
// that a learner extends and walks, and functions whose result is a function. Appended to torch.d.ts by generate.ts.

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
    /** Where Parameter and Buffer are found as well. */
    readonly parameter: { readonly Parameter: nn["Parameter"]; readonly Buffer: nn["Buffer"] }
  }
  interface autograd {
    /** Jacobians, Hessians and products with them. */
    readonly functional: autograd.functional
    /** A tensor, as PyTorch called it before 0.4. */
    readonly Variable: { new (data: AnyTensor, requires_grad?: boolean | { requires_grad?: boolean }): Tensor; (data: AnyTensor, requires_grad?: boolean | { requires_grad?: boolean }): Tensor }
  }

  /** Functions made of functions: gradients, Jacobians, maps over a dimension. They nest. */
  interface func {
    /** A function that gives the gradient of the given one with respect to the argument `argnums`. */
    grad(func: Differentiable, argnums?: Int | Int[] | { argnums?: Int | Int[]; has_aux?: boolean }, has_aux?: boolean): Differentiable
    /** A function that gives gradient and value. */
    grad_and_value(func: Differentiable, argnums?: Int | Int[] | { argnums?: Int | Int[]; has_aux?: boolean }, has_aux?: boolean): Differentiable
    /** The value, and a function from cotangents to gradients of the arguments. */
    vjp(func: Differentiable, ...primals: any[]): [any, Differentiable]
    /** The value, and how it changes along the tangents. */
    jvp(func: Differentiable, primals: any[], tangents: any[], options?: { has_aux?: boolean }): [any, any]
    /** A function that gives all first derivatives, by backward passes. */
    jacrev(func: Differentiable, argnums?: Int | Int[] | { argnums?: Int | Int[]; has_aux?: boolean }): Differentiable
    /** A function that gives all first derivatives, by tangents. */
    jacfwd(func: Differentiable, argnums?: Int | Int[] | { argnums?: Int | Int[]; has_aux?: boolean }): Differentiable
    /** A function that gives all second derivatives. */
    hessian(func: Differentiable, argnums?: Int | Int[]): Differentiable
    /** The function over one dimension of its arguments. */
    vmap(func: Differentiable, in_dims?: any, out_dims?: any): Differentiable
    /** One call of a module with other tensors for its parameters. */
    functional_call(module: nn.Module, parameters: any, args?: any): any
  }
  /** Functions made of functions: gradients, Jacobians, maps over a dimension. */
  const func: func
  /** The function over one dimension of its arguments. */
  function vmap(func: Differentiable, in_dims?: any, out_dims?: any): Differentiable
  /** What tutorials ask before they choose a device: there is no such device here. */
  const cuda: { is_available(): boolean; device_count(): number; manual_seed(seed: Int): void; manual_seed_all(seed: Int): void }

  namespace utils {
    namespace data {
      /** Items by position: write `__len__()` and `__getitem__(index)`. */
      interface Dataset<T = any> {
        /** How many items there are. */
        __len__?(): number
        /** One item. */
        __getitem__(index: number): T
        [Symbol.iterator](): IterableIterator<T>
        [index: number]: T
      }
      /** Walks a data set in batches. */
      interface DataLoader {
        /** The set that is walked. */
        readonly dataset: any
        /** How many items a batch has; null without batches. */
        readonly batch_size: number | null
        /** How many batches there are. */
        readonly length: number
        [Symbol.iterator](): IterableIterator<any>
      }
      /** An order of positions. */
      interface Sampler {
        /** How many positions it gives. */
        readonly length: number
        [Symbol.iterator](): IterableIterator<any>
      }
    }
  }
  /** Data sets and loaders. */
  const utils: {
    readonly data: {
      /** The base of data sets: write `__len__()` and `__getitem__(index)`. */
      readonly Dataset: { new <T = any>(): utils.data.Dataset<T> }
      /** Tensors side by side: item i is the i-th row of each. */
      readonly TensorDataset: { new (...tensors: AnyTensor[]): utils.data.Dataset<Tensor[]> }
      /** Some of the items of another set. */
      readonly Subset: { new (dataset: any, indices: Iterable<number>): utils.data.Dataset }
      /** Several sets, one after the other. */
      readonly ConcatDataset: { new (datasets: Iterable<any>): utils.data.Dataset }
      /** Walks a data set in batches: `for (const [x, y] of loader)`. */
      readonly DataLoader: {
        new (
          dataset: any,
          options?: { batch_size?: Int | null; shuffle?: boolean; sampler?: Iterable<any>; batch_sampler?: Iterable<any>; num_workers?: Int; collate_fn?: (items: any[]) => any; pin_memory?: boolean; drop_last?: boolean; generator?: Generator },
        ): utils.data.DataLoader
        new (dataset: any, batch_size: Int | null, shuffle?: boolean): utils.data.DataLoader
      }
      /** The base of samplers. */
      readonly Sampler: { new (): utils.data.Sampler }
      /** From first to last. */
      readonly SequentialSampler: { new (data_source: any): utils.data.Sampler }
      /** In a random order, or drawn with replacement. */
      readonly RandomSampler: { new (data_source: any, options?: { replacement?: boolean; num_samples?: Int; generator?: Generator }): utils.data.Sampler }
      /** Given positions in a random order. */
      readonly SubsetRandomSampler: { new (indices: Iterable<any>, generator?: Generator): utils.data.Sampler }
      /** Positions drawn by weights. */
      readonly WeightedRandomSampler: { new (weights: Iterable<any>, num_samples: Int, replacement?: boolean, generator?: Generator): utils.data.Sampler }
      /** Batches of another order's positions. */
      readonly BatchSampler: { new (sampler: Iterable<any>, batch_size: Int, drop_last: boolean): utils.data.Sampler }
      /** Subsets of the given lengths, or shares that sum to 1, drawn at random. */
      random_split(dataset: any, lengths: number[], options?: Generator | { generator?: Generator }): utils.data.Dataset[]
      /** Items side by side: tensors stacked, numbers in a tensor. */
      default_collate(items: any[]): any
    }
  }
}
