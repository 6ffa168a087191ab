// torch.nn: attention and transformers, whose calls take several tensors and masks.
import type { TypedClass } from "../generate.ts"
import { overloads } from "../overloads.ts"
import { module } from "./modules.ts"

/** What a call of the module takes, from the signature of its forward. */
const call = (signature: string, returns: string): string => overloads({ signature, doc: "" }, { name: "", self: "input", returns }).join("\n")

const placed = "device: device | string = null, dtype: dtype = null"
const within = { text: "self_attn: MultiheadAttention", doc: "Each place looks at the others." }
const layer = (name: string) =>
  `${name}(d_model: number, nhead: number, dim_feedforward: number = 2048, dropout: number = 0.1, activation: string | Function = "relu", layer_norm_eps: number = 0.00001, batch_first: boolean = false, norm_first: boolean = false, bias: boolean = true, ${placed})`
const shapes = "Sequences have shape (time, batch, d_model), or (batch, time, d_model) with batch_first."
const mask = { text: "generate_square_subsequent_mask(sz: Int): Tensor", doc: "A mask of shape (sz, sz) by which each place sees itself and what came before: 0 there, −∞ elsewhere." }
const decoding = "tgt: Tensor, memory: Tensor, tgt_mask: Tensor = null, memory_mask: Tensor = null, tgt_key_padding_mask: Tensor = null, memory_key_padding_mask: Tensor = null, tgt_is_causal: boolean = false, memory_is_causal: boolean = false"

export const attention: readonly TypedClass[] = [
  module(
    `MultiheadAttention(embed_dim: number, num_heads: number, dropout: number = 0, bias: boolean = true, add_bias_kv: boolean = false, add_zero_attn: boolean = false, kdim: number = null, vdim: number = null, batch_first: boolean = false, ${placed})`,
    "Attention: each query gets a mixture of the values, by how well it fits their keys, in several heads at once. `const [output, weights] = attention(query, key, value)`; sequences have shape (time, batch, embed_dim), or (batch, time, embed_dim) with batch_first. Throws AssertionError where num_heads does not divide embed_dim.",
    [
      { text: "readonly embed_dim: number", doc: "The size of the last dimension, shared among the heads." },
      { text: "readonly num_heads: number", doc: "The number of heads." },
      { text: "readonly head_dim: number", doc: "The size of one head: embed_dim / num_heads." },
      { text: "in_proj_weight: Parameter", doc: "The factors for query, key and value, of shape (3 · embed_dim, embed_dim). Null where kdim or vdim differ." },
      { text: "in_proj_bias: Parameter", doc: "The summands for query, key and value. Null if it was made with `bias: false`." },
      { text: "out_proj: Linear", doc: "The linear layer behind the heads." },
    ],
    call("forward(query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor = null, need_weights: boolean = true, attn_mask: Tensor = null, average_attn_weights: boolean = true, is_causal: boolean = false)", "[Tensor, Tensor]"),
  ),
  module(
    layer("TransformerEncoderLayer"),
    `Attention within a sequence, then a small network, each with a way around it. ${shapes}`,
    [within, { text: "linear1: Linear", doc: "The first linear layer of the network." }, { text: "linear2: Linear", doc: "The second linear layer of the network." }, { text: "norm1: LayerNorm", doc: "The normalisation at the attention." }, { text: "norm2: LayerNorm", doc: "The normalisation at the network." }],
    call("forward(src: Tensor, src_mask: Tensor = null, src_key_padding_mask: Tensor = null, is_causal: boolean = false)", "Tensor"),
  ),
  module(
    layer("TransformerDecoderLayer"),
    `Attention within a sequence, attention to an encoder's output, then a small network, each with a way around it. ${shapes}`,
    [within, { text: "multihead_attn: MultiheadAttention", doc: "Each place looks at the encoder's output." }, { text: "linear1: Linear", doc: "The first linear layer of the network." }, { text: "linear2: Linear", doc: "The second linear layer of the network." }],
    call(`forward(${decoding})`, "Tensor"),
  ),
  module(
    "TransformerEncoder(encoder_layer: nn.Module, num_layers: number, norm: nn.Module = null, enable_nested_tensor: boolean = true, mask_check: boolean = true)",
    "Copies of an encoder layer, one after the other, then a normalisation where one is given.",
    [{ text: "layers: ModuleList", doc: "The layers." }, { text: "readonly num_layers: number", doc: "The number of layers." }, { text: "norm: Module", doc: "The normalisation at the end, or null." }],
    call("forward(src: Tensor, mask: Tensor = null, src_key_padding_mask: Tensor = null, is_causal: boolean = null)", "Tensor"),
  ),
  module(
    "TransformerDecoder(decoder_layer: nn.Module, num_layers: number, norm: nn.Module = null)",
    "Copies of a decoder layer, one after the other, then a normalisation where one is given.",
    [{ text: "layers: ModuleList", doc: "The layers." }, { text: "readonly num_layers: number", doc: "The number of layers." }, { text: "norm: Module", doc: "The normalisation at the end, or null." }],
    call(`forward(${decoding})`, "Tensor"),
  ),
  {
    ...module(
      `Transformer(d_model: number = 512, nhead: number = 8, num_encoder_layers: number = 6, num_decoder_layers: number = 6, dim_feedforward: number = 2048, dropout: number = 0.1, activation: string | Function = "relu", custom_encoder: nn.Module = null, custom_decoder: nn.Module = null, layer_norm_eps: number = 0.00001, batch_first: boolean = false, norm_first: boolean = false, bias: boolean = true, ${placed})`,
      `An encoder and a decoder: from a source and a target sequence to one of the target's shape. ${shapes}`,
      [{ text: "encoder: TransformerEncoder", doc: "Reads the source." }, { text: "decoder: TransformerDecoder", doc: "Reads the target and the encoder's output." }, mask],
      call("forward(src: Tensor, tgt: Tensor, src_mask: Tensor = null, tgt_mask: Tensor = null, memory_mask: Tensor = null, src_key_padding_mask: Tensor = null, tgt_key_padding_mask: Tensor = null, memory_key_padding_mask: Tensor = null)", "Tensor"),
    ),
    statics: [mask],
  },
]
