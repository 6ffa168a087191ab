// New tensors: of one value, of a range, like another. (Random ones are in random.ts.)
import type { DType } from "../backends/dtype.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { structural, type Entry, type Kit } from "./entry.ts"
import type { Family } from "./family.ts"

/** What every creating function takes by name. */
const asked = "dtype: dtype = null, device: Device = null, requires_grad: boolean = false"

export interface Asked {
  readonly dtype: DType | null
  readonly requires_grad: boolean
}

/** Turns a new tensor into a leaf that gathers its gradient, where asked for. RuntimeError for whole numbers. */
export function leaf(kit: Kit, made: Tensor, { requires_grad }: Asked): Tensor {
  if (!requires_grad) return made
  if (made.dtype.category !== "float") throw kit.fault("RuntimeError", `Only floating-point tensors can require gradients, found ${made.dtype.name}.`, "Write the numbers as floats ([1, 2]), or pass dtype: torch.float32.")
  made.wantsGrad = true
  return made
}

export function checkSizes(kit: Kit, what: string, shape: readonly number[]): void {
  if (shape.some((size) => size < 0)) throw kit.fault("RuntimeError", `${what}: expected sizes of at least 0, found [${shape.join(", ")}].`, "Give whole numbers from 0 up.")
  if (!shape.every(Number.isInteger)) throw kit.fault("TypeError", `${what}: expected whole numbers as sizes, found [${shape.join(", ")}].`, "Give whole numbers.")
}

interface Sized extends Asked {
  readonly size: readonly number[]
}

function filled(name: string, value: number, doc: string): Entry {
  return structural<Sized>(`${name}(...size: Shape, *, ${asked})`, {
    doc,
    forward: (kit, args) => {
      checkSizes(kit, name, args.size)
      return leaf(kit, kit.full(args.size, value, args.dtype ?? kit.defaultDtype), args)
    },
    in: ["torch"],
    rejects: [{ args: [-1], throws: "RuntimeError" }],
  })
}

function like(name: string, value: number, doc: string): Entry {
  return structural<Asked & { self: Tensor }>(`${name}(self: Tensor, *, ${asked})`, {
    doc,
    forward: (kit, args) => leaf(kit, kit.full(args.self.sizes, value, args.dtype ?? args.self.dtype), args),
    in: ["torch"],
  })
}

function fresh(name: string, value: number, doc: string): Entry {
  return structural<Sized & { self: Tensor }>(`${name}(self: Tensor, ...size: Shape, *, ${asked})`, {
    doc,
    forward: (kit, args) => {
      checkSizes(kit, name, args.size)
      return leaf(kit, kit.full(args.size, value, args.dtype ?? args.self.dtype), args)
    },
    in: ["Tensor"],
  })
}

type Value = number | bigint | boolean

/** The type of a value that fills a tensor: as `torch.tensor` takes it. */
function typeOf(kit: Kit, ...values: readonly unknown[]): DType {
  if (values.every((one) => typeof one === "bigint")) return kit.dtype.int64
  return values.every((one) => typeof one === "boolean") ? kit.dtype.bool : kit.defaultDtype
}

export const creation: Family<
  "zeros" | "ones" | "empty" | "full" | "zeros_like" | "ones_like" | "empty_like" | "full_like" | "new_zeros" | "new_ones" | "new_empty" | "new_full" | "scalar_tensor" | "arange" | "range" | "linspace" | "logspace" | "eye"
> = {
  zeros: filled("zeros", 0, "A tensor of zeros."),
  ones: filled("ones", 1, "A tensor of ones."),
  empty: filled("empty", 0, "A tensor of a shape, its values not meant to be read (zeros here)."),
  full: structural<Sized & { fill_value: Value }>(`full(size: Shape, fill_value: Value, *, ${asked})`, {
    doc: "A tensor filled with one value.",
    forward: (kit, args) => {
      checkSizes(kit, "full", args.size)
      return leaf(kit, kit.full(args.size, Number(args.fill_value), args.dtype ?? typeOf(kit, args.fill_value)), args)
    },
    in: ["torch"],
  }),
  zeros_like: like("zeros_like", 0, "Zeros in the shape and type of another tensor."),
  ones_like: like("ones_like", 1, "Ones in the shape and type of another tensor."),
  empty_like: like("empty_like", 0, "A tensor in the shape and type of another, its values not meant to be read."),
  full_like: structural<Asked & { self: Tensor; fill_value: Value }>(`full_like(self: Tensor, fill_value: Value, *, ${asked})`, {
    doc: "One value in the shape and type of another tensor.",
    forward: (kit, args) => leaf(kit, kit.full(args.self.sizes, Number(args.fill_value), args.dtype ?? args.self.dtype), args),
    in: ["torch"],
  }),
  new_zeros: fresh("new_zeros", 0, "Zeros of this tensor's type."),
  new_ones: fresh("new_ones", 1, "Ones of this tensor's type."),
  new_empty: fresh("new_empty", 0, "A tensor of this one's type, its values not meant to be read."),
  new_full: structural<Sized & { self: Tensor; fill_value: Value }>(`new_full(self: Tensor, size: Shape, fill_value: Value, *, ${asked})`, {
    doc: "One value in this tensor's type.",
    forward: (kit, args) => leaf(kit, kit.full(args.size, Number(args.fill_value), args.dtype ?? args.self.dtype), args),
    in: ["Tensor"],
  }),
  arange: structural<Asked & { start: Value; end: Value | null; step: Value }>(`arange(start: Value, end: Value = null, step: Value = 1, *, ${asked})`, {
    doc: "Numbers from start (0) up to end, not included. JavaScript numbers make floats, bigints int64.",
    forward: (kit, args) => {
      const from = args.end === null ? 0 : Number(args.start)
      const to = Number(args.end ?? args.start)
      const step = Number(args.step)
      if (step === 0) throw kit.fault("RuntimeError", "arange: expected a step other than 0.", "Leave the step out to count by 1.")
      if ((to - from) / step < 0) throw kit.fault("RuntimeError", `arange: a step of ${step} never leads from ${from} to ${to}.`, "Change the sign of the step.")
      const given = [args.start, ...(args.end === null ? [] : [args.end]), ...(typeof args.step === "bigint" || Number(args.step) !== 1 ? [args.step] : [])]
      const count = Math.ceil((to - from) / step)
      const dtype = args.dtype ?? typeOf(kit, ...given)
      return leaf(kit, kit.fromNumbers(Array.from({ length: count }, (_, i) => from + i * step), [count], dtype), args)
    },
    in: ["torch"],
    rejects: [{ args: [0, 5, 0], throws: "RuntimeError" }],
  }),
  scalar_tensor: structural<Asked & { s: Value }>(`scalar_tensor(s: Value, *, ${asked})`, {
    doc: "A tensor without dimensions that holds one value.",
    forward: (kit, args) => leaf(kit, kit.full([], Number(args.s), args.dtype ?? kit.defaultDtype), args),
    in: ["torch"],
  }),
  range: structural<Asked & { start: number; end: number | null; step: number }>(`range(start: number, end: number = null, step: number = 1, *, ${asked})`, {
    doc: "Numbers from start to end, end included. PyTorch is giving it up: arange leaves the end out, as Python's range does.",
    forward: (kit, args) => {
      const [from, to] = args.end === null ? [0, args.start] : [args.start, args.end]
      if (args.step === 0 || (to - from) / args.step < 0) throw kit.fault("RuntimeError", `range: a step of ${args.step} never leads from ${from} to ${to}.`, "Change the step, or leave it out to count by 1.")
      kit.warn("torch.range is deprecated: it includes its end, unlike Python's range.", "Use torch.arange(start, end), which leaves the end out.")
      return leaf(kit, kit.fromNumbers(Array.from({ length: Math.floor((to - from) / args.step) + 1 }, (_, i) => from + i * args.step), [Math.floor((to - from) / args.step) + 1], args.dtype ?? kit.defaultDtype), args)
    },
    in: ["torch"],
  }),
  linspace: structural<Asked & { start: number; end: number; steps: number }>(`linspace(start: number, end: number, steps: number, *, ${asked})`, {
    doc: "steps numbers from start to end, both included, evenly spaced.",
    forward: (kit, args) => {
      const { start, end, steps } = args
      if (steps < 0) throw kit.fault("RuntimeError", `linspace: expected at least 0 steps, found ${steps}.`, "Give a whole number from 0 up.")
      // As PyTorch does, the second half is counted from the end, so that the end is met exactly.
      const step = (end - start) / (steps - 1)
      const values = Array.from({ length: steps }, (_, i) => (i < steps / 2 ? start + step * i : end - step * (steps - 1 - i)))
      return leaf(kit, kit.fromNumbers(steps === 1 ? [start] : values, [steps], args.dtype ?? kit.defaultDtype), args)
    },
    in: ["torch"],
  }),
  logspace: structural<Asked & { start: number; end: number; steps: number; base: number }>(`logspace(start: number, end: number, steps: number, base: number = 10, *, ${asked})`, {
    doc: "steps powers of the base, from base^start to base^end.",
    forward: (kit, args) => {
      const { start, end, steps, base } = args
      const step = steps > 1 ? (end - start) / (steps - 1) : 0
      const values = Array.from({ length: steps }, (_, i) => base ** (i < steps / 2 ? start + step * i : end - step * (steps - 1 - i)))
      return leaf(kit, kit.fromNumbers(values, [steps], args.dtype ?? kit.defaultDtype), args)
    },
    in: ["torch"],
  }),
  eye: structural<Asked & { n: number; m: number | null }>(`eye(n: number, m: number = null, *, ${asked})`, {
    doc: "Ones on the diagonal, zeros elsewhere.",
    forward: (kit, args) => {
      const m = args.m ?? args.n
      checkSizes(kit, "eye", [args.n, m])
      const made = kit.zeros([args.n, m], args.dtype ?? kit.defaultDtype)
      for (let i = 0; i < Math.min(args.n, m); i++) made.storage.array[i * m + i] = 1
      return leaf(kit, made, args)
    },
    in: ["torch"],
  }),
}
