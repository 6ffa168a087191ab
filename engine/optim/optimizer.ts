// torch.optim.Optimizer: parameter groups, what each parameter remembers, and how an optimizer is written.
import { functions } from "../autograd/functions.ts"
import { modes, untracked, withModes } from "../autograd/modes.ts"
import { bind, isOptions } from "../tensor/bind.ts"
import { parseSignature } from "../ops/signature.ts"
import { dictionary } from "../tensor/dictionary.ts"
import { fault, faults } from "../tensor/faults.ts"
import { shownText } from "../tensor/printing.ts"
import { Tensor } from "../tensor/tensor.ts"

export interface Group {
  params: Tensor[]
  lr: number
  [option: string]: unknown
}

/** What an optimizer remembers about one parameter, under PyTorch's names. */
export type Memory = Record<string, unknown>

/** The memory of each parameter; asking for one that has none yet makes it. */
class State extends Map<Tensor, Memory> {
  override get(parameter: Tensor): Memory {
    let found = super.get(parameter)
    if (!found) this.set(parameter, (found = {}))
    return found
  }
}

interface SavedState {
  readonly state: Readonly<Record<number, Memory>>
  readonly param_groups: readonly (Readonly<Record<string, unknown>> & { readonly params: readonly number[] })[]
}

/** The base of all optimizers: `super(params, defaults)`, then `step`. */
export class Optimizer {
  [name: string]: unknown
  readonly param_groups: Group[] = []
  readonly state = new State()
  readonly defaults: Readonly<Record<string, unknown>>

  constructor(params: unknown, defaults: Readonly<Record<string, unknown>>) {
    this.defaults = defaults
    if (params instanceof Tensor) throw faults.argument("An optimizer takes an array of tensors or model.parameters(), found one tensor.", "Write [x].")
    const list = typeof params === "object" && params !== null && Symbol.iterator in params ? [...(params as Iterable<unknown>)] : [params]
    if (list.length === 0) throw faults.value("An optimizer got an empty list of parameters.", "Pass model.parameters(), or an array of leaves such as [x].")
    if (list.every(isOptions)) for (const group of list) this.add_param_group(group)
    else this.add_param_group({ params: list })
  }

  /** Adds parameters with options of their own; the others are the defaults. */
  add_param_group(given: unknown): void {
    if (!isOptions(given) || !("params" in given)) throw faults.argument("A parameter group is an object with params.", "Write { params: layer.parameters(), lr: 0.1 }.")
    const { params, ...options } = given
    const list = params instanceof Tensor ? [params] : typeof params === "object" && params !== null && Symbol.iterator in params ? [...(params as Iterable<unknown>)] : [params]
    const checked = list.map(checkParameter)
    const known = new Set(this.param_groups.flatMap((group) => group.params))
    if (checked.some((one) => known.has(one))) throw faults.value("Some parameters appear in more than one parameter group.", "Put each parameter into one group.")
    const group = { params: checked, ...this.defaults, ...options }
    for (const name in group) if ((group as Memory)[name] === undefined) throw faults.value(`The parameter group has no ${name}.`, `Give ${name} for the group or for all.`)
    this.param_groups.push(group as unknown as Group) // The optimizer's own defaults hold what a group needs.
  }

  step(_closure?: unknown): unknown {
    throw faults.notImplemented("This optimizer has no step.", "Write step() { … } in the class.")
  }

  /** Clears the gradients of all parameters: to null, or to zeros with `set_to_none: false`. */
  zero_grad(...args: readonly unknown[]): void {
    const { set_to_none } = bind(zeroSignature, args)
    for (const { params } of this.param_groups) {
      for (const one of params) {
        const { grad } = one
        if (!grad) continue
        if (set_to_none) one.grad = null
        else one.grad = untracked(() => grad.detach().zero_())
      }
    }
  }

  /** What was remembered, and the groups, with numbers in the place of parameters. */
  state_dict(): SavedState {
    const all = this.param_groups.flatMap((group) => group.params)
    const state: Record<number, Memory> = {}
    // Its keys are numbers, and print as such.
    Object.defineProperty(state, "toString", { value: () => `{${Object.entries(state).map(([at, memory]) => `${at}: ${shownText(memory)}`).join(", ")}}` })
    for (const [one, memory] of this.state) state[all.indexOf(one)] = { ...memory }
    return dictionary({ state, param_groups: this.param_groups.map(({ params, ...options }) => ({ ...options, params: params.map((one) => all.indexOf(one)) })) })
  }

  /** Takes over what `state_dict()` gave. Throws ValueError where groups or their sizes differ. */
  load_state_dict(saved: SavedState): void {
    const sizes = saved.param_groups.map((group) => group.params.length)
    if (sizes.length !== this.param_groups.length || sizes.some((size, i) => size !== this.param_groups[i]!.params.length))
      throw faults.value("load_state_dict: the saved optimizer has other parameter groups.", "Make the optimizer for the same parameters as when it was saved.")
    const all = this.param_groups.flatMap((group) => group.params)
    const numbers = saved.param_groups.flatMap((group) => group.params)
    this.state.clear()
    numbers.forEach((number, i) => {
      const memory = saved.state[number]
      if (memory) this.state.set(all[i]!, Object.fromEntries(Object.entries(memory).map(([name, value]) => [name, value instanceof Tensor ? value.clone() : value])))
    })
    saved.param_groups.forEach(({ params: _, ...options }, i) => Object.assign(this.param_groups[i]!, options))
  }

  toString(): string {
    const groups = this.param_groups.map((group, i) => {
      const names = Object.keys(group).filter((name) => name !== "params").sort()
      return `Parameter Group ${i}\n${names.map((name) => `    ${name}: ${shown(name, group[name])}\n`).join("")}`
    })
    return `${this.constructor.name} (\n${groups.join("\n")})`
  }
}

const zeroSignature = parseSignature("zero_grad(set_to_none: boolean = true)")

/** Options that are floats in Python also where they are whole. */
const floats: readonly string[] = ["lr", "t0", "initial_lr"]

function shown(name: string, value: unknown): string {
  if (value === null || value === undefined) return "None"
  if (typeof value === "boolean") return value ? "True" : "False"
  if (Array.isArray(value)) return `(${value.map((one) => shown("", one)).join(", ")})`
  if (typeof value !== "number") return String(value)
  if (Number.isInteger(value)) return floats.includes(name) ? `${value}.0` : String(value)
  return Math.abs(value) < 1e-4 ? value.toExponential().replace(/e-(\d)$/, "e-0$1") : String(value)
}

function checkParameter(one: unknown): Tensor {
  if (!(one instanceof Tensor)) throw faults.argument(`An optimizer changes tensors, found ${one === null ? "null" : typeof one}.`, "Pass model.parameters(), or an array of leaves such as [x].")
  if (one.grad_fn && !one.retains_grad) throw faults.value("An optimizer cannot change the result of a computation: it is no leaf.", "Pass the leaves, made with { requires_grad: true }.")
  return one
}

/** How one optimizer moves one parameter. `grad` is already negated where the group maximizes. */
export interface Method {
  /** Throws ValueError for options that make no sense. */
  readonly check?: (options: Readonly<Record<string, number>>) => void
  readonly update: (parameter: Tensor, grad: Tensor, group: Group & Readonly<Record<string, number>>, memory: Memory) => void
}

export type OptimizerClass = new (...args: readonly unknown[]) => Optimizer

/** An optimizer that looks at each parameter by itself, from its constructor's signature and its rule. */
export function optimizerClass(signature: string, { check, update }: Method): OptimizerClass {
  const parsed = parseSignature(signature)
  const made = class extends Optimizer {
    constructor(...args: readonly unknown[]) {
      const { params, ...defaults } = bind(parsed, args)
      atLeastZero("lr", Number(defaults["lr"]))
      atLeastZero("weight_decay", Number(defaults["weight_decay"] ?? 0))
      check?.(defaults as Record<string, number>)
      super(params, defaults)
    }
    override step(closure?: unknown): unknown {
      const loss = evaluate(closure)
      untracked(() => {
        for (const group of this.param_groups) {
          for (const one of group.params) {
            const { grad } = one
            if (grad) update(one, group["maximize"] ? grad.neg() : grad, group as Group & Record<string, number>, this.state.get(one))
          }
        }
      })
      return loss
    }
  }
  Object.defineProperty(made, "name", { value: parsed.name })
  return made
}

/** The loss of a closure, which computes gradients; null without one. */
export function evaluate(closure: unknown): unknown {
  if (typeof closure !== "function") return null
  return modes.grad ? (closure as () => unknown)() : withModes({ grad: true }, closure)
}

/** ValueError for a negative option. */
export function atLeastZero(name: string, value: number): void {
  if (!(value >= 0)) throw fault("ValueError", `Expected ${name} to be at least 0, found ${value}.`, `Give ${name} a number from 0 up.`)
}

/** ValueError for moment coefficients outside [0, 1). */
export function checkBetas(betas: unknown): void {
  if (!Array.isArray(betas) || betas.length !== 2) throw faults.value("Expected betas to be a pair of numbers.", "Write betas: [0.9, 0.999].")
  betas.forEach((beta: unknown, i) => {
    if (!(Number(beta) >= 0 && Number(beta) < 1)) throw faults.value(`Expected betas[${i}] from 0 up to 1, found ${String(beta)}.`, "Write betas: [0.9, 0.999].")
  })
}

/** The gradient with weight decay added: grad + decay · parameter. */
export function decayed(grad: Tensor, parameter: Tensor, decay: number): Tensor {
  return decay === 0 ? grad : grad.add(parameter, { alpha: decay })
}

/** A tensor in the memory, zeros at first. */
export function remembered(memory: Memory, name: string, like: Tensor, fill = 0): Tensor {
  const known = memory[name]
  if (known instanceof Tensor) return known
  const made = like.detach().clone().fill_(fill)
  memory[name] = made
  return made
}

/** Counts a step; PyTorch keeps the count as a tensor. */
export function counted(memory: Memory): number {
  const count = memory["step"] instanceof Tensor ? memory["step"] : functions.zeros([])
  memory["step"] = count
  return Number(count.add_(1).item())
}
