// From one signature to the overloads that TypeScript needs: positional arguments may stop anywhere,
// the rest follows by name in one options object, as PyTorch's keyword arguments do.
import { parseSignature, type Parameter } from "../ops/signature.ts"

/** A callable as the types declare it. `signature` may be several where PyTorch has several forms. */
export interface Callable {
  readonly signature: string | readonly string[]
  /** A sentence or two for the editor: meaning, shapes, what it throws. */
  readonly doc: string
}

/** How a signature is to be shown: under which name, without `self`, or with it under the name `input`. */
export interface Shape {
  readonly name: string
  readonly self: "drop" | "input"
  /** Replaces the signature's result: `Tensor` for in-place twins, the class for constructors. */
  readonly returns?: string
}

/** Method signatures (`mean(dim: Dims, options?: { … }): Tensor`), one overload for each number of positional arguments. */
export function overloads(callable: Callable, shape: Shape): string[] {
  const texts = typeof callable.signature === "string" ? [callable.signature] : callable.signature
  return texts.flatMap((text) => {
    const signature = parseSignature(text)
    const parameters = signature.parameters.filter(({ name }) => shape.self === "input" || name !== "self")
    return overloadsOf(shape, parameters, shape.returns ?? resultType(signature.returns))
  })
}

function overloadsOf({ name, self }: Shape, parameters: readonly Parameter[], returns: string): string[] {
  const positional = parameters.filter((one) => !one.keywordOnly && !one.variadic)
  const rest = parameters.find((one) => one.variadic)
  const keyword = parameters.filter((one) => one.keywordOnly)
  if (rest) return variadic(name, positional, rest, keyword, returns)
  // Tensors that must be given, and the first argument of a function, are written by position; other things may be named: `new StepLR(opt, { step_size: 1 })`.
  const least = positional.findLastIndex((one, i) => isRequired(one) && ((i === 0 && self === "input") || /\b(?:Tensor|Operand|Mask)\b/.test(one.type))) + 1
  const lines: string[] = []
  for (let count = least; count <= positional.length; count++) {
    const later = [...positional.slice(count), ...keyword]
    const list = [...positional.slice(0, count).map(argument), ...options(later)]
    lines.push(`${name}(${list.join(", ")}): ${returns}`)
  }
  return lines
}

/** `ones(2, 3)`, `ones([2, 3])`, each with options behind. */
function variadic(name: string, positional: readonly Parameter[], rest: Parameter, keyword: readonly Parameter[], returns: string): string[] {
  const before = positional.map(argument)
  const each = restType(rest.type)
  const loose = [...before, `...${rest.name}: ${each}[]`]
  const lines = [`${name}(${loose.join(", ")}): ${returns}`]
  if (keyword.length > 0) {
    // An optional element cannot follow a rest element, and this overload is only for calls that have the options.
    const named = options(keyword)[0]!.replace("options?:", "options:")
    lines.push(`${name}(${[...before, `...${rest.name}: [...${rest.name}: ${each}[], ${named}]`].join(", ")}): ${returns}`)
  }
  const asArray = [...before, `${rest.name}: ${arrayType(each)}`, ...options(keyword)]
  lines.push(`${name}(${asArray.join(", ")}): ${returns}`)
  return lines
}

const isRequired = (parameter: Parameter): boolean => parameter.fallback === undefined

const argument = (parameter: Parameter): string => `${safeName(parameter.name)}: ${argumentType(parameter)}`

/** The options object of a call; it is required where one of its names is. */
function options(parameters: readonly Parameter[]): string[] {
  if (parameters.length === 0) return []
  const fields = parameters.map((one) => `${one.name}${isRequired(one) ? "" : "?"}: ${argumentType(one)}`)
  return [`options${parameters.some(isRequired) ? "" : "?"}: { ${fields.join("; ")} }`]
}

function argumentType(parameter: Parameter): string {
  const type = inputType(parameter.type)
  const mayBeNull = parameter.fallback?.value === null && !/\bnull\b|^Dims$/.test(type)
  return mayBeNull ? `${type} | null` : type
}

/** How a learner reads the names by which the table tells the binder of arguments what it accepts. */
const readable: Readonly<Record<string, string>> = {
  // A comparison is a tensor that TypeScript calls a boolean, a bigint a whole number.
  Tensor: "AnyTensor", Mask: "AnyTensor", number: "Int", Size1: "Int",
  Axes: "Dims", Filler: "Operand", Value: "Operand", Sections: "Int | readonly Int[] | AnyTensor", Device: "device | string", Layout: "memory_format", Function: "Differentiable",
}

function inputType(type: string): string {
  return type
    .replace(/[A-Za-z]\w*/g, (word) => readable[word] ?? word)
    .replace(/(?<!readonly )\b(AnyTensor|Int|Operand|Scalar|Index|boolean|string)\[\]/g, "readonly $1[]")
}

const restType = (type: string): string => (type === "Shape" ? "Int" : inputType(type).replace(/^readonly (.*)\[\]$/, "$1"))
const arrayType = (each: string): string => (each === "Int" ? "readonly Int[]" : `readonly (${each})[]`)
const resultType = (type: string): string => type

/** Parameters of PyTorch that are reserved words in TypeScript keep their name in options and get a line under it here. */
const reserved = new Set(["in", "var", "default", "function", "class", "new", "this", "with"])
const safeName = (name: string): string => (reserved.has(name) ? `${name}_` : name === "self" ? "input" : name)
