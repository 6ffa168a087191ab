// nn.Module: an object that is called like a function and finds the parameters and modules among its attributes.
// The object is a function with the class's prototype, behind a proxy that looks at what is assigned to it.
import { untracked } from "../autograd/modes.ts"
import { bind } from "../tensor/bind.ts"
import { Device } from "../backends/backend.ts"
import { bfloat16, DType, float16, float32, float64 } from "../backends/dtype.ts"
import { parseSignature } from "../ops/signature.ts"
import { fault, faults } from "../tensor/faults.ts"
import { Tensor } from "../tensor/tensor.ts"
import { assigned, handlerOf } from "./assigning.ts"
import { callModule, hooked, isModule, ModuleState, stateKey, stateOf, type Handle, type Hook } from "./calling.ts"
import { Parameter } from "./parameter.ts"
import { collectState, loadState, type Incompatible, type StateDict } from "./stateDict.ts"

const walk = "prefix: string = \"\", recurse: boolean = true, remove_duplicate: boolean = true"
const signatures = {
  parameters: parseSignature("parameters(recurse: boolean = true)"),
  named: parseSignature(`named_parameters(${walk})`),
  named_modules: parseSignature("named_modules(memo: unknown = null, prefix: string = \"\", remove_duplicate: boolean = true)"),
  register_buffer: parseSignature("register_buffer(name: string, tensor: Tensor | null, persistent: boolean = true)"),
  zero_grad: parseSignature("zero_grad(set_to_none: boolean = true)"),
  state_dict: parseSignature("state_dict(*, destination: unknown = null, prefix: string = \"\", keep_vars: boolean = false)"),
  flag: parseSignature("train(mode: boolean = true)"),
  requires: parseSignature("requires_grad_(requires_grad: boolean = true)"),
}

export class Module {
  [name: string]: unknown
  training = true

  constructor() {
    const target = (...args: readonly unknown[]): unknown => callModule(module, args)
    // A function's own name and length would hide a learner's attributes of these names.
    Reflect.deleteProperty(target, "name")
    Reflect.deleteProperty(target, "length")
    Object.setPrototypeOf(target, new.target.prototype)
    Object.defineProperty(target, stateKey, { value: new ModuleState() })
    const module = new Proxy(target as unknown as Record<string, unknown>, handlerOf(new.target.prototype)) as unknown as this // It has the prototype of this class.
    module.training = true
    return module
  }

  /** What a call computes: written by each module. */
  forward(..._inputs: readonly unknown[]): unknown {
    throw faults.notImplemented(`Module [${this.constructor.name}] is missing the required "forward" function.`, "Write forward(x) { … } in the class.")
  }

  /** What stands in the brackets when it prints. */
  extra_repr(): string {
    return ""
  }
  _get_name(): string {
    return this.constructor.name
  }
  toString(): string {
    const extra = this.extra_repr()
    const extraLines = extra ? extra.split("\n") : []
    const childLines = childrenOf(this).map(([name, child]) => `(${name}): ${String(child).replaceAll("\n", "\n  ")}`)
    const lines = [...extraLines, ...childLines]
    const inner = lines.length === 0 ? "" : extraLines.length === 1 && childLines.length === 0 ? extra : `\n  ${lines.join("\n  ")}\n`
    return `${this._get_name()}(${inner})`
  }

  register_parameter(name: string, param: Parameter | null): void {
    checkName(this, name, (held) => held instanceof Parameter)
    if (param !== null && !(param instanceof Parameter)) throw faults.argument(`register_parameter: expected an nn.Parameter or null for "${name}".`, "Wrap the tensor: new nn.Parameter(tensor).")
    if (param?.grad_fn) throw faults.value(`register_parameter: "${name}" is a result of a computation, and a parameter must be a leaf.`, "Make a new nn.Parameter of it.")
    stateOf(this).slots.add(name)
    this[name] = param
  }
  register_buffer(...args: readonly unknown[]): void {
    const { name, tensor, persistent } = bind(signatures.register_buffer, args)
    checkName(this, name as string, (held) => held instanceof Tensor && !(held instanceof Parameter))
    stateOf(this).buffers.set(name as string, persistent as boolean)
    this[name as string] = tensor
  }
  add_module(name: string, module: Module | null): void {
    checkName(this, name, isModule)
    if (module !== null && !(module instanceof Module)) throw faults.argument(`add_module: expected a module for "${name}".`, "Pass an nn.Module such as new nn.Linear(2, 3).")
    this[name] = module
  }
  register_module(name: string, module: Module | null): void {
    this.add_module(name, module)
  }

  *named_parameters(...args: readonly unknown[]): Generator<[string, Parameter]> {
    yield* members(this, args, parametersOf)
  }
  *parameters(...args: readonly unknown[]): Generator<Parameter> {
    const { recurse } = bind(signatures.parameters, args)
    for (const [, one] of this.named_parameters("", recurse)) yield one
  }
  *named_buffers(...args: readonly unknown[]): Generator<[string, Tensor]> {
    yield* members(this, args, (module) => buffersOf(module))
  }
  *buffers(...args: readonly unknown[]): Generator<Tensor> {
    const { recurse } = bind(signatures.parameters, args)
    for (const [, one] of this.named_buffers("", recurse)) yield one
  }
  *named_children(): Generator<[string, Module]> {
    const seen = new Set<Module>()
    for (const [name, child] of childrenOf(this)) {
      if (seen.has(child)) continue
      seen.add(child)
      yield [name, child]
    }
  }
  *children(): Generator<Module> {
    for (const [, child] of this.named_children()) yield child
  }
  *named_modules(...args: readonly unknown[]): Generator<[string, Module]> {
    const { memo, prefix, remove_duplicate } = bind(signatures.named_modules, args)
    const seen = memo instanceof Set ? (memo as Set<Module>) : new Set<Module>()
    yield* inside(this, prefix as string, remove_duplicate as boolean, seen)
  }
  *modules(): Generator<Module> {
    for (const [, one] of this.named_modules()) yield one
  }

  get_submodule(target: string): Module {
    let at: Module = this
    for (const name of target === "" ? [] : target.split(".")) {
      const next = at[name]
      if (!(next instanceof Module)) throw fault("AttributeError", `${at._get_name()} has no module "${name}".`, `It has ${listed(childrenOf(at))}.`)
      at = next
    }
    return at
  }
  get_parameter(target: string): Parameter {
    const { owner, name } = this.placeOf(target)
    const found = owner[name]
    if (!(found instanceof Parameter)) throw fault("AttributeError", `${owner._get_name()} has no parameter "${name}".`, `It has ${listed(parametersOf(owner))}.`)
    return found
  }
  get_buffer(target: string): Tensor {
    const { owner, name } = this.placeOf(target)
    const found = buffersOf(owner).find(([one]) => one === name)?.[1]
    if (!found) throw fault("AttributeError", `${owner._get_name()} has no buffer "${name}".`, `It has ${listed(buffersOf(owner))}.`)
    return found
  }
  private placeOf(target: string): { owner: Module; name: string } {
    const at = target.lastIndexOf(".")
    return { owner: this.get_submodule(at < 0 ? "" : target.slice(0, at)), name: target.slice(at + 1) }
  }

  /** Sets training mode, here and in all modules in it. */
  train(...args: readonly unknown[]): this {
    const { mode } = bind(signatures.flag, args)
    this.training = mode as boolean
    for (const child of this.children()) child.train(mode)
    return this
  }
  eval(): this {
    return this.train(false)
  }
  requires_grad_(...args: readonly unknown[]): this {
    const { requires_grad } = bind(signatures.requires, args)
    for (const one of this.parameters()) one.requires_grad = requires_grad as boolean
    return this
  }
  zero_grad(...args: readonly unknown[]): void {
    const { set_to_none } = bind(signatures.zero_grad, args)
    for (const one of this.parameters()) clearGradient(one, set_to_none as boolean)
  }
  apply(fn: (module: Module) => unknown): this {
    for (const child of this.children()) child.apply(fn)
    fn(this)
    return this
  }

  /** With parameters and buffers of another floating type or on another device. */
  to(...args: readonly unknown[]): this {
    const options = args.find((one) => typeof one === "object" && one !== null && !(one instanceof Tensor) && !(one instanceof Device)) as { dtype?: unknown; device?: unknown } | undefined
    const other = args.find((one) => one instanceof Tensor)
    const given = args.find((one) => one instanceof DType) ?? other?.dtype ?? (options instanceof DType ? null : options?.dtype)
    const device = args.find((one) => typeof one === "string" || one instanceof Device) ?? other?.device ?? (options instanceof DType ? null : options?.device)
    if (given instanceof DType && given.category !== "float") throw faults.argument(`to: a module takes floating-point types, found ${given.name}.`, "Use torch.float32 or torch.float64.")
    return this.converted((one) => {
      const typed = given instanceof DType && one.dtype.category === "float" ? one.to(given) : one
      return device ? typed.to(device) : typed
    })
  }
  float(): this {
    return this.to(float32)
  }
  double(): this {
    return this.to(float64)
  }
  half(): this {
    return this.to(float16)
  }
  bfloat16(): this {
    return this.to(bfloat16)
  }
  type(dtype: DType): this {
    return this.to(dtype)
  }
  cpu(): this {
    return this.to("cpu")
  }
  private converted(change: (one: Tensor) => Tensor): this {
    untracked(() => {
      for (const module of this.modules()) {
        for (const [, one] of parametersOf(module)) {
          one.adopt(change(one))
          if (one.gathered) one.gathered = change(one.gathered)
        }
        for (const [name, one] of buffersOf(module)) module[name] = change(one)
      }
    })
    return this
  }

  state_dict(...args: readonly unknown[]): StateDict {
    const { prefix, keep_vars } = bind(signatures.state_dict, args)
    return collectState(this, prefix as string, keep_vars as boolean)
  }
  load_state_dict(state: unknown, ...rest: readonly unknown[]): Incompatible {
    return loadState(this, state, rest)
  }

  /** `hook(module, inputs, output)` after each forward; what it returns replaces the output. */
  register_forward_hook(hook: Hook): Handle {
    return hooked(stateOf(this).after, hook)
  }
  /** `hook(module, inputs)` before each forward; what it returns replaces the inputs. */
  register_forward_pre_hook(hook: Hook): Handle {
    return hooked(stateOf(this).before, hook)
  }
  /** `hook(module, grad_input, grad_output)` when gradients have passed; what it returns replaces grad_input. */
  register_full_backward_hook(hook: Hook): Handle {
    return hooked(stateOf(this).backward, hook)
  }
  register_backward_hook(hook: Hook): Handle {
    return hooked(stateOf(this).backward, hook)
  }
  /** `hook(module, grad_output)` before gradients pass; what it returns replaces grad_output. */
  register_full_backward_pre_hook(hook: Hook): Handle {
    return hooked(stateOf(this).backwardPre, hook)
  }
}

/** Own parameters with their names, in the order in which they were assigned. */
export function parametersOf(module: Module): [string, Parameter][] {
  return Object.entries(module).filter((pair): pair is [string, Parameter] => pair[1] instanceof Parameter)
}

/** Own buffers with their names; with `persistent` only those that a state_dict holds. */
export function buffersOf(module: Module, persistent = false): [string, Tensor][] {
  const found: [string, Tensor][] = []
  for (const [name, kept] of stateOf(module).buffers) {
    const tensor = module[name]
    if (tensor instanceof Tensor && (kept || !persistent)) found.push([name, tensor])
  }
  return found
}

/** Modules directly in it with their names. */
export function childrenOf(module: Module): [string, Module][] {
  return Object.entries(module).filter((pair): pair is [string, Module] => pair[1] instanceof Module)
}

/** `.grad` becomes null, or zeros. */
export function clearGradient(tensor: Tensor, toNone: boolean): void {
  const gathered = tensor.gathered
  if (!gathered) return
  if (toNone) tensor.gathered = null
  else tensor.gathered = untracked(() => gathered.detach().zero_())
}

function* members<T extends Tensor>(root: Module, args: readonly unknown[], of: (module: Module) => [string, T][]): Generator<[string, T]> {
  const { prefix, recurse, remove_duplicate } = bind(signatures.named, args)
  const seen = new Set<T>()
  const modules: Iterable<[string, Module]> = recurse ? root.named_modules(null, prefix, remove_duplicate) : [[prefix as string, root]]
  for (const [path, module] of modules) {
    for (const [name, one] of of(module)) {
      if (remove_duplicate && seen.has(one)) continue
      seen.add(one)
      yield [path === "" ? name : `${path}.${name}`, one]
    }
  }
}

function* inside(module: Module, prefix: string, once: boolean, seen: Set<Module>): Generator<[string, Module]> {
  if (once && seen.has(module)) return
  seen.add(module)
  yield [prefix, module]
  for (const [name, child] of childrenOf(module)) yield* inside(child, prefix === "" ? name : `${prefix}.${name}`, once, seen)
}

/** Refuses a name that is none, or that stands for something else than what it is to be given anew. */
function checkName(module: Module, name: string, isSame: (held: unknown) => boolean): void {
  if (typeof name !== "string" || name === "" || name.includes(".")) throw fault("KeyError", `A part of a module needs a name without dots, found "${String(name)}".`, "Use a name such as fc1.")
  if (name in module && !(assigned(module, name) && (module[name] === null || isSame(module[name])))) throw fault("KeyError", `${module._get_name()} already has an attribute "${name}".`, "Choose another name.")
}

function listed(pairs: readonly (readonly [string, unknown])[]): string {
  return pairs.length === 0 ? "none" : pairs.map(([name]) => name).join(", ")
}
