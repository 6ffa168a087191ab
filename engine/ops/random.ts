// Random tensors. The draws are the core's (tensor/random.ts); these entries say what is drawn.
import type { Tensor } from "../tensor/tensor.ts"
import { checkSizes, leaf, type Asked } from "./creation.ts"
import { structural } from "./entry.ts"
import type { Family } from "./family.ts"

const asked = "dtype: dtype = null, device: Device = null, requires_grad: boolean = false, generator: Generator = null"

interface Sized extends Asked {
  readonly size: readonly number[]
}

export const random: Family<"rand" | "randn" | "rand_like" | "randn_like"> = {
  rand: structural<Sized>(`rand(...size: Shape, *, ${asked})`, {
    doc: "Uniform random numbers from 0 to 1, 1 not included.",
    forward: (kit, args) => {
      checkSizes(kit, "rand", args.size)
      return leaf(kit, kit.drawn("uniform", args.size, args.dtype ?? kit.defaultDtype), args)
    },
    in: ["torch"],
  }),
  randn: structural<Sized>(`randn(...size: Shape, *, ${asked})`, {
    doc: "Random numbers of the standard normal distribution.",
    forward: (kit, args) => {
      checkSizes(kit, "randn", args.size)
      return leaf(kit, kit.drawn("normal", args.size, args.dtype ?? kit.defaultDtype), args)
    },
    in: ["torch"],
  }),
  rand_like: structural<Asked & { self: Tensor }>(`rand_like(self: Tensor, *, ${asked})`, {
    doc: "Uniform random numbers in the shape and type of another tensor.",
    forward: (kit, args) => leaf(kit, kit.drawn("uniform", args.self.sizes, args.dtype ?? args.self.dtype), args),
    in: ["torch"],
  }),
  randn_like: structural<Asked & { self: Tensor }>(`randn_like(self: Tensor, *, ${asked})`, {
    doc: "Standard normal random numbers in the shape and type of another tensor.",
    forward: (kit, args) => leaf(kit, kit.drawn("normal", args.self.sizes, args.dtype ?? args.self.dtype), args),
    in: ["torch"],
  }),
}
