// Convolutions and their transposes, and the two halves of a convolution: unfold and fold.
import { faults } from "../tensor/faults.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { empty, F, moduleClass, type Made, type ModuleClass, type Placed } from "./define.ts"
import { usualInit } from "./init.ts"
import { register, type Weighted } from "./linear.ts"
import { python, tuple } from "./pythonText.ts"

interface Convolution extends Weighted {
  readonly in_channels: number
  readonly out_channels: number
  kernel_size: readonly number[]
  stride: readonly number[]
  padding: readonly number[] | string
  dilation: readonly number[]
  output_padding: readonly number[]
  readonly groups: number
  readonly padding_mode: string
}

/** One number for each of `rank` dimensions. Throws ValueError for a wrong count. */
export function each(what: string, given: unknown, rank: number): number[] {
  const list = (Array.isArray(given) ? (given as unknown[]) : [given]).map(Number)
  if (list.length === 1) return new Array<number>(rank).fill(list[0]!)
  if (list.length !== rank) throw faults.value(`${what}: expected one number or ${rank}, found ${list.length}.`, "Give one number for each dimension of the window.")
  return list
}

/** Checks the channels, makes weight and bias and draws them. `shape` are the weight's first two sizes. */
function prepare(self: Made<Convolution>, args: Convolution & Placed, name: string, rank: number, transposed: boolean): void {
  const { in_channels, out_channels, groups } = self
  if (!(groups > 0)) throw faults.value(`${name}: expected at least one group, found ${groups}.`, "Leave groups out for 1.")
  if (in_channels % groups !== 0) throw faults.value(`${name}: in_channels ${in_channels} cannot be divided into ${groups} groups.`, "Choose groups that divide both channel counts.")
  if (out_channels % groups !== 0) throw faults.value(`${name}: out_channels ${out_channels} cannot be divided into ${groups} groups.`, "Choose groups that divide both channel counts.")
  if (!["zeros", "reflect", "replicate", "circular"].includes(self.padding_mode)) throw faults.value(`${name}: padding_mode "${self.padding_mode}" is not known.`, 'Use "zeros", "reflect", "replicate" or "circular".')
  for (const key of ["kernel_size", "stride", "dilation", ...(transposed ? ["output_padding"] : [])] as const) self[key as "stride"] = each(`${name}: ${key}`, self[key as "stride"], rank)
  if (typeof self.padding !== "string") self.padding = each(`${name}: padding`, self.padding, rank)
  else if (self.padding !== "same" && self.padding !== "valid") throw faults.value(`${name}: padding "${self.padding}" is not known.`, 'Use a number, "same" or "valid".')
  else if (self.padding === "same" && self.stride.some((step) => step !== 1)) throw faults.value(`${name}: padding "same" needs a stride of 1.`, "Leave the stride out, or give the padding as a number.")
  const channels = transposed ? [in_channels, out_channels / groups] : [out_channels, in_channels / groups]
  self.register_parameter("weight", empty([...channels, ...self.kernel_size], args))
  register(self, "bias", args.bias ? empty([out_channels], args) : null)
  usualInit(self.weight, self.bias)
}

function text(self: Made<Convolution>): string {
  const zeros = (list: unknown): boolean => Array.isArray(list) && list.every((one) => one === 0)
  const ones = (list: readonly number[]): boolean => list.every((one) => one === 1)
  const parts = [python(self.in_channels), python(self.out_channels), `kernel_size=${tuple(self.kernel_size)}`, `stride=${tuple(self.stride)}`]
  if (!zeros(self.padding)) parts.push(`padding=${typeof self.padding === "string" ? self.padding : tuple(self.padding)}`)
  if (!ones(self.dilation)) parts.push(`dilation=${tuple(self.dilation)}`)
  if (self.output_padding && !zeros(self.output_padding)) parts.push(`output_padding=${tuple(self.output_padding)}`)
  if (self.groups !== 1) parts.push(`groups=${self.groups}`)
  if (self.bias === null) parts.push("bias=False")
  if (self.padding_mode !== "zeros") parts.push(`padding_mode=${self.padding_mode}`)
  return parts.join(", ")
}

/** How much `padding: "same"` and the modes other than zeros add on both sides, last dimension first. */
function around(self: Convolution): number[] {
  const sides = self.kernel_size.map((size, d): readonly [number, number] => {
    if (self.padding === "valid") return [0, 0]
    if (typeof self.padding !== "string") return [self.padding[d]!, self.padding[d]!]
    const total = self.dilation[d]! * (size - 1)
    return [Math.floor(total / 2), total - Math.floor(total / 2)]
  })
  return sides.reverse().flat()
}

function convolution(name: string, rank: number): ModuleClass {
  const operator = name.toLowerCase()
  return moduleClass<Convolution>(
    `${name}(in_channels: number, out_channels: number, kernel_size: unknown, stride: unknown = 1, padding: unknown = 0, dilation: unknown = 1, groups: number = 1, bias: boolean = true, padding_mode: string = "zeros", device: Device = null, dtype: dtype = null)`,
    {
      make: (self, args) => prepare(self, args, name, rank, false),
      reset: (self) => usualInit(self.weight, self.bias),
      forward: (self, x) => {
        if (self.padding_mode === "zeros") return F[operator]!(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)
        const padded = F["pad"]!(x, around(self), { mode: self.padding_mode })
        return F[operator]!(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)
      },
      text,
    },
  )
}

function transposed(name: string, operator: string, rank: number): ModuleClass {
  return moduleClass<Convolution>(
    `${name}(in_channels: number, out_channels: number, kernel_size: unknown, stride: unknown = 1, padding: unknown = 0, output_padding: unknown = 0, groups: number = 1, bias: boolean = true, dilation: unknown = 1, padding_mode: string = "zeros", device: Device = null, dtype: dtype = null)`,
    {
      make(self, args) {
        if (self.padding_mode !== "zeros") throw faults.value(`${name}: only "zeros" padding mode is supported, found "${self.padding_mode}".`, "Leave padding_mode out.")
        prepare(self, args, name, rank, true)
      },
      reset: (self) => usualInit(self.weight, self.bias),
      forward: (self, x, outputSize) => F[operator]!(x, self.weight, self.bias, self.stride, self.padding, outputSize ? extra(self, x, outputSize, rank) : self.output_padding, self.groups, self.dilation),
      text,
    },
  )
}

/** The output padding that gives an asked output size. Throws ValueError where none does. */
function extra(self: Convolution, x: Tensor, asked: unknown, rank: number): number[] {
  const named: unknown = typeof asked === "object" && asked !== null && "output_size" in asked ? asked.output_size : asked
  const sizes = each("output_size", Array.isArray(named) ? (named as unknown[]).slice(-rank) : named, rank)
  const padding = self.padding as readonly number[] // A transposed convolution takes numbers only.
  return sizes.map((size, d) => {
    const least = (x.sizes[x.ndim - rank + d]! - 1) * self.stride[d]! - 2 * padding[d]! + self.dilation[d]! * (self.kernel_size[d]! - 1) + 1
    const most = least + self.stride[d]! - 1
    if (size < least || size > most) throw faults.value(`output_size: expected from ${least} to ${most} at dimension ${d}, found ${size}.`, "Choose a size in this range.")
    return size - least
  })
}

interface Windows {
  readonly output_size: unknown
  readonly kernel_size: unknown
  readonly dilation: unknown
  readonly padding: unknown
  readonly stride: unknown
}

const listed = (self: Readonly<Record<string, unknown>>, ...names: readonly string[]): string => names.map((name) => `${name}=${python(self[name])}`).join(", ")

export const convolutions: Readonly<Record<string, ModuleClass>> = {
  Conv1d: convolution("Conv1d", 1),
  Conv2d: convolution("Conv2d", 2),
  Conv3d: convolution("Conv3d", 3),
  ConvTranspose1d: transposed("ConvTranspose1d", "conv_transpose1d", 1),
  ConvTranspose2d: transposed("ConvTranspose2d", "conv_transpose2d", 2),
  ConvTranspose3d: transposed("ConvTranspose3d", "conv_transpose3d", 3),
  Unfold: moduleClass<Windows>("Unfold(kernel_size: unknown, dilation: unknown = 1, padding: unknown = 0, stride: unknown = 1)", {
    forward: (self, x) => F["functional_unfold"]!(x, self.kernel_size, self.dilation, self.padding, self.stride),
    text: (self) => listed(self, "kernel_size", "dilation", "padding", "stride"),
  }),
  Fold: moduleClass<Windows>("Fold(output_size: unknown, kernel_size: unknown, dilation: unknown = 1, padding: unknown = 0, stride: unknown = 1)", {
    forward: (self, x) => F["fold"]!(x, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride),
    text: (self) => listed(self, "output_size", "kernel_size", "dilation", "padding", "stride"),
  }),
}
