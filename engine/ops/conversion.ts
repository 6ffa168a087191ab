// The same values in another element type.
import type { DType } from "../backends/dtype.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Entry } from "./entry.ts"
import type { Family } from "./family.ts"

function toType(name: string, dtype: DType["name"]): Entry {
  return composite<{ self: Tensor }>(`${name}(self: Tensor)`, {
    doc: `The same values as ${dtype}.`,
    samples: [[[1.5, 2.5]]],
    compose: (t, { self }, kit) => (self.dtype.name === dtype ? self : t._to_copy(self, kit.dtype[dtype])),
    in: ["Tensor"],
  })
}

export const conversion: Family<
  "_to_copy" | "to" | "type_as" | "float" | "double" | "half" | "bfloat16" | "long" | "int" | "short" | "char" | "byte" | "bool" | "real" | "conj" | "resolve_conj" | "resolve_neg" | "cpu"
> = {
  _to_copy: structural<{ self: Tensor; dtype: DType; device: unknown; home: unknown }>("_to_copy(self: Tensor, dtype: dtype, device: Device = null, home: Device = null)", {
    doc: "A copy in another element type, on another device.",
    forward: (kit, { self, dtype, device }) => (device === null ? kit.copied(self, dtype) : kit.moved(self, dtype)),
    backward: ([g], { self, home }) => ({ self: home === null ? g!.to(self.dtype) : g!.to(home, self.dtype) }),
    gradName: "ToCopyBackward0",
    in: [],
  }),
  to: composite<{ self: Tensor; target: unknown; dtype: DType | null; copy: boolean; device: unknown }>(
    "to(self: Tensor, target: Target = null, dtype: dtype = null, non_blocking: boolean = false, copy: boolean = false, *, device: Device = null)",
    {
      doc: "The same values in another type or on another device; the tensor itself where nothing changes.",
      samples: [[[1.5, -2.5]], [[1.5, -2.5], { copy: true }]],
      compose: (t, { self, target, dtype, copy, device }, kit) => {
        const wanted = dtype ?? dtypeOf(target) ?? self.dtype
        const place = kit.device(device ?? deviceOf(target)) ?? self.device
        if (place !== self.device) return t._to_copy(self, wanted, place, self.device)
        return wanted === self.dtype && !copy ? self : t._to_copy(self, wanted)
      },
      in: ["Tensor"],
    },
  ),
  type_as: composite<{ self: Tensor; other: Tensor }>("type_as(self: Tensor, other: Tensor)", { doc: "Converted to another tensor's type.", samples: [[[1.5, -2], [0.5]]], compose: (_, { self, other }) => self.to(other.dtype), in: ["Tensor"] }),
  float: toType("float", "float32"),
  double: toType("double", "float64"),
  half: toType("half", "float16"),
  bfloat16: toType("bfloat16", "bfloat16"),
  long: toType("long", "int64"),
  int: toType("int", "int32"),
  short: toType("short", "int16"),
  char: toType("char", "int8"),
  byte: toType("byte", "uint8"),
  bool: toType("bool", "bool"),
  real: itself("real", "The real part: the tensor itself, all numbers here being real."),
  conj: itself("conj", "The complex conjugate: the tensor itself, all numbers here being real."),
  resolve_conj: itself("resolve_conj", "The tensor itself."),
  resolve_neg: itself("resolve_neg", "The tensor itself."),
  cpu: composite<{ self: Tensor }>("cpu(self: Tensor)", { doc: "The tensor on the CPU.", samples: [[[1.5, -2.5]]], compose: (_, { self }) => self.to("cpu"), in: ["Tensor"] }),
}

function itself(name: string, doc: string): Entry {
  return composite<{ self: Tensor }>(`${name}(self: Tensor)`, { doc, compose: (_, { self }) => self, samples: [[[1, 2]]] })
}

/** The device that the first argument of `to` means: its name, itself, or that of another tensor. */
function deviceOf(target: unknown): unknown {
  if (typeof target === "string") return target
  if (typeof target !== "object" || target === null || "itemsize" in target && "category" in target) return null
  return "dtype" in target ? (target as Tensor).device : target
}

/** The element type that the first argument of `to` means: a dtype, or that of another tensor. */
function dtypeOf(target: unknown): DType | null {
  if (typeof target !== "object" || target === null) return null
  if ("itemsize" in target && "category" in target) return target as DType
  return "dtype" in target ? (target as Tensor).dtype : null
}
