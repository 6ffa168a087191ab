// PyTorch's printing, to the character: torch/_tensor_str.py describes the rules that are followed here.
import { placing } from "../backends/devices.ts"
import { elementsAt, type Tensor } from "./tensor.ts"
import { elementCount, Size } from "./size.ts"
import { defaults } from "./promotion.ts"
import { tupleMark } from "./tuple.ts"

export interface PrintOptions {
  precision: number
  threshold: number
  edgeitems: number
  linewidth: number
  sci_mode: boolean | null
}

const initial: Readonly<PrintOptions> = { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80, sci_mode: null }
export const printOptions: PrintOptions = { ...initial }

export function resetPrintOptions(): void {
  Object.assign(printOptions, initial)
}

const profiles: Readonly<Record<string, Partial<PrintOptions>>> = {
  default: { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80 },
  short: { precision: 2, threshold: 1000, edgeitems: 2, linewidth: 80 },
  full: { precision: 4, threshold: Infinity, edgeitems: 3, linewidth: 80 },
}

/** `torch.set_printoptions`: a profile, then single options. Every call sets sci_mode anew, as PyTorch's does. */
export function setPrintOptions(given: Partial<PrintOptions> & { readonly profile?: string }): void {
  const { profile, ...options } = given
  if (profile !== undefined) Object.assign(printOptions, profiles[profile])
  printOptions.sci_mode = null
  for (const [name, value] of Object.entries(options)) if (value !== undefined) Object.assign(printOptions, { [name]: typeof value === "bigint" ? Number(value) : value })
}

/** PyTorch's repr of a tensor; `madeBy` is the name of the node that made it, null for none, its own where left out. */
export function repr(tensor: Tensor, madeBy: string | null = tensor.grad_fn?.name() ?? null): string {
  const prefix = "tensor("
  return withSuffixes(prefix + (elementCount(tensor.sizes) === 0 ? "[]" : bodyText(tensor, prefix.length)), suffixes(tensor, madeBy), prefix.length)
}

function suffixes(tensor: Tensor, madeBy: string | null): string[] {
  const found: string[] = []
  if (tensor.device.type !== placing.shown) found.push(`device='${tensor.device}'`)
  if (elementCount(tensor.sizes) === 0) {
    if (tensor.ndim !== 1) found.push(`size=(${tensor.sizes.join(", ")})`)
    if (tensor.dtype !== defaults.dtype) found.push(`dtype=${tensor.dtype}`)
  } else if (tensor.dtype !== defaults.dtype && tensor.dtype.name !== "int64" && tensor.dtype.name !== "bool") {
    found.push(`dtype=${tensor.dtype}`)
  }
  if (madeBy !== null) found.push(`grad_fn=<${madeBy}>`)
  else if (tensor.requires_grad) found.push("requires_grad=True")
  return found
}

function withSuffixes(text: string, added: readonly string[], indent: number): string {
  let lastLine = text.length - text.lastIndexOf("\n") + 1
  let whole = text
  for (const suffix of added) {
    if (lastLine + suffix.length + 2 > printOptions.linewidth) {
      whole += `,\n${" ".repeat(indent)}${suffix}`
      lastLine = indent + suffix.length
    } else {
      whole += `, ${suffix}`
      lastLine += suffix.length + 2
    }
  }
  return whole + ")"
}

/** The numbers, without `tensor(` and suffixes; `indent` columns already stand to the left. */
function bodyText(tensor: Tensor, indent: number): string {
  const summarize = elementCount(tensor.sizes) > printOptions.threshold
  const flats: number[] = []
  collect(tensor.sizes, 0, 0, summarize, (flat) => flats.push(flat))
  return level(tensor, 0, 0, indent, summarize, formatted(elementsAt(tensor, flats), tensor.dtype.category, tensor.dtype.name))
}

/** Visits the flat positions that are shown: all, or the edges of each dimension. */
function collect(sizes: readonly number[], d: number, base: number, summarize: boolean, visit: (flat: number) => void): void {
  if (d === sizes.length) return visit(base)
  const size = sizes[d]!
  const step = elementCount(sizes.slice(d + 1))
  const edge = printOptions.edgeitems
  for (let i = 0; i < size; i++) {
    if (summarize && size > 2 * edge && i === edge) i = size - edge
    collect(sizes, d + 1, base + i * step, summarize, visit)
  }
}

/** The texts of all numbers that are shown, in the order in which they are, each padded to the widest. */
interface Format {
  readonly width: number
  /** The text of the next number. */
  next(): string
}

function level(tensor: Tensor, d: number, base: number, indent: number, summarize: boolean, format: Format): string {
  const { sizes } = tensor
  if (sizes.length === 0) return format.next()
  const size = sizes[d]!
  const step = elementCount(sizes.slice(d + 1))
  const edge = printOptions.edgeitems
  const cut = summarize && size > 2 * edge
  const last = d === sizes.length - 1
  const parts: string[] = []
  for (let i = 0; i < size; i++) {
    if (cut && i === edge) {
      parts.push(last ? " ..." : "...")
      i = size - edge
      if (i >= size) break
    }
    parts.push(last ? format.next() : level(tensor, d + 1, base + i * step, indent + 1, summarize, format))
  }
  if (!last) return `[${parts.join("," + "\n".repeat(sizes.length - d - 1) + " ".repeat(indent + 1))}]`
  const perLine = Math.max(1, Math.floor((printOptions.linewidth - indent) / (format.width + 2)))
  const lines: string[] = []
  for (let i = 0; i < parts.length; i += perLine) lines.push(parts.slice(i, i + perLine).join(", "))
  return `[${lines.join(`,\n${" ".repeat(indent + 1)}`)}]`
}

function formatted(values: readonly number[], category: string, dtypeName: string): Format {
  if (category !== "float") {
    const texts = values.map(dtypeName === "bool" ? (value) => (value ? "True" : "False") : integerText)
    return inTurn(texts, texts.reduce((width, text) => Math.max(width, text.length), 1))
  }
  const { precision } = printOptions
  const counts = (value: number): boolean => Number.isFinite(value) && value !== 0
  let any = false
  let whole = true
  let least = Infinity
  let greatest = 0
  for (const value of values) {
    if (!counts(value)) continue
    any = true
    const a = Math.abs(value)
    if (a < least) least = a
    if (a > greatest) greatest = a
    if (!Number.isInteger(value)) whole = false
  }
  const isWide = any && (greatest / least > 1000 || greatest > 1e8 || (!whole && least < 1e-4))
  const write = (value: number, scientific: boolean): string => (scientific ? exponential(value, precision) : whole ? fixed(value, 0) + "." : fixed(value, precision))
  const scientific = printOptions.sci_mode ?? isWide
  const texts = values.map((value) => (Number.isFinite(value) ? write(value, scientific) : value !== value ? "nan" : value > 0 ? "inf" : "-inf"))
  // The width is that of the form which the numbers themselves ask for, whatever sci_mode says; zeros do not count.
  let width = 1
  values.forEach((value, i) => {
    if (counts(value)) width = Math.max(width, (scientific === isWide ? texts[i]! : write(value, isWide)).length)
  })
  return inTurn(texts, width)
}

function inTurn(texts: readonly string[], width: number): Format {
  let at = 0
  return { width, next: () => texts[at++]!.padStart(width) }
}

function integerText(value: number): string {
  return Math.abs(value) < 1e21 ? String(value === 0 ? 0 : value) : BigInt(value).toString()
}

/** Like C's `%.{digits}f`: exact ties go to the even digit, where JavaScript's toFixed takes the larger. */
export function fixed(value: number, digits: number): string {
  if (Math.abs(value) >= 1e21) return BigInt(value).toString() + (digits ? "." + "0".repeat(digits) : "")
  const text = value.toFixed(digits)
  const sign = Object.is(value, -0) ? "-" : ""
  const tie = value * 2 ** (digits + 1)
  // Only a multiple of 2^-(digits+1) can be an exact tie of a decimal with that many digits.
  if (!Number.isInteger(tie) || Number.isInteger(tie / 2)) return sign + text
  const exact = Math.abs(value).toFixed(Math.min(100, digits + 1))
  if (!exact.endsWith("5") || Number(exact) !== Math.abs(value)) return sign + text
  const cut = exact.slice(0, -1).replace(/\.$/, "")
  const even = Number(cut[cut.length - 1]) % 2 === 0
  return even ? (value < 0 ? "-" : "") + cut : sign + text
}

/** Like C's `%.{digits}e`: at least two digits of exponent, exact ties to even. */
export function exponential(value: number, digits: number): string {
  let text = value.toExponential(digits)
  const [mantissa, power] = value.toExponential(digits + 1).split("e") as [string, string]
  if (mantissa.endsWith("5") && Number(`${mantissa}e${power}`) === value && isTie(value, digits)) {
    const cut = mantissa.slice(0, -1).replace(/\.$/, "")
    if (Number(cut[cut.length - 1]) % 2 === 0) text = `${cut}e${power}`
  }
  const sign = Object.is(value, -0) ? "-" : ""
  return sign + text.replace(/e([+-])(\d)$/, "e$10$2")
}

/** True where the exact decimal expansion ends in a single 5 just past `digits` places. */
function isTie(value: number, digits: number): boolean {
  const exact = value.toExponential(60).split("e")[0]!.replace(/^-?(\d)\.?/, "$1")
  return exact[digits + 1] === "5" && /^0*$/.test(exact.slice(digits + 2))
}

/** What `print(...values)` writes, without the line break. */
export function printText(values: readonly unknown[]): string {
  return values.map((value) => (typeof value === "string" ? value : shownText(value))).join(" ")
}

/** One value as print shows it: JavaScript's numbers, Python's lists, PyTorch's tensors. */
export function shownText(value: unknown): string {
  if (value === null || value === undefined) return "null"
  if (typeof value === "string") return `'${value}'`
  if (Array.isArray(value)) return value instanceof Size ? value.toString() : arrayText(value)
  if (typeof value === "bigint") return value.toString()
  const tag = Object.prototype.toString.call(value)
  if (tag === "[object Map]") return `{${[...(value as Map<unknown, unknown>)].map(([key, item]) => `${innerText(key)}: ${innerText(item)}`).join(", ")}}`
  // A plain object, of whichever realm, prints as Python's dict does.
  if (tag === "[object Object]" && isPlain(value as object)) return `{${Object.entries(value as object).map(([key, item]) => `'${key}': ${innerText(item)}`).join(", ")}}`
  return String(value)
}

/** A value inside a list or a dict, which print Python's way throughout. */
function innerText(value: unknown): string {
  if (value === null || value === undefined) return "None"
  return value === true ? "True" : value === false ? "False" : shownText(value)
}

function arrayText(items: readonly unknown[]): string {
  const marked = tupleMark(items)
  const parts = items.map(innerText)
  if (!marked) return `[${parts.join(", ")}]`
  if (!marked.title || !marked.names) return parts.length === 1 ? `(${parts[0]},)` : `(${parts.join(", ")})`
  return `torch.return_types.${marked.title}(\n${parts.map((part, i) => `${marked.names![i]}=${part}`).join(",\n")})`
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return !Object.hasOwn(value, "toString") && (prototype === null || Object.getPrototypeOf(prototype) === null)
}
