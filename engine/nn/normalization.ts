// Normalisation: batch, instance, layer, group norm and their kin, with the running averages that batch norm keeps.
import { untracked } from "../autograd/modes.ts"
import { int64 } from "../backends/dtype.ts"
import { zeros } from "../tensor/make.ts"
import { defaults } from "../tensor/promotion.ts"
import { faults } from "../tensor/faults.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { empty, F, moduleClass, type Made, type ModuleClass, type Placed } from "./define.ts"
import { checkRank } from "./pooling.ts"
import { attributes, float, python, tuple } from "./pythonText.ts"

interface Affine {
  readonly weight: Tensor | null
  readonly bias: Tensor | null
}

interface Running extends Affine {
  readonly num_features: number
  readonly eps: number
  readonly momentum: number | null
  readonly affine: boolean
  readonly track_running_stats: boolean
  readonly running_mean: Tensor | null
  readonly running_var: Tensor | null
  readonly num_batches_tracked: Tensor | null
}

/** A weight of ones and a bias of zeros, or null for both. */
function makeAffine(self: Made<Affine>, sizes: readonly number[], wanted: boolean, args: Placed, bias = wanted): void {
  self.register_parameter("weight", wanted ? empty(sizes, args) : null)
  self.register_parameter("bias", bias ? empty(sizes, args) : null)
  resetAffine(self)
}

function resetAffine({ weight, bias }: Affine): void {
  untracked(() => {
    weight?.fill_(1)
    bias?.zero_()
  })
}

function makeRunning(self: Made<Running>, args: Running & Placed): void {
  makeAffine(self, [self.num_features], self.affine, args)
  const kept = self.track_running_stats
  const dtype = args.dtype ?? defaults.dtype
  self.register_buffer("running_mean", kept ? zeros([self.num_features], dtype) : null)
  self.register_buffer("running_var", kept ? zeros([self.num_features], dtype).fill_(1) : null)
  self.register_buffer("num_batches_tracked", kept ? zeros([], int64) : null)
}

function resetRunning(self: Made<Running>): void {
  self.running_mean?.zero_()
  self.running_var?.fill_(1)
  self.num_batches_tracked?.zero_()
}

function resetAll(self: Made<Running>): void {
  resetRunning(self)
  resetAffine(self)
}

const features = (defaultAffine: boolean): string =>
  `num_features: number, eps: number = 0.00001, momentum: number | null = 0.1, affine: boolean = ${defaultAffine}, track_running_stats: boolean = ${defaultAffine}, device: Device = null, dtype: dtype = null`

const runningText = (self: Made<Running>): string => `${self.num_features}, eps=${float(self.eps)}, momentum=${python(self.momentum)}, ${attributes(self, "affine", "track_running_stats")}`

function batchNorm(name: string, ...ranks: readonly number[]): ModuleClass {
  return moduleClass<Running>(`${name}(${features(true)})`, {
    make: makeRunning,
    reset: resetAll,
    methods: { reset_running_stats: resetRunning },
    forward(self, x) {
      checkRank(name, x, ...ranks)
      let share = self.momentum ?? 0
      if (self.training && self.num_batches_tracked) {
        self.num_batches_tracked.add_(1)
        if (self.momentum === null) share = 1 / Number(self.num_batches_tracked.item())
      }
      const byBatch = self.training || (self.running_mean === null && self.running_var === null)
      const averages = !self.training || self.track_running_stats ? [self.running_mean, self.running_var] : [null, null]
      return F["batch_norm"]!(x, ...averages, self.weight, self.bias, byBatch, share, self.eps)
    },
    text: runningText,
  })
}

function instanceNorm(name: string, rank: number): ModuleClass {
  return moduleClass<Running>(`${name}(${features(false)})`, {
    make: makeRunning,
    reset: resetAll,
    methods: { reset_running_stats: resetRunning },
    forward(self, x) {
      checkRank(name, x, rank, rank + 1)
      const single = x.ndim === rank
      const result = F["instance_norm"]!(single ? x.unsqueeze(0) : x, self.running_mean, self.running_var, self.weight, self.bias, self.training || !self.track_running_stats, self.momentum ?? 0, self.eps)
      return single ? result.squeeze(0) : result
    },
    text: runningText,
  })
}

interface Shaped extends Affine {
  normalized_shape: readonly number[]
  eps: number | null
  readonly elementwise_affine: boolean
}

interface Grouped extends Affine {
  readonly num_groups: number
  readonly num_channels: number
  readonly eps: number
  readonly affine: boolean
}

export const normalization: Readonly<Record<string, ModuleClass>> = {
  BatchNorm1d: batchNorm("BatchNorm1d", 2, 3),
  BatchNorm2d: batchNorm("BatchNorm2d", 4),
  BatchNorm3d: batchNorm("BatchNorm3d", 5),
  InstanceNorm1d: instanceNorm("InstanceNorm1d", 2),
  InstanceNorm2d: instanceNorm("InstanceNorm2d", 3),
  InstanceNorm3d: instanceNorm("InstanceNorm3d", 4),
  LayerNorm: moduleClass<Shaped>("LayerNorm(normalized_shape: Shape, eps: number = 0.00001, elementwise_affine: boolean = true, bias: boolean = true, device: Device = null, dtype: dtype = null)", {
    make(self, args) {
      const wanted = Boolean(args.bias) // A yes or no, until the parameter takes its place.
      Reflect.deleteProperty(self, "bias")
      makeAffine(self, self.normalized_shape, self.elementwise_affine, args, self.elementwise_affine && wanted)
    },
    reset: resetAffine,
    forward: (self, x) => F["layer_norm"]!(x, self.normalized_shape, self.weight, self.bias, self.eps),
    text: (self) => `${tuple(self.normalized_shape)}, eps=${float(self.eps!)}, ${attributes(self, "elementwise_affine")}`,
  }),
  RMSNorm: moduleClass<Shaped>("RMSNorm(normalized_shape: Shape, eps: number = null, elementwise_affine: boolean = true, device: Device = null, dtype: dtype = null)", {
    make: (self, args) => makeAffine(self, self.normalized_shape, self.elementwise_affine, args, false),
    reset: resetAffine,
    forward(self, x) {
      const dims = self.normalized_shape.map((_, i) => -1 - i)
      const scaled = x.mul(x.pow(2).mean(dims, true).add(self.eps ?? 1.1920928955078125e-7).rsqrt())
      return self.weight ? scaled.mul(self.weight) : scaled
    },
    text: (self) => `${tuple(self.normalized_shape)}, eps=${self.eps === null ? "None" : float(self.eps)}, ${attributes(self, "elementwise_affine")}`,
  }),
  GroupNorm: moduleClass<Grouped>("GroupNorm(num_groups: number, num_channels: number, eps: number = 0.00001, affine: boolean = true, device: Device = null, dtype: dtype = null)", {
    make(self, args) {
      if (self.num_channels % self.num_groups !== 0) throw faults.value(`GroupNorm: ${self.num_channels} channels cannot be divided into ${self.num_groups} groups.`, "Choose a number of groups that divides the channels.")
      makeAffine(self, [self.num_channels], self.affine, args)
    },
    reset: resetAffine,
    forward: (self, x) => F["group_norm"]!(x, self.num_groups, self.weight, self.bias, self.eps),
    text: (self) => `${self.num_groups}, ${self.num_channels}, eps=${float(self.eps)}, ${attributes(self, "affine")}`,
  }),
  LocalResponseNorm: moduleClass<{ size: number; alpha: number; beta: number; k: number }>("LocalResponseNorm(size: number, alpha: number = 0.0001, beta: number = 0.75, k: number = 1)", {
    forward: (self, x) => F["local_response_norm"]!(x, self.size, self.alpha, self.beta, self.k),
    text: (self) => `${self.size}, alpha=${python(self.alpha)}, beta=${python(self.beta)}, k=${float(self.k)}`,
  }),
}
