// Transformers (Vaswani et al. 2017): attention and a small network in turns, each with a way around it.
import { untracked } from "../autograd/modes.ts"
import { bind } from "../tensor/bind.ts"
import { parseSignature } from "../ops/signature.ts"
import { faults } from "../tensor/faults.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { functions as t } from "../autograd/functions.ts"
import { kit } from "../autograd/kit.ts"
import { attention } from "./attention.ts"
import { isModule } from "./calling.ts"
import { ModuleList } from "./containers.ts"
import { copyOf } from "./copying.ts"
import { F, moduleClass, type Made, type ModuleClass, type Placed } from "./define.ts"
import { dropout } from "./dropout.ts"
import { init } from "./init.ts"
import { linear } from "./linear.ts"
import { Module } from "./module.ts"
import { normalization } from "./normalization.ts"

type Layer = (...inputs: readonly unknown[]) => Tensor
type Attend = (...inputs: readonly unknown[]) => readonly [Tensor, Tensor | null]

interface LayerArguments {
  readonly d_model: number
  readonly nhead: number
  readonly dim_feedforward: number
  readonly dropout: number
  readonly activation: unknown
  readonly layer_norm_eps: number
  readonly batch_first: boolean
  readonly norm_first: boolean
  readonly bias: boolean
}

interface LayerParts {
  readonly self_attn: Attend
  readonly multihead_attn: Attend
  readonly linear1: Layer
  readonly linear2: Layer
  readonly [name: `norm${number}`]: Layer
  readonly [name: `dropout${number}`]: Layer
}

const own = "d_model: number, nhead: number, dim_feedforward: number = 2048, dropout: number = 0.1, activation: unknown = \"relu\", layer_norm_eps: number = 0.00001, batch_first: boolean = false, norm_first: boolean = false, bias: boolean = true, device: Device = null, dtype: dtype = null"

/** The parts of a layer, in PyTorch's order; a decoder's layer looks at the encoder's output as well. */
function makeLayer(self: Made<LayerArguments>, args: LayerArguments & Placed, decodes: boolean): void {
  const { d_model, nhead, dim_feedforward, dropout: p, batch_first, layer_norm_eps: eps, bias } = args
  const options = { dtype: args.dtype ?? null, bias }
  for (const name of ["d_model", "nhead", "dim_feedforward", "dropout", "batch_first", "layer_norm_eps", "bias", "activation"]) Reflect.deleteProperty(self, name)
  const attend = (): Module => new attention["MultiheadAttention"]!(d_model, nhead, { dropout: p, batch_first, ...options })
  self["self_attn"] = attend()
  if (decodes) self["multihead_attn"] = attend()
  self["linear1"] = new linear["Linear"]!(d_model, dim_feedforward, options)
  Object.assign(self, { dropout: new dropout["Dropout"]!(p) })
  self["linear2"] = new linear["Linear"]!(dim_feedforward, d_model, options)
  const count = decodes ? 3 : 2
  for (let i = 1; i <= count; i++) self[`norm${i}`] = new normalization["LayerNorm"]!(d_model, { eps, ...options })
  for (let i = 1; i <= count; i++) self[`dropout${i}`] = new dropout["Dropout"]!(p)
  Object.assign(self, { activation: activationOf(args.activation) })
}

function activationOf(given: unknown): unknown {
  if (typeof given === "function") return given
  if (given === "relu") return F["relu"]
  if (given === "gelu") return F["gelu"]
  throw faults.runtime(`A transformer's activation should be relu or gelu, not ${String(given)}.`, 'Use "relu", "gelu" or a function.')
}

/** x + part(x), with the norm before or after. */
function around(self: Made<LayerArguments>, x: Tensor, i: number, part: (x: Tensor) => Tensor): Tensor {
  const parts = self as unknown as LayerParts // Made by makeLayer.
  const norm = parts[`norm${i}`]!
  const drop = parts[`dropout${i}`]!
  return self.norm_first ? x.add(drop(part(norm(x)))) : norm(x.add(drop(part(x))))
}

const feedForward = (self: Made<LayerArguments>) => (x: Tensor): Tensor => {
  const { linear1, linear2 } = self as unknown as LayerParts // As above.
  return linear2((self["dropout"] as unknown as Layer)((self["activation"] as Layer)(linear1(x))))
}

const encoderCall = parseSignature("forward(src: Tensor, src_mask: Tensor = null, src_key_padding_mask: Tensor = null, is_causal: boolean = false)")
const decoderCall = parseSignature(
  "forward(tgt: Tensor, memory: Tensor, tgt_mask: Tensor = null, memory_mask: Tensor = null, tgt_key_padding_mask: Tensor = null, memory_key_padding_mask: Tensor = null, tgt_is_causal: boolean = false, memory_is_causal: boolean = false)",
)

function encode(self: Made<LayerArguments>, inputs: readonly unknown[]): Tensor {
  const { src, src_mask, src_key_padding_mask } = bind(encoderCall, inputs)
  const { self_attn } = self as unknown as LayerParts // As above.
  const options = { attn_mask: src_mask, key_padding_mask: src_key_padding_mask, need_weights: false }
  const attended = around(self, src as Tensor, 1, (x) => self_attn(x, x, x, options)[0])
  return around(self, attended, 2, feedForward(self))
}

function decode(self: Made<LayerArguments>, inputs: readonly unknown[]): Tensor {
  const bound = bind(decoderCall, inputs)
  const { self_attn, multihead_attn } = self as unknown as LayerParts // As above.
  const { memory } = bound
  const own = { attn_mask: bound["tgt_mask"], key_padding_mask: bound["tgt_key_padding_mask"], need_weights: false }
  const other = { attn_mask: bound["memory_mask"], key_padding_mask: bound["memory_key_padding_mask"], need_weights: false }
  const first = around(self, bound["tgt"] as Tensor, 1, (x) => self_attn(x, x, x, own)[0])
  const second = around(self, first, 2, (x) => multihead_attn(x, memory, memory, other)[0])
  return around(self, second, 3, feedForward(self))
}

interface Stack {
  readonly num_layers: number
  readonly layers: Iterable<Layer>
  readonly norm: Layer | null
}

/** Copies of a layer, one after the other. */
function makeStack(self: Made<Stack>, name: string): void {
  const layer = self[name]
  if (!isModule(layer)) throw faults.argument(`Expected a layer such as new nn.TransformerEncoderLayer(8, 2) as ${name}.`, "Pass the layer that is to be copied.")
  const { num_layers, norm } = self
  for (const key of [name, "num_layers", "norm"]) Reflect.deleteProperty(self, key)
  Object.assign(self, { layers: new ModuleList(Array.from({ length: num_layers }, () => copyOf(layer))), num_layers, norm })
}

interface Whole {
  readonly encoder: Layer
  readonly decoder: Layer
}

const wholeCall = parseSignature(
  "forward(src: Tensor, tgt: Tensor, src_mask: Tensor = null, tgt_mask: Tensor = null, memory_mask: Tensor = null, src_key_padding_mask: Tensor = null, tgt_key_padding_mask: Tensor = null, memory_key_padding_mask: Tensor = null)",
)

/** −∞ above the diagonal: each place sees itself and what came before. */
function generate_square_subsequent_mask(size: number): Tensor {
  return t.triu(kit.full([size, size], -Infinity, kit.defaultDtype), 1)
}

const Encoder = moduleClass<Stack>("TransformerEncoder(encoder_layer: unknown, num_layers: number, norm: unknown = null, enable_nested_tensor: boolean = true, mask_check: boolean = true)", {
  make(self) {
    for (const name of ["enable_nested_tensor", "mask_check"]) Reflect.deleteProperty(self, name)
    makeStack(self, "encoder_layer")
  },
  forward(self, ...inputs: readonly unknown[]) {
    const { src, mask, src_key_padding_mask } = bind(parseSignature("forward(src: Tensor, mask: Tensor = null, src_key_padding_mask: Tensor = null, is_causal: boolean = null)"), inputs)
    let x = src as Tensor
    for (const layer of self.layers) x = layer(x, { src_mask: mask, src_key_padding_mask })
    return self.norm ? self.norm(x) : x
  },
})

const Decoder = moduleClass<Stack>("TransformerDecoder(decoder_layer: unknown, num_layers: number, norm: unknown = null)", {
  make: (self) => makeStack(self, "decoder_layer"),
  forward(self, ...inputs: readonly unknown[]) {
    const { tgt, memory, ...options } = bind(decoderCall, inputs)
    let x = tgt as Tensor
    for (const layer of self.layers) x = layer(x, memory, options)
    return self.norm ? self.norm(x) : x
  },
})

const EncoderLayer = moduleClass<LayerArguments>(`TransformerEncoderLayer(${own})`, { make: (self, args) => makeLayer(self, args, false), forward: (self, ...inputs) => encode(self, inputs) })
const DecoderLayer = moduleClass<LayerArguments>(`TransformerDecoderLayer(${own})`, { make: (self, args) => makeLayer(self, args, true), forward: (self, ...inputs) => decode(self, inputs) })

export const transformers: Readonly<Record<string, ModuleClass>> = {
  TransformerEncoderLayer: EncoderLayer,
  TransformerDecoderLayer: DecoderLayer,
  TransformerEncoder: Encoder,
  TransformerDecoder: Decoder,
  Transformer: Object.assign(
    moduleClass<LayerArguments & Whole & { num_encoder_layers: number; num_decoder_layers: number; custom_encoder: unknown; custom_decoder: unknown }>(
      'Transformer(d_model: number = 512, nhead: number = 8, num_encoder_layers: number = 6, num_decoder_layers: number = 6, dim_feedforward: number = 2048, dropout: number = 0.1, activation: unknown = "relu", custom_encoder: unknown = null, custom_decoder: unknown = null, layer_norm_eps: number = 0.00001, batch_first: boolean = false, norm_first: boolean = false, bias: boolean = true, device: Device = null, dtype: dtype = null)',
      {
        make(self, { num_encoder_layers, num_decoder_layers, custom_encoder, custom_decoder, ...args }) {
          for (const name of Object.keys(self)) if (name !== "training") Reflect.deleteProperty(self, name)
          const { d_model, layer_norm_eps: eps, bias } = args
          const norm = (): Module => new normalization["LayerNorm"]!(d_model, { eps, bias })
          const options = Object.fromEntries(Object.entries(args).filter(([name]) => name !== "device" && name !== "encoder" && name !== "decoder"))
          Object.assign(self, { encoder: custom_encoder ?? new Encoder(new EncoderLayer(options), num_encoder_layers, norm()) })
          Object.assign(self, { decoder: custom_decoder ?? new Decoder(new DecoderLayer(options), num_decoder_layers, norm()) })
          const xavier = init["xavier_uniform_"] as (tensor: Tensor) => unknown
          untracked(() => {
            for (const one of self.parameters()) if (one.ndim > 1) xavier(one)
          })
          Object.assign(self, { d_model, nhead: args.nhead, batch_first: args.batch_first })
        },
        methods: { generate_square_subsequent_mask: (_, size) => generate_square_subsequent_mask(Number(size)) },
        forward(self, ...inputs: readonly unknown[]) {
          const { src, tgt, src_mask, src_key_padding_mask, ...options } = bind(wholeCall, inputs)
          const memory = self.encoder(src, { mask: src_mask, src_key_padding_mask })
          return self.decoder(tgt, memory, options)
        },
      },
    ),
    { generate_square_subsequent_mask },
  ),
}
