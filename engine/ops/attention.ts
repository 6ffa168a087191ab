// Products of several inputs at once: attention, and the bilinear form.
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural } from "./entry.ts"
import type { Family } from "./family.ts"

interface Trilinear {
  readonly input1: Tensor
  readonly weight: Tensor
  readonly input2: Tensor
}

interface Attention {
  readonly query: Tensor
  readonly key: Tensor
  readonly value: Tensor
  readonly attn_mask: Tensor | null
  readonly dropout_p: number
  readonly is_causal: boolean
  readonly scale: number | null
}

const a = [[1, 2], [0.5, -1]] as const
const b = [[1, 0, 2], [-1, 3, 0.5]] as const
const w = [[[1, 2, 0], [0, -1, 1]]] as const
const shapeText = (one: Tensor): string => `[${one.sizes.join(", ")}]`

export const attention: Family<"bilinear" | "_trilinear" | "scaled_dot_product_attention"> = {
  _trilinear: structural<Trilinear>("_trilinear(input1: Tensor, weight: Tensor, input2: Tensor)", {
    doc: "For each row and each matrix of weight: input1 · matrix · input2.",
    forward: (_, { input1, weight, input2 }) => input1.matmul(weight).mul(input2).sum(-1).t(),
    saves: ["input1", "weight", "input2"],
    backward: ([g], { input1, weight, input2 }) => {
      const incoming = g!.t().unsqueeze(-1)
      return {
        input1: input2.matmul(weight.transpose(1, 2)).mul(incoming).sum(0),
        weight: input1.mul(incoming).transpose(1, 2).matmul(input2),
        input2: input1.matmul(weight).mul(incoming).sum(0),
      }
    },
    in: [],
    samples: [[a, w, b]],
    formulaText: "y[n, o] = Σ i, j  x1[n, i] · w[o, i, j] · x2[n, j]",
  }),
  bilinear: composite<Trilinear & { bias: Tensor | null }>("bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor = null)", {
    doc: "input1 · W · input2 + bias, for each matrix W of weight.",
    compose: (t, { input1, input2, weight, bias }, kit) => {
      const lead = input1.sizes.slice(0, -1)
      if (weight.ndim !== 3) throw kit.fault("RuntimeError", `bilinear: expected a weight [out, in1, in2], found shape ${shapeText(weight)}.`, "Give one matrix an output.")
      if (input1.ndim !== input2.ndim || lead.join() !== input2.sizes.slice(0, -1).join()) throw kit.fault("RuntimeError", `bilinear: expected inputs with the same batch, found shapes ${shapeText(input1)} and ${shapeText(input2)}.`, "All dimensions but the last must agree.")
      if (input1.sizes[input1.ndim - 1] !== weight.sizes[1] || input2.sizes[input2.ndim - 1] !== weight.sizes[2])
        throw kit.fault("RuntimeError", `bilinear: a weight of shape ${shapeText(weight)} expects inputs of ${weight.sizes[1]} and ${weight.sizes[2]} features, found shapes ${shapeText(input1)} and ${shapeText(input2)}.`, "The weight is [out, in1, in2].")
      if (bias && (bias.ndim !== 1 || bias.sizes[0] !== weight.sizes[0])) throw kit.fault("RuntimeError", `bilinear: expected a bias of shape [${weight.sizes[0]}], found ${shapeText(bias)}.`, "Give one bias an output.")
      const made = t._trilinear(input1.reshape([-1, weight.sizes[1]]), weight, input2.reshape([-1, weight.sizes[2]])).reshape([...lead, weight.sizes[0]])
      return bias ? made.add(bias) : made
    },
    in: ["torch", "functional"],
    samples: [[a, b, w, [0.5]]],
    rejects: [{ args: [a, a, w], throws: "RuntimeError" }],
  }),
  scaled_dot_product_attention: composite<Attention>("scaled_dot_product_attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor = null, dropout_p: number = 0, is_causal: boolean = false, *, scale: number = null)", {
    doc: "softmax(query · keyᵀ / √size) · value: each query takes a mixture of the values whose keys are like it.",
    compose: (t, { query, key, value, attn_mask, dropout_p, is_causal, scale }, kit) => {
      if (query.ndim < 2 || key.ndim < 2 || value.ndim < 2) throw kit.fault("RuntimeError", `scaled_dot_product_attention: expected query, key and value with at least 2 dimensions, found shapes ${shapeText(query)}, ${shapeText(key)} and ${shapeText(value)}.`, "Give them as [batch, places, features].")
      if (attn_mask && is_causal) throw kit.fault("RuntimeError", "scaled_dot_product_attention: attn_mask and is_causal were both given.", "Give one of the two.")
      const [places, size] = query.sizes.slice(-2) as [number, number]
      const raw = query.mul(scale ?? 1 / Math.sqrt(size)).matmul(key.transpose(-2, -1))
      const mask = is_causal ? kit.full([places, key.sizes[key.ndim - 2]!], 1, kit.dtype.bool).tril() : attn_mask
      const scores = !mask ? raw : mask.dtype.name === "bool" ? raw.masked_fill(mask.logical_not(), -Infinity) : raw.add(mask)
      const shares = t.softmax(scores, -1)
      return (dropout_p > 0 ? t.dropout(shares, dropout_p) : shares).matmul(value)
    },
    in: ["functional"],
    samples: [[a, a, b]],
    rejects: [{ args: [[1, 2], a, b], throws: "RuntimeError" }],
    // From "Attention is all you need" (Vaswani et al. 2017).
  }),
}
