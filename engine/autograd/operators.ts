// What TypeScript's operators mean on tensors; the compiled snippet calls these where a side is a tensor.
import { faults } from "../tensor/faults.ts"
import { found } from "../tensor/bind.ts"
import { numbersOf } from "../tensor/make.ts"
import { elementCount } from "../tensor/size.ts"
import { Tensor } from "../tensor/tensor.ts"
import { functions } from "./functions.ts"

export type Operand = Tensor | number | bigint | boolean

type Binary = (a: Operand, b: Operand) => Tensor

const isTensor = (value: unknown): value is Tensor => value instanceof Tensor

/** With a number on the left the tensor's own operation is taken, as Python's reflected operators do. */
const commuting = (name: "add" | "mul" | "bitwise_and" | "bitwise_or" | "bitwise_xor" | "eq" | "ne"): Binary => (a, b) => (isTensor(a) ? functions[name](a, b) : functions[name](b, a))

const comparing = (name: "lt" | "le" | "gt" | "ge", reflected: "lt" | "le" | "gt" | "ge"): Binary => (a, b) => (isTensor(a) ? functions[name](a, b) : functions[reflected](b, a))

/** A plain number as a tensor without dimensions, of the type in which it meets `other`. */
const lifted = (value: Operand, other: Operand): Tensor => (isTensor(value) ? value : (other as Tensor).new_full([], value, { dtype: functions.add(functions.zeros([], { dtype: (other as Tensor).dtype }), value).dtype }))

export const binary: Readonly<Record<string, Binary>> = {
  "+": commuting("add"),
  "-": (a, b) => (isTensor(a) ? functions.sub(a, b) : functions.rsub(b, a)),
  "*": commuting("mul"),
  "/": (a, b) => (isTensor(a) ? functions.div(a, b) : functions.mul(functions.reciprocal(b), a)),
  "%": (a, b) => functions.remainder(a, b),
  "**": (a, b) => functions.pow(lifted(a, b), b),
  "<": comparing("lt", "gt"),
  "<=": comparing("le", "ge"),
  ">": comparing("gt", "lt"),
  ">=": comparing("ge", "le"),
  "==": commuting("eq"),
  "!=": commuting("ne"),
  "&": commuting("bitwise_and"),
  "|": commuting("bitwise_or"),
  "^": commuting("bitwise_xor"),
  "<<": (a, b) => functions.bitwise_left_shift(a, b),
  ">>": (a, b) => functions.bitwise_right_shift(a, b),
}

export const inPlace: Readonly<Record<string, (x: Tensor, value: Operand) => Tensor>> = {
  "+=": (x, value) => x.add_(value),
  "-=": (x, value) => x.sub_(value),
  "*=": (x, value) => x.mul_(value),
  "/=": (x, value) => x.div_(value),
  "%=": (x, value) => x.remainder_(value),
  "**=": (x, value) => x.pow_(value),
  "&=": (x, value) => x.bitwise_and_(value),
  "|=": (x, value) => x.bitwise_or_(value),
  "^=": (x, value) => x.bitwise_xor_(value),
}

export const unary: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "-": (x) => functions.neg(x),
  "+": (x) => x,
  "~": (x) => {
    if (x.is_floating_point()) throw faults.argument(`~: expected a tensor of booleans or whole numbers, found ${x.dtype.name}.`, "Compare first: ~(x > 0).")
    return functions.bitwise_not(x)
  },
}

/** The truth of a tensor with one element. Throws RuntimeError for any other. */
export function truth(x: Tensor): boolean {
  if (elementCount(x.sizes) !== 1) throw faults.notOneElement("The truth of a tensor", x.sizes)
  return numbersOf(x)[0] !== 0
}

/** A range of indices, as `slice(start, stop, step)` makes it. */
export class Slice {
  constructor(
    readonly start: number | null,
    readonly stop: number | null,
    readonly step: number | null,
  ) {}
  toString(): string {
    const part = (value: number | null) => (value === null ? "None" : String(value))
    return `slice(${part(this.start)}, ${part(this.stop)}, ${part(this.step)})`
  }
}

/** Python's slice: `slice(2)` is `[:2]`, `slice(1, null)` is `[1:]`, `slice()` is `[:]`. */
export function slice(...args: readonly unknown[]): Slice {
  const numbers = args.map((one) => {
    if (one === null || one === undefined) return null
    const value = isTensor(one) ? Number(one.item()) : Number(one as number)
    if (!Number.isInteger(value)) throw faults.argument(`slice(): expected whole numbers or null, found ${found(one)}.`, "Write slice(start, stop, step).")
    return value
  })
  if (numbers.length > 3) throw faults.argument(`slice(): expected at most 3 arguments, found ${numbers.length}.`, "Write slice(start, stop, step).")
  return numbers.length <= 1 ? new Slice(null, numbers[0] ?? null, null) : new Slice(numbers[0]!, numbers[1]!, numbers[2] ?? null)
}

/** `x[indices]`: whole numbers and slices look into the tensor, index tensors and masks copy. */
export function getItem(x: Tensor, indices: readonly unknown[]): Tensor {
  const { view, advanced } = looked(x, indices)
  if (!advanced) return view === x ? functions.alias(x) : view
  return functions.index(view, advanced)
}

/** `x[indices] = value`, in place. */
export function setItem(x: Tensor, indices: readonly unknown[], value: unknown): void {
  const { view, advanced } = looked(x, indices)
  const given = isTensor(value) ? value : plainTensor(x, value)
  if (advanced) {
    view.index_put_(advanced, given)
    return
  }
  const target = view === x ? x : view
  // Leading dimensions of size 1 on the right fall away, as in NumPy.
  let source = given
  while (source.ndim > target.ndim && source.sizes[0] === 1) source = source.squeeze(0)
  target.copy_(source)
}

function plainTensor(x: Tensor, value: unknown): Tensor {
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return x.new_full([], value)
  throw faults.argument(`Expected a number or a tensor to assign to an element, found ${found(value)}.`, "Make a tensor of it with torch.tensor(…).")
}

interface Looked {
  readonly view: Tensor
  /** Index tensors by dimension of `view`; null where none is used. */
  readonly advanced: (Tensor | null)[] | null
}

function looked(x: Tensor, given: readonly unknown[]): Looked {
  const list: (Tensor | null)[] = []
  let view = x
  let d = 0
  for (const index of expandEllipsis(x, given)) {
    if (index === null) {
      view = functions.unsqueeze(view, d++)
      list.push(null)
    } else if (typeof index === "boolean") {
      view = functions.unsqueeze(view, d++)
      list.push(functions.full([1], index))
    } else if (index instanceof Slice) {
      view = sliced(view, d++, index)
      list.push(null)
    } else if (isTensor(index) || Array.isArray(index)) {
      const tensor = isTensor(index) ? index : indexTensor(index)
      if (tensor.ndim === 0 && tensor.dtype.category === "int" && tensor.dtype.name !== "uint8") view = functions.select(view, d, Number(tensor.item()))
      else if (isMask(tensor) && tensor.ndim === 0) {
        view = functions.unsqueeze(view, d++)
        list.push(tensor.reshape([1]))
      } else {
        // A mask covers as many dimensions as it has.
        d += isMask(tensor) ? tensor.ndim : 1
        list.push(tensor)
      }
    } else {
      const whole = Number(index)
      if ((typeof index !== "number" && typeof index !== "bigint") || !Number.isInteger(whole))
        throw faults.index(`Expected whole numbers, slice(…), null, "..." or tensors as indices, found ${found(index)}.`, "Write x[0], x[slice(1, 3)] or x[mask].")
      view = functions.select(view, d, whole)
    }
  }
  return { view, advanced: list.some((one) => one) ? list : null }
}

const isMask = (tensor: Tensor): boolean => tensor.dtype.name === "bool" || tensor.dtype.name === "uint8"

function tooMany(x: Tensor, indices: readonly unknown[]): Error {
  return faults.index(`Too many indices: the tensor has ${x.ndim} dimension${x.ndim === 1 ? "" : "s"}, ${indices.length} were given.`, x.ndim === 0 ? "Use item() for the value of a tensor without dimensions." : "Give at most one index a dimension.")
}

function indexTensor(values: readonly unknown[]): Tensor {
  return tensorOf(wholeNumbers(values))
}

/** Nested lists of indices with their numbers as whole ones. */
function wholeNumbers(values: readonly unknown[]): unknown[] {
  return values.map((one) => (Array.isArray(one) ? wholeNumbers(one as readonly unknown[]) : typeof one === "number" ? BigInt(one) : one))
}

let tensorOf: (data: unknown) => Tensor = () => {
  throw new Error("The maker of tensors is not set.")
}

/** Tells how a list of indices becomes a tensor (torch.tensor). */
export function setTensorMaker(make: (data: unknown) => Tensor): void {
  tensorOf = make
}

function expandEllipsis(x: Tensor, given: readonly unknown[]): unknown[] {
  const at = given.findIndex((one) => one === "...")
  const dims = (list: readonly unknown[]): number =>
    list.reduce<number>((n, one) => n + (one === null || one === "..." || typeof one === "boolean" ? 0 : isTensor(one) && isMask(one) ? one.ndim : 1), 0)
  if (at < 0) {
    if (dims(given) > x.ndim) throw tooMany(x, given)
    return [...given]
  }
  const missing = x.ndim - dims(given)
  if (missing < 0) throw tooMany(x, given)
  return [...given.slice(0, at), ...new Array<Slice>(missing).fill(new Slice(null, null, null)), ...given.slice(at + 1)]
}

function sliced(view: Tensor, d: number, { start, stop, step }: Slice): Tensor {
  const size = view.sizes[d]
  if (size === undefined) throw tooMany(view, [])
  const by = step ?? 1
  if (by <= 0) throw faults.value(`A slice of a tensor needs a step above 0, found ${by}.`, "Use flip() to turn a dimension round.")
  const clip = (value: number): number => Math.min(Math.max(value < 0 ? value + size : value, 0), size)
  const from = clip(start ?? 0)
  const to = Math.max(from, clip(stop ?? size))
  return from === 0 && to === size && by === 1 ? functions.slice(view, d, 0, size, 1) : functions.slice(view, d, from, to, by)
}
