// What operators mean in a snippet: JavaScript's own meaning between ordinary values, PyTorch's as soon as a tensor is
// on either side. Apart from the rest of the runtime because these run the most often, and pairs of numbers must be quick.
import { binary, inPlace, unary } from "../autograd/operators.ts"
import { position } from "../tensor/position.ts"
import { Tensor } from "../tensor/tensor.ts"

type BinaryName = "+" | "-" | "*" | "/" | "%" | "**" | "<" | "<=" | ">" | ">=" | "==" | "!=" | "&" | "|" | "^" | "<<" | ">>"
type InPlaceName = "+=" | "-=" | "*=" | "/=" | "%=" | "**=" | "&=" | "|=" | "^="

/** Told each tensor that an operator makes, and each that is about to change in place. */
export interface Watcher {
  operation(site: number, value: Tensor, inputs: readonly unknown[]): void
  changing(tensor: Tensor): void
}

/** JavaScript's operators on whatever comes: strings, bigints, objects with valueOf. The casts claim nothing. */
const plain: { readonly [K in BinaryName]: (a: never, b: never) => unknown } = {
  "+": (a: number, b: number) => a + b,
  "-": (a: number, b: number) => a - b,
  "*": (a: number, b: number) => a * b,
  "/": (a: number, b: number) => a / b,
  "%": (a: number, b: number) => a % b,
  "**": (a: number, b: number) => a ** b,
  "<": (a: number, b: number) => a < b,
  "<=": (a: number, b: number) => a <= b,
  ">": (a: number, b: number) => a > b,
  ">=": (a: number, b: number) => a >= b,
  "==": (a: unknown, b: unknown) => a == b,
  "!=": (a: unknown, b: unknown) => a != b,
  "&": (a: number, b: number) => a & b,
  "|": (a: number, b: number) => a | b,
  "^": (a: number, b: number) => a ^ b,
  "<<": (a: number, b: number) => a << b,
  ">>": (a: number, b: number) => a >> b,
}

const compared: ReadonlySet<BinaryName> = new Set<BinaryName>(["==", "!="])

/** The operators of the runtime object. */
export function arithmetic(watcher: Watcher | null) {
  function tensors(site: number, name: BinaryName, a: unknown, b: unknown): unknown {
    if (!(a instanceof Tensor) && !(b instanceof Tensor)) return plain[name](a as never, b as never)
    // `"loss " + loss` is a text, and `x == null` asks whether there is a tensor at all.
    if (name === "+" && (typeof a === "string" || typeof b === "string")) return String(a) + String(b)
    if (compared.has(name) && !(isOperand(a) && isOperand(b))) return (a === b) === (name === "==")
    position.site = site
    const value: unknown = binary[name]!(a as never, b as never)
    if (watcher !== null && value instanceof Tensor) watcher.operation(site, value, [a, b])
    return value
  }

  function changed(site: number, name: InPlaceName, ordinary: BinaryName, x: unknown, value: unknown): unknown {
    if (!(x instanceof Tensor)) return tensors(site, ordinary, x, value)
    position.site = site
    watcher?.changing(x)
    const made: unknown = inPlace[name]!(x, value as never)
    if (watcher !== null && made instanceof Tensor) watcher.operation(site, made, [value])
    return made
  }

  /** `<<=` and `>>=`, which PyTorch has as operators only. */
  function shifted(site: number, name: "<<" | ">>", x: unknown, value: unknown): unknown {
    return tensors(site, name, x, value)
  }

  function signed(site: number, name: "-" | "~", x: Tensor): unknown {
    position.site = site
    const value: unknown = unary[name]!(x)
    if (watcher !== null && value instanceof Tensor) watcher.operation(site, value, [])
    return value
  }

  return {
    add: (site: number, a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a + b : tensors(site, "+", a, b)),
    sub: (site: number, a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a - b : tensors(site, "-", a, b)),
    mul: (site: number, a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a * b : tensors(site, "*", a, b)),
    div: (site: number, a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a / b : tensors(site, "/", a, b)),
    mod: (site: number, a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a % b : tensors(site, "%", a, b)),
    pow: (site: number, a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a ** b : tensors(site, "**", a, b)),
    lt: (site: number, a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a < b : tensors(site, "<", a, b)),
    le: (site: number, a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a <= b : tensors(site, "<=", a, b)),
    gt: (site: number, a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a > b : tensors(site, ">", a, b)),
    ge: (site: number, a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a >= b : tensors(site, ">=", a, b)),
    eq: (site: number, a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a === b : tensors(site, "==", a, b)),
    ne: (site: number, a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a !== b : tensors(site, "!=", a, b)),
    and: (site: number, a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a & b : tensors(site, "&", a, b)),
    or: (site: number, a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a | b : tensors(site, "|", a, b)),
    xor: (site: number, a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a ^ b : tensors(site, "^", a, b)),
    shl: (site: number, a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a << b : tensors(site, "<<", a, b)),
    shr: (site: number, a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a >> b : tensors(site, ">>", a, b)),

    iadd: (site: number, x: unknown, value: unknown) => (typeof x === "number" && typeof value === "number" ? x + value : changed(site, "+=", "+", x, value)),
    isub: (site: number, x: unknown, value: unknown) => (typeof x === "number" && typeof value === "number" ? x - value : changed(site, "-=", "-", x, value)),
    imul: (site: number, x: unknown, value: unknown) => changed(site, "*=", "*", x, value),
    idiv: (site: number, x: unknown, value: unknown) => changed(site, "/=", "/", x, value),
    imod: (site: number, x: unknown, value: unknown) => changed(site, "%=", "%", x, value),
    ipow: (site: number, x: unknown, value: unknown) => changed(site, "**=", "**", x, value),
    iand: (site: number, x: unknown, value: unknown) => changed(site, "&=", "&", x, value),
    ior: (site: number, x: unknown, value: unknown) => changed(site, "|=", "|", x, value),
    ixor: (site: number, x: unknown, value: unknown) => changed(site, "^=", "^", x, value),
    ishl: (site: number, x: unknown, value: unknown) => shifted(site, "<<", x, value),
    ishr: (site: number, x: unknown, value: unknown) => shifted(site, ">>", x, value),

    neg: (site: number, x: unknown) => (x instanceof Tensor ? signed(site, "-", x) : -(x as number)),
    not: (site: number, x: unknown) => (x instanceof Tensor ? signed(site, "~", x) : ~(x as number)),
    pos: (_site: number, x: unknown) => (x instanceof Tensor ? x : +(x as number)),

    /** `x + 1` of `x++`, `x - 1` of `x--`; in place on a tensor. */
    step: (site: number, x: unknown, by: number): unknown => {
      if (typeof x === "number") return x + by
      if (typeof x === "bigint") return x + BigInt(by)
      return x instanceof Tensor ? changed(site, "+=", "+", x, by) : Number(x) + by
    },
  }
}

/** True for what PyTorch compares element by element. */
function isOperand(value: unknown): boolean {
  return value instanceof Tensor || typeof value === "number" || typeof value === "bigint" || typeof value === "boolean"
}
