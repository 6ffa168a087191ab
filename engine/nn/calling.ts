// A module's call: hooks, forward, and the path under which what it computes is shown. Apart from the module because
// everything here happens around forward and knows of modules only that they have one.
import { edgeOf, requiresGrad } from "../autograd/history.ts"
import { kit } from "../autograd/kit.ts"
import { modes } from "../autograd/modes.ts"
import { Node, scopeNow, type Gradient } from "../autograd/node.ts"
import { faults } from "../tensor/faults.ts"
import { Tensor } from "../tensor/tensor.ts"
import { tupled } from "../tensor/tuple.ts"
import type { Module } from "./module.ts"

export type Hook = (...args: readonly unknown[]) => unknown
export interface Handle {
  remove(): void
}

export const stateKey = Symbol("module")

/** What a module knows beside its attributes. */
export class ModuleState {
  /** Names that stand for parameters, also while they are null. */
  readonly slots = new Set<string>()
  /** Names of buffers, and whether a state_dict holds them. */
  readonly buffers = new Map<string, boolean>()
  readonly before: Hook[] = []
  readonly after: Hook[] = []
  readonly backward: Hook[] = []
  readonly backwardPre: Hook[] = []
  /** Where it was last found: in which module, by which path. */
  found: { readonly within: Module; readonly path: readonly string[] } | null = null
  labelled = false
  /** While functional_call stands tensors in for the parameters. */
  lenient = false
}

export const stateOf = (module: object): ModuleState => Reflect.get(module, stateKey) as ModuleState // Every module is made with one.

export function isModule(value: unknown): value is Module {
  return typeof value === "function" && stateKey in value
}

/** Adds a hook; the handle takes it away again. */
export function hooked(list: Hook[], hook: Hook): Handle {
  if (typeof hook !== "function") throw faults.argument("A hook is a function.", "Pass a function such as (module, inputs, output) => …")
  list.push(hook)
  return {
    remove() {
      const at = list.indexOf(hook)
      if (at >= 0) list.splice(at, 1)
    },
  }
}

/** What a call of a module does. */
export function callModule(module: Module, args: readonly unknown[]): unknown {
  const state = stateOf(module)
  let inputs = args
  for (const hook of [...state.before]) {
    const replaced = hook(module, tupled([...inputs]))
    if (replaced !== undefined && replaced !== null) inputs = Array.isArray(replaced) ? (replaced as unknown[]) : [replaced]
  }
  const watch = state.backward.length + state.backwardPre.length > 0 && modes.grad ? new BackwardWatch(module, state, inputs) : null
  if (watch) inputs = watch.inputs
  let output = scoped(module, () => module.forward(...inputs))
  for (const hook of [...state.after]) {
    const replaced = hook(module, tupled([...inputs]), output)
    if (replaced !== undefined && replaced !== null) output = replaced
  }
  return watch ? watch.output(output) : output
}

/** The module whose forward is running. */
let running: { readonly module: Module; readonly path: readonly string[] } | null = null

function scoped(module: Module, run: () => unknown): unknown {
  const outer = running
  if (!outer) nameParameters(module)
  const path = outer ? [...outer.path, ...pathWithin(outer.module, module)] : []
  const before = scopeNow.path
  running = { module, path }
  scopeNow.path = path
  try {
    return run()
  } finally {
    running = outer
    scopeNow.path = before
  }
}

/** `["layers", "0"]`: where a module stands in the one that calls it; its class's name where it is made on the way. */
function pathWithin(within: Module, module: Module): readonly string[] {
  if (within === module) return []
  const state = stateOf(module)
  if (state.found?.within === within) return state.found.path
  let path: readonly string[] = [module.constructor.name]
  for (const [name, one] of within.named_modules()) {
    if (one !== module) continue
    path = name.split(".")
    break
  }
  state.found = { within, path }
  return path
}

/** Parameters are shown by their path where the learner gave them no name. */
function nameParameters(root: Module): void {
  const state = stateOf(root)
  if (state.labelled) return
  state.labelled = true
  for (const [name, one] of root.named_parameters()) one.label ??= name
}

/** A node that only hands gradients on and tells of them. */
class HookNode extends Node {
  constructor(
    tensors: readonly Tensor[],
    private readonly passing: (grads: readonly Gradient[]) => readonly Gradient[],
  ) {
    super()
    this.edges = tensors.map((one) => edgeOf(one))
    for (const { sizes, dtype } of tensors) this.outputs.push({ sizes, dtype })
  }
  name(): string {
    return "BackwardHookFunctionBackward"
  }
  backward(grads: readonly Gradient[]): readonly Gradient[] {
    return this.passing(this.outputs.map(({ sizes, dtype }, i) => grads[i] ?? kit.zeros(sizes, dtype)))
  }
}

/** Gathers the gradients of one call's outputs and inputs for the backward hooks. */
class BackwardWatch {
  readonly inputs: readonly unknown[]
  private readonly watchesInputs: boolean
  private gradOutputs: readonly Gradient[] | null = null

  constructor(
    private readonly module: Module,
    private readonly state: ModuleState,
    given: readonly unknown[],
  ) {
    this.inputs = wrapped(given, (grads) => this.atInputs(grads, given.length))
    this.watchesInputs = this.inputs !== given
  }

  output(output: unknown): unknown {
    const list: readonly unknown[] = Array.isArray(output) ? (output as unknown[]) : [output]
    const made = wrapped(list, (grads) => this.atOutputs(grads))
    return Array.isArray(output) ? made : made[0]
  }

  private atOutputs(arrived: readonly Gradient[]): readonly Gradient[] {
    let grads = arrived
    for (const hook of [...this.state.backwardPre]) grads = asList(hook(this.module, tupled([...grads]))) ?? grads
    this.gradOutputs = grads
    if (!this.watchesInputs) for (const hook of [...this.state.backward]) hook(this.module, tupled(this.inputs.map(() => null)), tupled([...grads]))
    return grads
  }

  private atInputs(arrived: readonly Gradient[], count: number): readonly Gradient[] {
    const { gradOutputs } = this
    if (!gradOutputs) return arrived
    const wanted = this.inputs.map((one) => one instanceof Tensor && requiresGrad(one))
    let next = 0
    let grads: readonly Gradient[] = Array.from({ length: count }, (_, i) => (wanted[i] ? arrived[next++]! : null))
    for (const hook of [...this.state.backward]) grads = asList(hook(this.module, tupled([...grads]), tupled([...gradOutputs]))) ?? grads
    this.gradOutputs = null
    return grads.filter((_, i) => wanted[i])
  }
}

/** The values with their tensors that take gradients behind one hook node; the values themselves if there are none. */
function wrapped(values: readonly unknown[], passing: (grads: readonly Gradient[]) => readonly Gradient[]): readonly unknown[] {
  const tensors = values.filter((one): one is Tensor => one instanceof Tensor && requiresGrad(one))
  if (tensors.length === 0) return values
  const node = new HookNode(tensors, passing)
  let nr = 0
  return values.map((one) => {
    if (!(one instanceof Tensor) || !tensors.includes(one)) return one
    const alias = new Tensor(one.storage, one.dtype, one.sizes, one.strides, one.offset)
    alias.node = node
    alias.outputNr = nr++
    alias.wantsGrad = true
    return alias
  })
}

function asList(value: unknown): readonly Gradient[] | null {
  if (value instanceof Tensor) return [value]
  return Array.isArray(value) ? (value as Gradient[]) : null
}
