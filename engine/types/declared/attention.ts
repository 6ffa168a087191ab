// torch.nn: attention, transformers and lazy modules. Apart from the other layers for their many arguments.
import type { TypedClass } from "../generate.ts"
import { module } from "./modules.ts"

const placed = "device: device | string = null, dtype: dtype = null"
const sizes = `d_model: number, nhead: number, dim_feedforward: number = 2048, dropout: number = 0.1, activation: string | NumberFunction = "relu", layer_norm_eps: number = 0.00001, batch_first: boolean = false, norm_first: boolean = false, bias: boolean = true, ${placed}`
const masks = "options?: { src_mask?: Tensor | null; src_key_padding_mask?: Tensor | null; mask?: Tensor | null; tgt_mask?: Tensor | null; memory_mask?: Tensor | null; tgt_key_padding_mask?: Tensor | null; memory_key_padding_mask?: Tensor | null; is_causal?: boolean }"
const affine = `eps: number = 0.00001, momentum: number = 0.1, affine: boolean = true, track_running_stats: boolean = true, ${placed}`
const kernel = 'out_channels: number, kernel_size: Shape, stride: Shape = 1, padding: Shape | string = 0, dilation: Shape = 1, groups: number = 1, bias: boolean = true, padding_mode: string = "zeros"'
const transposed = 'out_channels: number, kernel_size: Shape, stride: Shape = 1, padding: Shape = 0, output_padding: Shape = 0, groups: number = 1, bias: boolean = true, dilation: Shape = 1, padding_mode: string = "zeros"'

export const attention: readonly TypedClass[] = [
  module(
    `MultiheadAttention(embed_dim: number, num_heads: number, dropout: number = 0, bias: boolean = true, add_bias_kv: boolean = false, add_zero_attn: boolean = false, kdim: number = null, vdim: number = null, batch_first: boolean = false, ${placed})`,
    "Mixes the values by how well queries and keys agree, in several heads: `const [output, weights] = attention(q, k, v)`.",
    [],
    "(query: AnyTensor, key: AnyTensor, value: AnyTensor, options?: { key_padding_mask?: Tensor | null; need_weights?: boolean; attn_mask?: Tensor | null; average_attn_weights?: boolean; is_causal?: boolean }): [Tensor, Tensor]",
  ),
  module(`TransformerEncoderLayer(${sizes})`, "Attention and a small network, each with a way around it.", [], `(src: AnyTensor, ${masks}): Tensor`),
  module(`TransformerDecoderLayer(${sizes})`, "Attention to itself, attention to the encoder's output, and a small network.", [], `(tgt: AnyTensor, memory: AnyTensor, ${masks}): Tensor`),
  module("TransformerEncoder(encoder_layer: nn.Module, num_layers: number, norm: nn.Module = null)", "Copies of a layer, one after the other.", [], `(src: AnyTensor, ${masks}): Tensor`),
  module("TransformerDecoder(decoder_layer: nn.Module, num_layers: number, norm: nn.Module = null)", "Copies of a layer, one after the other.", [], `(tgt: AnyTensor, memory: AnyTensor, ${masks}): Tensor`),
  module(
    `Transformer(d_model: number = 512, nhead: number = 8, num_encoder_layers: number = 6, num_decoder_layers: number = 6, dim_feedforward: number = 2048, dropout: number = 0.1, activation: string | NumberFunction = "relu", custom_encoder: nn.Module = null, custom_decoder: nn.Module = null, layer_norm_eps: number = 0.00001, batch_first: boolean = false, norm_first: boolean = false, bias: boolean = true, ${placed})`,
    "An encoder that reads one sequence and a decoder that writes another.",
    [],
    `(src: AnyTensor, tgt: AnyTensor, ${masks}): Tensor`,
  ),
  module(`LazyLinear(out_features: number, bias: boolean = true, ${placed})`, "A Linear that takes in_features from its first input."),
  ...[1, 2, 3].flatMap((n) => [
    module(`LazyConv${n}d(${kernel}, ${placed})`, `A Conv${n}d that takes in_channels from its first input.`),
    module(`LazyConvTranspose${n}d(${transposed}, ${placed})`, `A ConvTranspose${n}d that takes in_channels from its first input.`),
    module(`LazyBatchNorm${n}d(${affine})`, `A BatchNorm${n}d that takes num_features from its first input.`),
    module(`LazyInstanceNorm${n}d(${affine.replace("affine: boolean = true, track_running_stats: boolean = true", "affine: boolean = false, track_running_stats: boolean = false")})`, `An InstanceNorm${n}d that takes num_features from its first input.`),
  ]),
]
