// Attention over several heads (Vaswani et al. 2017).
import { functions as t } from "../autograd/functions.ts"
import { bind } from "../tensor/bind.ts"
import { parseSignature } from "../ops/signature.ts"
import { fault, faults } from "../tensor/faults.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { tupled } from "../tensor/tuple.ts"
import { empty, F, moduleClass, type Made, type ModuleClass, type Placed } from "./define.ts"
import { init } from "./init.ts"
import { linearClass } from "./linear.ts"

const OutProjection = linearClass("NonDynamicallyQuantizableLinear")

interface Attention {
  readonly embed_dim: number
  readonly num_heads: number
  readonly dropout: number
  readonly bias: boolean
  readonly add_bias_kv: boolean
  readonly add_zero_attn: boolean
  kdim: number
  vdim: number
  readonly batch_first: boolean
  readonly in_proj_weight: Tensor | null
  readonly in_proj_bias: Tensor | null
  readonly q_proj_weight: Tensor | null
  readonly k_proj_weight: Tensor | null
  readonly v_proj_weight: Tensor | null
  readonly bias_k: Tensor | null
  readonly bias_v: Tensor | null
  readonly out_proj: { readonly weight: Tensor; readonly bias: Tensor | null }
}

const fill = (name: string, tensor: Tensor | null, ...args: readonly unknown[]): void => {
  if (tensor) (init[name] as (...args: readonly unknown[]) => unknown)(tensor, ...args)
}

function makeAttention(self: Made<Attention>, args: Attention & Placed): void {
  const { embed_dim: size } = self
  if (!(size > 0 && self.num_heads > 0) || size % self.num_heads !== 0) throw fault("AssertionError", `MultiheadAttention: embed_dim ${size} cannot be divided among ${self.num_heads} heads.`, "Choose a number of heads that divides embed_dim.")
  self.kdim ??= size
  self.vdim ??= size
  const same = self.kdim === size && self.vdim === size
  self.head_dim = size / self.num_heads
  self.register_parameter("q_proj_weight", same ? null : empty([size, size], args))
  self.register_parameter("k_proj_weight", same ? null : empty([size, self.kdim], args))
  self.register_parameter("v_proj_weight", same ? null : empty([size, self.vdim], args))
  self.register_parameter("in_proj_weight", same ? empty([3 * size, size], args) : null)
  self.register_parameter("in_proj_bias", self.bias ? empty([3 * size], args) : null)
  self.register_parameter("bias_k", self.add_bias_kv ? empty([1, 1, size], args) : null)
  self.register_parameter("bias_v", self.add_bias_kv ? empty([1, 1, size], args) : null)
  Object.assign(self, { out_proj: new OutProjection(size, size, { bias: self.bias, dtype: args.dtype ?? null }) })
  for (const one of [self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]) fill("xavier_uniform_", one)
  fill("zeros_", self.in_proj_bias)
  if (self.in_proj_bias) fill("zeros_", self.out_proj.bias)
  fill("xavier_normal_", self.bias_k)
  fill("xavier_normal_", self.bias_v)
}

const callSignature = parseSignature(
  "MultiheadAttention(query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor = null, need_weights: boolean = true, attn_mask: Tensor = null, average_attn_weights: boolean = true, is_causal: boolean = false)",
)

/** A mask that is added to the scores: −∞ where attention is not allowed. */
const additive = (mask: Tensor, like: Tensor): Tensor => (mask.dtype.name === "bool" ? t.zeros(mask.sizes, { dtype: like.dtype }).masked_fill(mask, -Infinity) : mask)

/** The three inputs brought to the heads' space, each [time, batch, embed_dim]. */
function projected(self: Attention, inputs: readonly Tensor[]): Tensor[] {
  const size = self.embed_dim
  const own = [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
  const weights = self.in_proj_weight ? self.in_proj_weight.chunk(3, 0) : own.map((one) => one!)
  const biases = self.in_proj_bias?.split(size, 0) ?? []
  if (self.in_proj_weight && inputs.every((one) => one === inputs[0])) return F["linear"]!(inputs[0], self.in_proj_weight, self.in_proj_bias).chunk(3, -1)
  return inputs.map((one, i) => F["linear"]!(one, weights[i], biases[i] ?? null))
}

function attend(self: Made<Attention>, args: readonly unknown[]): unknown {
  const bound = bind(callSignature, args)
  const given = [bound["query"], bound["key"], bound["value"]] as Tensor[]
  const [query] = given as [Tensor]
  if (query.ndim !== 2 && query.ndim !== 3) throw faults.runtime(`MultiheadAttention: expected a query with 2 or 3 dimensions, found ${query.ndim}.`, "Give (time, batch, embed_dim), or with batch_first (batch, time, embed_dim).")
  const single = query.ndim === 2
  const turn = (one: Tensor): Tensor => (single ? one.unsqueeze(1) : self.batch_first ? one.transpose(1, 0) : one)
  // The same tensor stays the same, so that one product projects all three.
  const turned = new Map(given.map((one) => [one, turn(one)]))
  const inputs = given.map((one) => turned.get(one)!)
  const [length = 0, batch = 0, size = 0] = inputs[0]!.sizes
  if (size !== self.embed_dim) throw faults.runtime(`MultiheadAttention: expected embed_dim ${self.embed_dim} in the last dimension, found ${size}.`, "Make the query's last dimension embed_dim.")
  const heads = self.num_heads
  let [q, k, v] = projected(self, inputs) as [Tensor, Tensor, Tensor]
  let padding = bound["key_padding_mask"] as Tensor | null
  let mask = bound["attn_mask"] as Tensor | null
  if (padding && single) padding = padding.unsqueeze(0)
  if (mask) mask = additive(mask, q)
  if (padding) padding = additive(padding, q)
  const widen = (one: Tensor | null): Tensor | null => one && F["pad"]!(one, [0, 1])
  if (self.bias_k && self.bias_v) {
    k = t.cat([k, self.bias_k.repeat(1, batch, 1)])
    v = t.cat([v, self.bias_v.repeat(1, batch, 1)])
    mask = widen(mask)
    padding = widen(padding)
  }
  const split = (one: Tensor): Tensor => one.contiguous().view(one.sizes[0], batch * heads, size / heads).transpose(0, 1)
  q = split(q)
  k = split(k)
  v = split(v)
  if (self.add_zero_attn) {
    const zero = t.zeros([batch * heads, 1, size / heads], { dtype: q.dtype })
    k = t.cat([k, zero], 1)
    v = t.cat([v, zero], 1)
    mask = widen(mask)
    padding = widen(padding)
  }
  const sources = k.sizes[1]!
  if (padding) {
    const spread = padding.view(batch, 1, 1, sources).expand(-1, heads, -1, -1).reshape(batch * heads, 1, sources)
    mask = mask ? mask.add(spread) : spread
  }
  const scaled = q.mul(Math.sqrt(heads / size))
  const scores = mask ? scaled.bmm(k.transpose(-2, -1)).add(mask) : scaled.bmm(k.transpose(-2, -1))
  const weights = t.softmax(scores, -1)
  const dropped = self.dropout > 0 ? F["dropout"]!(weights, self.dropout, self.training) : weights
  const joined = dropped.bmm(v).transpose(0, 1).contiguous().view(length * batch, size)
  const mixed = F["linear"]!(joined, self.out_proj.weight, self.out_proj.bias).view(length, batch, size)
  const output = single ? mixed.squeeze(1) : self.batch_first ? mixed.transpose(1, 0) : mixed
  if (!bound["need_weights"]) return tupled<unknown>([output, null])
  const byHead = dropped.view(batch, heads, length, sources)
  const shown = bound["average_attn_weights"] ? byHead.sum(1).div(heads) : byHead
  return tupled<unknown>([output, single ? shown.squeeze(0) : shown])
}

export const attention: Readonly<Record<string, ModuleClass>> = {
  MultiheadAttention: moduleClass<Attention>(
    "MultiheadAttention(embed_dim: number, num_heads: number, dropout: number = 0, bias: boolean = true, add_bias_kv: boolean = false, add_zero_attn: boolean = false, kdim: number = null, vdim: number = null, batch_first: boolean = false, device: Device = null, dtype: dtype = null)",
    { make: makeAttention, forward: (self, ...inputs) => attend(self, inputs) },
  ),
}
