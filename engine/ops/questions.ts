// Whole-tensor questions, windows of signal processing, and numerical derivatives along a dimension.
import type { Tensor } from "../tensor/tensor.ts"
import { leaf, type Asked } from "./creation.ts"
import { composite, structural, type Entry } from "./entry.ts"
import type { Family } from "./family.ts"

function window(name: string, doc: string, shape: (turn: number) => number): Entry {
  return structural<Asked & { window_length: number; periodic: boolean }>(`${name}(window_length: number, periodic: boolean = true, *, dtype: dtype = null, device: Device = null, requires_grad: boolean = false)`, {
    doc,
    forward: (kit, args) => {
      const n = args.window_length
      const span = args.periodic ? n : n - 1
      return leaf(kit, kit.fromNumbers(Array.from({ length: n }, (_, i) => (n === 1 ? 1 : shape(i / span))), [n], args.dtype ?? kit.defaultDtype), args)
    },
    in: ["torch"],
  })
}

const tau = 2 * Math.PI

export const questions: Family<"hann_window" | "hamming_window" | "bartlett_window" | "blackman_window" | "kaiser_window" | "cumulative_trapezoid" | "renorm" | "sum_to_size", never, "gradient", "equal" | "allclose" | "is_same_size"> = {
  equal: composite<{ self: Tensor; other: Tensor }>("equal(self: Tensor, other: Tensor) -> boolean", {
    doc: "True where both have the same shape and elements.",
    samples: [[[1, 2], [1, 2]]],
    compose: (_, { self, other }) => self.sizes.join() === other.sizes.join() && self.detach().eq(other.detach()).all().item(),
  }),
  allclose: composite<{ self: Tensor; other: Tensor; rtol: number; atol: number; equal_nan: boolean }>("allclose(self: Tensor, other: Tensor, rtol: number = 1e-5, atol: number = 1e-8, equal_nan: boolean = false) -> boolean", {
    doc: "True where all elements differ by at most atol + rtol · |other|.",
    samples: [[[1, 2], [1, 2]]],
    compose: (t, { self, other, rtol, atol, equal_nan }) => t.isclose(self.detach(), other.detach(), rtol, atol, equal_nan).all().item(),
  }),
  is_same_size: composite<{ self: Tensor; other: Tensor }>("is_same_size(self: Tensor, other: Tensor) -> boolean", { doc: "True where both have the same shape.", samples: [[[1, 2], [3, 4]]], compose: (_, { self, other }) => self.sizes.join() === other.sizes.join() }),
  hann_window: window("hann_window", "Hann's window: a raised cosine.", (t) => 0.5 - 0.5 * Math.cos(tau * t)),
  hamming_window: window("hamming_window", "Hamming's window.", (t) => 0.54 - 0.46 * Math.cos(tau * t)),
  bartlett_window: window("bartlett_window", "Bartlett's window: a triangle.", (t) => 1 - Math.abs(2 * t - 1)),
  blackman_window: window("blackman_window", "Blackman's window.", (t) => 0.42 - 0.5 * Math.cos(tau * t) + 0.08 * Math.cos(2 * tau * t)),
  kaiser_window: structural<Asked & { window_length: number; periodic: boolean; beta: number }>("kaiser_window(window_length: number, periodic: boolean = true, beta: number = 12, *, dtype: dtype = null, device: Device = null, requires_grad: boolean = false)", {
    doc: "Kaiser's window, by Bessel functions; a larger beta makes it narrower.",
    forward: (kit, args) => {
      const n = args.window_length
      const span = args.periodic ? n : n - 1
      const reach = Array.from({ length: n }, (_, i) => (n === 1 ? args.beta : args.beta * Math.sqrt(Math.max(0, 1 - ((2 * i) / span - 1) ** 2))))
      const bessel = (values: readonly number[]): Tensor => kit.t.i0(kit.fromNumbers(values, [values.length], kit.dtype.float64))
      return leaf(kit, kit.copied(bessel(reach).div(bessel([args.beta])), args.dtype ?? kit.defaultDtype), args)
    },
    in: ["torch"],
  }),
  cumulative_trapezoid: composite<{ self: Tensor; x: Tensor | null; dx: number; dim: number }>("cumulative_trapezoid(self: Tensor, x: Tensor = null, *, dx: number = 1, dim: number = -1)", {
    doc: "Running area under a curve by the trapezoidal rule.",
    compose: (_, { self, x, dx, dim }, kit) => {
      const d = kit.dim("cumulative_trapezoid", dim, self.ndim)
      const n = self.sizes[d]!
      const sides = self.narrow(d, 0, n - 1).add(self.narrow(d, 1, n - 1))
      if (!x) return sides.mul(dx / 2).cumsum(d)
      return (x.ndim === 1 ? x.diff().reshape(self.sizes.map((_, i) => (i === d ? n - 1 : 1))) : x.diff(1, d)).mul(sides).div(2).cumsum(d)
    },
    in: ["torch"],
    samples: [[[1, 2, 4]]],
  }),
  renorm: composite<{ self: Tensor; p: number; dim: number; maxnorm: number }>("renorm(self: Tensor, p: number, dim: number, maxnorm: number)", {
    doc: "Parts along a dimension scaled down to a norm of at most maxnorm.",
    compose: (t, { self, p, dim, maxnorm }, kit) => {
      const d = kit.dim("renorm", dim, self.ndim)
      const others = self.sizes.map((_, i) => i).filter((i) => i !== d)
      const norms = t.linalg_vector_norm(self, p, others, true)
      return self.mul(t.where(norms.gt(maxnorm), norms.add(1e-7).reciprocal().mul(maxnorm), 1))
    },
    samples: [[[[1, 2], [3, 4]], 2, 0, 1]],
  }),
  sum_to_size: composite<{ self: Tensor; size: readonly number[] }>("sum_to_size(self: Tensor, ...size: Shape)", {
    doc: "Summed to a shape that broadcasts to this one.",
    samples: [[[[1, 2], [3, 4]], 1, 2]],
    compose: (_, { self, size }) => {
      const extra = self.ndim - size.length
      const dims = self.sizes.flatMap((n, d) => (d < extra || (size[d - extra] === 1 && n !== 1) ? [d] : []))
      return dims.length ? self.sum(dims, true).reshape(size) : self
    },
    in: ["Tensor"],
  }),
  gradient: composite<{ self: Tensor; spacing: number; dim: readonly number[] | null }>("gradient(self: Tensor, *, spacing: number = 1, dim: Dims = null) -> Tensor[]", {
    doc: "Numerical derivative along each dimension: central differences, one-sided at the edges.",
    samples: [[[1, 4, 9, 16]]],
    compose: (t, { self, spacing, dim }, kit) =>
      kit.dims("gradient", dim, self.ndim).map((d) => {
        const n = self.sizes[d]!
        const first = self.narrow(d, 1, 1).sub(self.narrow(d, 0, 1)).div(spacing)
        const last = self.narrow(d, n - 1, 1).sub(self.narrow(d, n - 2, 1)).div(spacing)
        return t.cat([first, self.narrow(d, 2, n - 2).sub(self.narrow(d, 0, n - 2)).div(2 * spacing), last], d)
      }),
    in: ["torch"],
  }),
}
