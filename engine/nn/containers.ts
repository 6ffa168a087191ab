// Modules that hold modules or parameters: Sequential, lists and dictionaries.
import { fault, faults } from "../tensor/faults.ts"
import { Tensor } from "../tensor/tensor.ts"
import { positions, type Span } from "./assigning.ts"
import { isModule } from "./calling.ts"
import { childrenOf, Module, parametersOf } from "./module.ts"
import { Parameter } from "./parameter.ts"

type Pairs = Iterable<readonly [string, unknown]>

/** Names and values of a plain object, a Map, a state_dict or pairs. */
function pairsOf(given: unknown): [string, unknown][] {
  if (given === null || given === undefined) return []
  if (typeof given === "object" && "entries" in given && typeof given.entries === "function" && !Array.isArray(given)) return [...(Reflect.apply(given.entries, given, []) as Pairs)].map(([name, value]) => [String(name), value])
  if (Array.isArray(given)) return (given as [string, unknown][]).map(([name, value]) => [String(name), value])
  return given instanceof ParameterDict || given instanceof ModuleDict ? [...given.items()] : Object.entries(given)
}

function checkModule(what: string, value: unknown): Module {
  if (isModule(value)) return value
  throw faults.argument(`${what}: expected a module, found ${value === null ? "null" : value instanceof Tensor ? "a tensor" : typeof value}.`, "Pass modules such as new nn.Linear(2, 3).")
}

/** What a list of parts, numbered from 0, has: modules or parameters. */
abstract class Numbered<Part> extends Module {
  /** The parts in order. */
  abstract parts(): Part[]
  protected abstract part(value: unknown): Part
  /** A container of the same kind with these parts. */
  protected abstract with(parts: readonly Part[]): Numbered<Part>

  get length(): number {
    return this.parts().length
  }
  getItem(index: number | Span): unknown {
    const parts = this.parts()
    if (typeof index !== "number") return this.with(positions(index, parts.length).map((at) => parts[at]!))
    return parts[this.position(index, parts.length)]
  }
  protected position(index: number, length: number): number {
    if (index < -length || index >= length) throw faults.index(`${this._get_name()}: index ${index} is out of range, it holds ${length}.`, length === 0 ? "It is empty." : `Use an index from ${-length} to ${length - 1}.`)
    return index < 0 ? index + length : index
  }
  protected fill(parts: readonly Part[]): void {
    for (let i = this.parts().length; i-- > 0; ) Reflect.deleteProperty(this, String(i))
    parts.forEach((one, i) => {
      this[String(i)] = one
    })
  }
  append(value: unknown): this {
    this[String(this.parts().length)] = this.part(value)
    return this
  }
  extend(values: Iterable<unknown>): this {
    for (const one of values) this.append(one)
    return this
  }
  insert(index: number, value: unknown): this {
    const parts = this.parts()
    parts.splice(index, 0, this.part(value))
    this.fill(parts)
    return this
  }
  pop(index: number = -1): Part {
    const parts = this.parts()
    const [taken] = parts.splice(this.position(index, parts.length), 1)
    this.fill(parts)
    return taken!
  }
  *[Symbol.iterator](): Generator<Part> {
    yield* this.parts()
  }
}

/** Modules one after the other: each gets what the one before gave. Named ones come as one object, Map or list of pairs. */
export class Sequential extends Numbered<Module> {
  constructor(...modules: readonly unknown[]) {
    super()
    const [first] = modules
    if (modules.length === 1 && typeof first === "object" && first !== null && !(first instanceof Tensor)) for (const [name, one] of pairsOf(first)) this.add_module(name, checkModule("Sequential", one))
    else modules.forEach((one, i) => this.add_module(String(i), checkModule("Sequential", one)))
  }
  parts(): Module[] {
    return childrenOf(this).map(([, one]) => one)
  }
  protected part(value: unknown): Module {
    return checkModule("Sequential.append", value)
  }
  protected with(parts: readonly Module[]): Sequential {
    const made = new Sequential()
    const named = childrenOf(this)
    for (const one of parts) made[named.find(([, module]) => module === one)![0]] = one
    return made
  }
  override forward(...inputs: readonly unknown[]): unknown {
    const [first, ...rest] = this.parts() as unknown as ((...args: readonly unknown[]) => unknown)[] // Modules are called.
    return first ? rest.reduce((x, module) => module(x), first(...inputs)) : inputs[0]
  }
}

/** A list of modules whose parameters are found. */
export class ModuleList extends Numbered<Module> {
  constructor(modules: unknown = []) {
    super()
    for (const one of (modules ?? []) as Iterable<unknown>) this.append(one)
  }
  parts(): Module[] {
    return childrenOf(this).map(([, one]) => one)
  }
  protected part(value: unknown): Module {
    return checkModule("ModuleList", value)
  }
  protected with(parts: readonly Module[]): ModuleList {
    return new ModuleList(parts)
  }
}

/** A list of parameters; plain tensors become parameters. */
export class ParameterList extends Numbered<unknown> {
  constructor(values: unknown = []) {
    super()
    for (const one of (values ?? []) as Iterable<unknown>) this.append(one)
  }
  parts(): unknown[] {
    return Object.keys(this).filter((key) => /^\d+$/.test(key)).map((key) => this[key])
  }
  protected part(value: unknown): unknown {
    return asParameter(value)
  }
  protected with(parts: readonly unknown[]): ParameterList {
    return new ParameterList(parts)
  }
  override extra_repr(): string {
    return listedParameters(this.parts().map((one, i) => [String(i), one]))
  }
}

const asParameter = (value: unknown): unknown => (value instanceof Tensor && !(value instanceof Parameter) ? new Parameter(value) : value)

const tensorNames: Readonly<Record<string, string>> = {
  float32: "FloatTensor", float64: "DoubleTensor", float16: "HalfTensor", bfloat16: "BFloat16Tensor", int64: "LongTensor", int32: "IntTensor", bool: "BoolTensor",
}

/** As PyTorch lists parameters: type and size. */
function listedParameters(pairs: readonly (readonly [string, unknown])[], type = (one: Tensor): string => String(one.dtype)): string {
  return pairs
    .map(([name, one]) => {
      if (!(one instanceof Tensor)) return `  (${name}): Object of type: ${typeof one}`
      return `  (${name}): ${one instanceof Parameter ? "Parameter" : "Tensor"} containing: [${type(one)} of size ${one.sizes.join("x")}]`
    })
    .join("\n")
}

/** What dictionaries of parts have. */
abstract class Named<Part> extends Module {
  protected abstract pairs(): [string, Part][]
  protected abstract part(name: string, value: unknown): Part

  get length(): number {
    return this.pairs().length
  }
  *keys(): Generator<string> {
    for (const [name] of this.pairs()) yield name
  }
  *values(): Generator<Part> {
    for (const [, one] of this.pairs()) yield one
  }
  *items(): Generator<[string, Part]> {
    yield* this.pairs()
  }
  *[Symbol.iterator](): Generator<string> {
    yield* this.keys()
  }
  has(name: string): boolean {
    return this.pairs().some(([one]) => one === name)
  }
  /** Python's `in`. */
  __contains__(name: string): boolean {
    return this.has(name)
  }
  get(name: string, otherwise: unknown = null): unknown {
    return this.has(name) ? this[name] : otherwise
  }
  pop(name: string): Part {
    const found = this.pairs().find(([one]) => one === name)
    if (!found) throw fault("KeyError", `${this._get_name()}: there is no "${name}".`, `It holds ${[...this.keys()].join(", ")}.`)
    Reflect.deleteProperty(this, name)
    return found[1]
  }
  clear(): void {
    for (const [name] of this.pairs()) Reflect.deleteProperty(this, name)
  }
  update(given: unknown): void {
    for (const [name, one] of pairsOf(given)) this[name] = this.part(name, one)
  }
}

/** Modules by name. */
export class ModuleDict extends Named<Module> {
  constructor(modules: unknown = null) {
    super()
    this.update(modules)
  }
  protected pairs(): [string, Module][] {
    return childrenOf(this)
  }
  protected part(name: string, value: unknown): Module {
    return checkModule(`ModuleDict: "${name}"`, value)
  }
}

/** Parameters by name; plain tensors become parameters. */
export class ParameterDict extends Named<unknown> {
  constructor(parameters: unknown = null) {
    super()
    this.update(parameters)
  }
  protected pairs(): [string, unknown][] {
    return parametersOf(this)
  }
  protected part(_name: string, value: unknown): unknown {
    return asParameter(value)
  }
  override extra_repr(): string {
    return listedParameters(this.pairs(), (one) => `torch.${tensorNames[one.dtype.name] ?? "Tensor"}`)
  }
}
