// What a run says about its names: which tensor each means, whose `.grad` was read, what grows from turn to turn. Apart
// from the recorder, which keeps values to show; this keeps none and runs also where nothing is shown.
import { requiresGrad } from "../autograd/history.ts"
import { ModeNotes } from "./boundaries.ts"
import { Tensor } from "../tensor/tensor.ts"
import { carries, Flow, flowOf, follow, FlowWatcher, isLeaf, tensorsIn } from "./flow.ts"
import type { Recording } from "./runtime.ts"
import type { SiteTable, Variable } from "./sites.ts"

/** A name and what it means now. */
export interface Bound {
  readonly variable: Variable
  value: unknown
  /** Where it got this value. */
  site: number
  /** How often it got one. */
  count: number
  /** Where it stopped meaning a leaf that wants a gradient; 0 where it never did. */
  lostAt: number
  hadLeaf: boolean
  flow: Flow | null
  passes: number
  /** How many nodes its value hung on when it first hung on the value before. */
  nodesAtFirst: number
  /** Turns in a row in which the new value hung on the old one with a backward pass in between. */
  growth: number
  grewAt: number
}

/** A place that asks for `.grad`, and of which tensors. */
export interface Asked {
  readonly variable: Variable | null
  readonly tensors: Set<Tensor>
}

const makers = /^(tensor|as_tensor|\w*Tensor)$/

export class Observer implements Recording {
  flows = new FlowWatcher()
  readonly modes = new ModeNotes()
  readonly names = new Map<string, Bound>()
  readonly reads = new Map<string, Asked>()
  /** Told of every value that a place of the snippet had, named or not. */
  onEvent: (() => void) | null = null
  /** Told when a name got a value. */
  onBind: ((bound: Bound) => void) | null = null

  constructor(readonly table: SiteTable) {}

  value(number: number, value: unknown, name?: string): void {
    this.modes.note(number)
    this.named(number, value, name)
    this.onEvent?.()
  }

  private named(number: number, value: unknown, name: string | undefined): void {
    const site = this.table.get(number)
    // `w.grad = null` and `w[0] = 1` change what w means already.
    if (site?.variable === undefined || (name !== undefined && name !== site.name)) return
    if (value instanceof Tensor) follow(value)
    this.bind(site.variable, number, value)
  }

  private bind(variable: Variable, site: number, value: unknown): void {
    let bound = this.names.get(variable.key)
    if (!bound) this.names.set(variable.key, (bound = { variable, value, site, count: 0, lostAt: 0, hadLeaf: false, flow: null, passes: 0, nodesAtFirst: 0, growth: 0, grewAt: 0 }))
    bound.count++
    if (variable.declares) {
      bound.hadLeaf = false
      bound.lostAt = 0
    }
    if (bound.value !== value || variable.declares) bound.site = site
    bound.value = value
    this.note(bound, variable.declares, site, value)
    this.onBind?.(bound)
  }

  private note(bound: Bound, declares: boolean, site: number, value: unknown): void {
    const { flows } = this
    const tensor = value instanceof Tensor ? value : null
    if (tensor !== null && isLeaf(tensor)) {
      bound.hadLeaf = true
      bound.lostAt = 0
    } else if (bound.hadLeaf && bound.lostAt === 0) bound.lostAt = site
    const before = bound.flow
    bound.flow = tensor !== null && !isLeaf(tensor) && requiresGrad(tensor) ? flowOf(tensor) : null
    if (declares) bound.growth = 0
    else if (before !== null && bound.flow !== null && flows.passCount > bound.passes && before !== bound.flow && carries(bound.flow, before)) {
      bound.growth++
      if (bound.growth === 1 && tensor !== null) bound.nodesAtFirst = countNodes(tensor)
      if (bound.growth >= 2) bound.grewAt = site
    }
    bound.passes = flows.passCount
  }

  operation(number: number, value: Tensor, inputs: readonly unknown[]): void {
    this.modes.note(number)
    if (value.flow !== null) return
    const called = this.table.get(number)?.callee?.name
    if (called === undefined || !makers.test(called)) return
    const given = tensorsIn(inputs)
    const flows = given.map(flowOf).filter((one) => one !== null)
    const left = given.find(requiresGrad)
    if (left !== undefined && !given.includes(value)) this.flows.exit("through-number", left)
    if (flows.length > 0 && !given.includes(value)) value.flow = new Flow("tensor", flows, "through-number")
  }

  asked(number: number, owner: unknown): void {
    if (!(owner instanceof Tensor)) return
    const variable = this.table.get(number)?.variable ?? null
    const key = variable?.key ?? `site ${number}`
    let known = this.reads.get(key)
    if (!known) this.reads.set(key, (known = { variable, tensors: new Set() }))
    known.tensors.delete(owner)
    known.tensors.add(owner)
    if (known.tensors.size > 40) known.tensors.delete(known.tensors.values().next().value!)
  }

  changing(): void {}
  changingLeaves(): void {}
  held(): unknown[] {
    return [...this.names.values()].map(({ value }) => value)
  }
  restart(): void {
    this.modes.restart()
    this.flows.exits.clear()
  }
}

/** How many nodes of the backward graph lie behind a tensor, its own included. */
export function countNodes(tensor: Tensor): number {
  const seen = new Set([tensor.node])
  for (const node of seen) for (const { node: next } of node?.edges ?? []) if (next !== null) seen.add(next)
  seen.delete(null)
  return seen.size
}

/** One run told to two. */
export function both(a: Recording, b: Recording): Recording {
  return {
    operation(site, value, inputs) {
      a.operation(site, value, inputs)
      b.operation(site, value, inputs)
    },
    value(site, value, name) {
      a.value(site, value, name)
      b.value(site, value, name)
    },
    changing(tensor) {
      a.changing(tensor)
      b.changing(tensor)
    },
    changingLeaves() {
      a.changingLeaves()
      b.changingLeaves()
    },
    restart() {
      a.restart()
      b.restart()
    },
    asked(site, owner) {
      a.asked(site, owner)
      b.asked(site, owner)
    },
    held: () => [...a.held(), ...b.held()],
  }
}
