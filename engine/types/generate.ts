// Writes torch.d.ts: the hand-written part, and after it every operator of the table and every declared function and class.
// Pure text in, text out, so that the build and the tests run the same thing.
import { overloads, type Callable } from "./overloads.ts"

/** What the generator needs of an operator's entry. */
export interface TypedOperator extends Callable {
  readonly name: string
  /** Where it is found: `Tensor`, `torch`, `functional`, `linalg`, `special`, … */
  readonly namespaces: readonly string[]
  /** Whether a twin with a trailing underscore changes the tensor itself. */
  readonly inPlace?: boolean
  /** Type parameters of the call. */
  readonly generic?: string
}

/** A class made with `new`: its construction, and what stands on the object. */
export interface TypedClass extends Callable {
  readonly name: string
  /** `nn`, `optim`, `optim.lr_scheduler`. */
  readonly namespace: string
  /** The interface it refines, such as `nn.Module`. */
  readonly parent?: string
  /** Lines of TypeScript, each with its documentation. */
  readonly members?: readonly Member[]
  /** What a call of the object takes and gives, where it differs from the parent's; one form on each line. */
  readonly call?: string
  /** What stands on the class itself. */
  readonly statics?: readonly Member[]
}

export interface Member {
  readonly text: string
  readonly doc: string
}

/** A namespace that holds plain values, such as dtypes. */
export interface TypedValue {
  readonly name: string
  readonly namespace: string
  readonly type: string
  readonly doc: string
}

export interface Declarations {
  readonly operators: readonly TypedOperator[]
  readonly classes: readonly TypedClass[]
  readonly values: readonly TypedValue[]
}

/** The interfaces that are not called as their namespace is. */
const interfaceOf: Readonly<Record<string, string>> = { functional: "nn.functional", Tensor: "TensorMembers" }

/** The whole text of dist/types/torch.d.ts. `handWritten` are the texts of the files written by hand, in order. */
export function generateTypes(handWritten: readonly string[], { operators, classes, values }: Declarations): string {
  const places = new Map<string, string[]>()
  const put = (place: string, doc: string, lines: readonly string[]): void => {
    const key = interfaceOf[place] ?? place
    const before = places.get(key) ?? []
    places.set(key, [...before, ...documented(doc, lines.filter((line) => !before.includes(line)))])
  }
  for (const { name, doc, signature, namespaces, inPlace, generic = "" } of operators.map((one) => choosingByKind(one, operators))) {
    for (const place of namespaces) {
      const lines = overloads({ signature, doc }, { name: name + generic, self: place === "Tensor" ? "drop" : "input" })
      if (place !== "torch") put(place, doc, lines)
      else if (reserved.has(name)) put("class torch", doc, lines.map((line) => `static ${line}`))
      else put("torch", doc, lines.map((line) => `function ${line}`))
      if (inPlace && place === "Tensor") {
        const twin = overloads({ signature, doc }, { name: `${name}_`, self: "drop", returns: "Tensor" })
        put(place, `${doc} In place: changes the tensor itself and gives it back.`, twin)
      }
    }
  }
  for (const { name, namespace, type, doc } of values) put(namespace, doc, [namespace === "torch" ? `const ${name}: ${type}` : `readonly ${name}: ${type}`])
  for (const one of classes) put(one.namespace, one.doc, [constructorOf(one)])
  const blocks = [...places].map(([place, lines]) => block(place, lines))
  return [header, ...handWritten.map(withoutFirstComment), ...classes.map(instanceOf), ...blocks].join("\n\n") + "\n"
}

const header = "// Autograd Lab: torch and torchvision for TypeScript. Generated; a change is lost with the next version."

/** What a source file says about itself is for the people who write it. */
const withoutFirstComment = (text: string): string => text.replace(/^(?:\/\/(?!\/).*\n)+/, "").trim()

/**
 * `x.max(0)` gives a pair and `x.max(y)` a tensor, but a tensor is a number to TypeScript: the first form decides by
 * whether the argument is a literal.
 */
function choosingByKind(operator: TypedOperator, all: readonly TypedOperator[]): TypedOperator {
  const text = String(operator.signature)
  const pair = /^(\w+)\(self: Tensor, dim: number\b(.*) -> ValuesIndices$/.exec(text)
  if (!pair || !all.some(({ name, signature }) => name === operator.name && /\(self: Tensor, other: Tensor\)/.test(String(signature)))) return operator
  return { ...operator, signature: `${pair[1]}(self: Tensor, dim: D${pair[2]} -> MaxOrPair<D>`, generic: "<D extends Int>" }
}

/** A documentation comment before each overload: the editor shows only the chosen overload's own. */
function documented(doc: string, lines: readonly string[]): string[] {
  const comment = `/** ${doc.replace(/\*\//g, "* /").replace(/\s+/g, " ").trim()} */`
  return lines.flatMap((line) => [comment, line])
}

function constructorOf(one: TypedClass): string {
  const returns = `torch.${one.namespace}.${one.name}`
  // Everything by name comes last: it is the rarer form, and the editor shows the first.
  const made = [...new Set([...overloads(one, { name: "new ", self: "input", returns }), ...overloads(one, { name: "new ", self: "drop", returns })])]
  const statics = (one.statics ?? []).flatMap(({ text, doc }) => documented(doc, [text]))
  return [`readonly ${one.name}: {`, ...[...documented(one.doc, made), ...statics].map((line) => `  ${line}`), "}"].join("\n")
}

function instanceOf(one: TypedClass): string {
  const members = (one.members ?? []).flatMap(({ text, doc }) => documented(doc, [text]))
  const lines = [...(one.call?.split("\n") ?? []), ...members].map((line) => `  ${line}`)
  const head = `interface ${one.name}${one.parent ? ` extends ${one.parent}` : ""} {`
  const body = lines.length > 0 ? documented(one.doc, [head]).concat(lines, "}") : documented(one.doc, [`${head}}`])
  return [`declare namespace torch.${one.namespace} {`, ...body.map((line) => `  ${line}`), "}"].join("\n")
}

/** `torch` is a namespace, so that its parts can be imported by name and used as types; what hangs on it are interfaces. */
function block(place: string, lines: readonly string[]): string {
  const text = lines.join("\n")
  if (place === "torch") return `declare namespace torch {\n${indent(text, 2)}\n}`
  // A function of a namespace cannot bear a reserved word, a static method of a class that merges with it can.
  // The class stands outside of the namespace, so its types are named in full.
  if (place === "class torch") return `declare class torch {\n  private constructor()\n${indent(text.replace(/(?<=[:|] |readonly )(?=[A-Z]|dtype|device)/g, "torch."), 2)}\n}`
  const parts = place.split(".")
  const name = parts.pop()!
  return `declare namespace ${["torch", ...parts].join(".")} {\n  interface ${name} {\n${indent(text, 4)}\n  }\n}`
}

const reserved = new Set(["var", "in", "default", "delete", "void", "with"])
const indent = (text: string, width: number): string => text.replace(/^/gm, " ".repeat(width))
