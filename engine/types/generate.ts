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
  /** What a call of the object takes and gives, where it differs from the parent's. */
  readonly call?: string
  /** Whether it may be called without `new` too. */
  readonly callable?: boolean
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
  const put = (place: string, lines: readonly string[]): void => {
    const key = interfaceOf[place] ?? place
    places.set(key, [...(places.get(key) ?? []), ...lines])
  }
  for (const operator of operators) {
    for (const place of operator.namespaces) {
      put(place, documented(operator.doc, overloads(operator, { name: operator.name, self: place === "Tensor" ? "drop" : "input" })))
      if (operator.inPlace && place === "Tensor") {
        const doc = `${operator.doc} In place: changes the tensor itself and gives it back.`
        put(place, documented(doc, overloads(operator, { name: `${operator.name}_`, self: "drop", returns: "Tensor" })))
      }
    }
  }
  for (const value of values) put(value.namespace, documented(value.doc, [`readonly ${value.name}: ${value.type}`]))
  const types: string[] = []
  for (const one of classes) {
    put(one.namespace, constructorOf(one))
    types.push(...instanceOf(one))
  }
  const blocks = [...places].map(([place, lines]) => interfaceBlock(place, lines))
  return [...handWritten.map((text) => text.trim()), ...types, ...blocks].join("\n\n") + "\n"
}

/** A documentation comment before each overload: the editor shows only the chosen overload's own. */
function documented(doc: string, lines: readonly string[]): string[] {
  const comment = `/** ${doc.replace(/\*\//g, "* /").replace(/\s+/g, " ").trim()} */`
  return lines.flatMap((line) => [comment, line])
}

function constructorOf(one: TypedClass): string[] {
  const returns = `torch.${one.namespace}.${one.name}`
  const made = documented(one.doc, overloads(one, { name: "new ", self: "input", returns }))
  const called = one.callable ? documented(one.doc, overloads(one, { name: "", self: "input", returns })) : []
  return [...documented(one.doc, [`readonly ${one.name}: {`]), ...[...made, ...called].map((line) => `  ${line}`), "}"]
}

function instanceOf(one: TypedClass): string[] {
  const members = (one.members ?? []).flatMap(({ text, doc }) => documented(doc, [text]))
  const lines = [...(one.call ? [one.call] : []), ...members].map((line) => `  ${line}`)
  const head = `interface ${one.name}${one.parent ? ` extends ${one.parent}` : ""} {`
  const body = lines.length > 0 ? documented(one.doc, [head]).concat(lines, "}") : documented(one.doc, [`${head}}`])
  return [[`declare namespace torch.${one.namespace} {`, ...body.map((line) => `  ${line}`), "}"].join("\n")]
}

function interfaceBlock(place: string, lines: readonly string[]): string {
  const parts = (place === "torch" ? "Torch" : place).split(".")
  const name = parts.pop()!
  return `declare namespace ${["torch", ...parts].join(".")} {\n  interface ${name} {\n${indent(lines.join("\n"))}\n  }\n}`
}

const indent = (text: string): string => text.replace(/^/gm, "    ")
