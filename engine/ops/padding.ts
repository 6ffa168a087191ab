// Padding: elements around a tensor, constant, reflected, repeated or from the other side.
import type { TapAxis } from "../backends/javascript/resample.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Kit } from "./entry.ts"
import type { Family } from "./family.ts"
import { resampling, tapAxis } from "./resampling.ts"

interface Padded {
  readonly self: Tensor
  /** Before and behind, the last dimension first. */
  readonly pad: readonly number[]
}

const row = [[[1, 2, 4, 8]]] as const

/** Padding of dimension `d` as [before, behind]. */
function around({ self, pad }: Padded, d: number): [number, number] {
  const at = 2 * (self.ndim - 1 - d)
  return [pad[at] ?? 0, pad[at + 1] ?? 0]
}

/** The place in the input of place `i` of the result, which may lie outside. */
const reflected = (i: number, size: number): number => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i)
const repeated = (i: number, size: number): number => Math.min(Math.max(i, 0), size - 1)

function mirrorPad(kind: "Reflection" | "Replication", rank: number) {
  const name = `_${kind.toLowerCase()}_pad${rank}d`
  return resampling<Padded>(`${name}(self: Tensor, pad: Shape)`, {
    doc: kind === "Reflection" ? "Padding by the elements reflected at the border." : "Padding by the element at the border.",
    gradName: `${kind}Pad${rank}DBackward0`,
    check: (kit, args) => {
      const { self, pad } = args
      self.sizes.forEach((size, d) => {
        const [before, behind] = around(args, d)
        const sum = size + before + behind
        if (kind === "Reflection" && (before >= size || behind >= size) && d >= self.ndim - rank)
          throw kit.fault("RuntimeError", `pad: reflection needs padding below the size, found [${pad.join(", ")}] at dimension ${d} of shape [${self.sizes.join(", ")}].`, "Use less padding, or mode replicate.")
        if (sum < 1 && d >= self.ndim - rank) throw kit.fault("RuntimeError", `pad: nothing would be left of dimension ${d} of size ${size} with padding [${before}, ${behind}].`, "Use padding that leaves something.")
      })
    },
    axesOf: (args): readonly TapAxis[] => Array.from({ length: rank }, (_, k) => {
      const d = args.self.ndim - rank + k
      const size = args.self.sizes[d]!
      const [before, behind] = around(args, d)
      const place = kind === "Reflection" ? reflected : repeated
      return tapAxis(size, Array.from({ length: size + before + behind }, (__, i) => [[place(i - before, size), 1] as const]))
    }),
    samples: [[rank === 1 ? row : rank === 2 ? [[[[1, 2, 4], [8, 3, 5]]]] : [[[[[1, 2], [4, 8]], [[0, 1], [3, 5]]]]], new Array<number>(2 * rank).fill(1)]],
  })
}

export const padding: Family<"pad" | "constant_pad_nd" | "_reflection_pad1d" | "_reflection_pad2d" | "_reflection_pad3d" | "_replication_pad1d" | "_replication_pad2d" | "_replication_pad3d"> = {
  constant_pad_nd: structural<Padded & { value: number }>("constant_pad_nd(self: Tensor, pad: Shape, value: number = 0)", {
    doc: "Padding by one value; negative numbers cut off.",
    forward: (kit, args) => {
      const { self, pad, value } = args
      if (pad.length % 2) throw kit.fault("RuntimeError", `pad: expected an even count of numbers, found ${pad.length}: [${pad.join(", ")}].`, "Give [before, behind] for each dimension, the last dimension first.")
      if (pad.length > 2 * self.ndim) throw kit.fault("RuntimeError", `pad: found padding for ${pad.length / 2} dimensions, the input of shape [${self.sizes.join(", ")}] has ${self.ndim}.`, "Give two numbers a dimension.")
      const both = self.sizes.map((_, d) => around(args, d))
      const sizes = self.sizes.map((size, d) => size + both[d]![0] + both[d]![1])
      if (sizes.some((size) => size < 0)) throw kit.fault("RuntimeError", `pad: padding [${pad.join(", ")}] leaves nothing of shape [${self.sizes.join(", ")}].`, "Cut off less.")
      const out = kit.full(sizes, value, self.dtype)
      let from: Tensor = self
      let to = out
      both.forEach(([before, behind], d) => {
        from = kit.t.narrow(from, d, Math.max(0, -before), Math.max(0, self.sizes[d]! - Math.max(0, -before) - Math.max(0, -behind)))
        to = kit.t.narrow(to, d, Math.max(0, before), Math.max(0, sizes[d]! - Math.max(0, before) - Math.max(0, behind)))
      })
      to.copy_(from)
      out.storage.version = 0
      return out
    },
    backward: ([g], { pad }) => ({ self: g!.constant_pad_nd(pad.map((one) => -one), 0) }),
    in: ["torch"],
    samples: [[[[1, 2], [3, 4]], [1, 0, 0, 2]], [[[1, 2], [3, 4]], [-1, 1]]],
    rejects: [{ args: [[1, 2], [1]], throws: "RuntimeError" }],
  }),
  _reflection_pad1d: mirrorPad("Reflection", 1),
  _reflection_pad2d: mirrorPad("Reflection", 2),
  _reflection_pad3d: mirrorPad("Reflection", 3),
  _replication_pad1d: mirrorPad("Replication", 1),
  _replication_pad2d: mirrorPad("Replication", 2),
  _replication_pad3d: mirrorPad("Replication", 3),
  pad: composite<Padded & { mode: string; value: number | null }>('pad(self: Tensor, pad: Shape, mode: string = "constant", value: number = null)', {
    doc: "Elements around a tensor, [before, behind] for the last dimension first: constant, reflect, replicate or circular.",
    compose: (t, { self, pad, mode, value }, kit) => {
      if (pad.length % 2) throw kit.fault("RuntimeError", `pad: expected an even count of numbers, found ${pad.length}: [${pad.join(", ")}].`, "Give [before, behind] for each dimension, the last dimension first.")
      if (pad.length > 2 * self.ndim) throw kit.fault("RuntimeError", `pad: found padding for ${pad.length / 2} dimensions, the input of shape [${self.sizes.join(", ")}] has ${self.ndim}.`, "Give two numbers a dimension.")
      if (mode === "constant") return t.constant_pad_nd(self, pad, value ?? 0)
      if (value !== null && value !== 0) throw kit.fault("RuntimeError", `pad: mode "${mode}" takes no value, found ${value}.`, 'Leave value out, or use mode "constant".')
      const rank = pad.length / 2
      if (rank > 3 || (self.ndim !== rank + 1 && self.ndim !== rank + 2))
        throw kit.fault("NotImplementedError", `pad: mode "${mode}" pads the last dimension of 2 or 3, the last two of 3 or 4, or the last three of 4 or 5; found ${pad.length} numbers for shape [${self.sizes.join(", ")}].`, "unsqueeze the input, or pad other dimensions.")
      if (mode === "circular") return wound(t, self, pad, kit)
      if (mode === "reflect") return [t._reflection_pad1d, t._reflection_pad2d, t._reflection_pad3d][rank - 1]!(self, pad)
      if (mode === "replicate") return [t._replication_pad1d, t._replication_pad2d, t._replication_pad3d][rank - 1]!(self, pad)
      throw kit.fault("NotImplementedError", `pad: "${mode}" is not a mode.`, 'Use "constant", "reflect", "replicate" or "circular".')
    },
    in: ["functional"],
    samples: [[[[1, 2], [3, 4]], [1, 1], "constant", 0.5], [row, [1, 2], "reflect"], [row, [1, 2], "circular"]],
    rejects: [{ args: [[1, 2], [1]], throws: "RuntimeError" }],
  }),
}

/** Padding from the other side, written into a new tensor as PyTorch does it. */
function wound(t: Kit["t"], self: Tensor, pad: readonly number[], kit: Kit): Tensor {
  const rank = pad.length / 2
  if (self.ndim !== rank + 2) throw kit.fault("RuntimeError", `pad: mode circular expected an input of ${rank + 2} dimensions, found shape [${self.sizes.join(", ")}].`, "unsqueeze(0) adds a batch.")
  const sides = self.sizes.map((_, d) => around({ self, pad }, d))
  const sizes = self.sizes.map((size, d) => {
    const [before, behind] = sides[d]!
    if (before > size || behind > size) throw kit.fault("RuntimeError", `pad: padding [${before}, ${behind}] goes more than once around dimension ${d} of size ${size}.`, "Use padding up to the size.")
    if (size + before + behind < 0) throw kit.fault("RuntimeError", `pad: padding [${before}, ${behind}] leaves nothing of dimension ${d} of size ${size}.`, "Cut off less.")
    return size + before + behind
  })
  const out = self.new_zeros(sizes)
  let from: Tensor = self
  let to = out
  for (let d = 2; d < self.ndim; d++) {
    const [before, behind] = sides[d]!
    from = t.slice(from, d, Math.max(-before, 0), self.sizes[d]! - Math.max(-behind, 0))
    to = t.slice(to, d, Math.max(before, 0), sizes[d]! - Math.max(behind, 0))
  }
  to.copy_(from)
  for (let d = self.ndim - 1; d >= 2; d--) {
    const [before, behind] = sides[d]!.map((one) => Math.max(one, 0)) as [number, number]
    const size = sizes[d]!
    if (before > 0) t.slice(out, d, 0, before).copy_(t.slice(out, d, size - before - behind, size - behind))
    if (behind > 0) t.slice(out, d, size - behind, size).copy_(t.slice(out, d, before, before + behind))
  }
  return out
}
