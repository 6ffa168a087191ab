// A hidden run whose graph is kept whole, and what it tells about a question: which tensors it means, what the backward
// passes started from, and what they added to the element's gradient. Apart from the answer, which reads it.
import type { Gradient, Node } from "../autograd/node.ts"
import { edgeOf, requiresGrad } from "../autograd/history.ts"
import type { ExplainQuestion, Span } from "../protocol/api.ts"
import { Fault } from "../protocol/faults.ts"
import { numbersOf } from "../tensor/make.ts"
import { position } from "../tensor/position.ts"
import { sameShape } from "../tensor/size.ts"
import { elementAt, Tensor } from "../tensor/tensor.ts"
import { addressOf, elementOf, tensorAt, type Address, type Element } from "./element.ts"
import { nodesBehind, nodesTo } from "./examination.ts"
import { FlowWatcher } from "./flow.ts"
import { naming } from "./naming.ts"
import { rootOf } from "./nudge.ts"
import { Observer } from "./observer.ts"
import type { Start } from "./paths.ts"
import { SiteTable } from "./sites.ts"

/** What is differentiated: a named element, or what a backward pass started from, with its weights. */
export interface Result {
  /** A name or an expression of the learner's. */
  readonly text: string
  readonly span: Span | undefined
  readonly tensors: readonly Tensor[]
  readonly starts: readonly Start[]
  /** How to find it in another run. */
  readonly where: { readonly kind: "address"; readonly address: Address } | { readonly kind: "pass"; readonly number: number; readonly site: number; readonly weights: readonly (readonly number[])[] }
}

/** A backward pass as it was asked for. */
interface Pass {
  readonly number: number
  readonly roots: readonly Tensor[]
  readonly given: readonly Gradient[]
  readonly site: number
}

/** What a pass added to the element. */
interface Addition {
  readonly value: number
  readonly site: number
}

/** Passes that are remembered, the newest; each keeps its graph. */
const passLimit = 16

export class KeptRun {
  readonly observer = new Observer(new SiteTable())
  readonly at: Address
  readonly names = new Map<Node, string>()
  /** The run's own naming, for telling its nodes' ids. */
  naming: typeof naming | null = null
  readonly passes: Pass[] = []
  added: Addition[] = []
  addedCount = 0
  private readonly lines: readonly string[]
  private readonly of: Address | null
  private readonly takesFirst: boolean
  /** By the node that made it, or by the leaf itself: when the tensor at `at` was first seen so. */
  private readonly seen = new Map<object, number>()
  private events = 0

  constructor({ of, at, first }: ExplainQuestion, source: string) {
    this.lines = source.split(/\r?\n/)
    this.of = of === undefined ? null : addressOf(of)
    this.at = addressOf(at)
    this.takesFirst = first === true
    this.observer.flows = new PassKeeper(this)
  }

  begin(): void {
    this.observer.onEvent = () => {
      this.naming ??= { ...naming }
      const found = this.tensorNow()
      const key = found === null ? null : (found.grad_fn ?? found)
      if (key !== null && !this.seen.has(key)) this.seen.set(key, this.events)
      this.events++
    }
    this.observer.onBind = ({ variable, value }) => {
      if (value instanceof Tensor && value.grad_fn !== null && !this.names.has(value.grad_fn)) this.names.set(value.grad_fn, variable.name)
    }
  }

  /** The tensor that the question's `at` means at this moment. */
  tensorNow(): Tensor | null {
    return tensorAt(this.at, rootOf(this.observer, this.at.root))?.tensor ?? null
  }

  /** The element that is asked about. Throws a fault where there is none. */
  element(): Element {
    const { at } = this
    const found = this.found(at)
    const { sizes } = found.tensor
    const rest = this.takesFirst && found.indices.length < sizes.length && !sizes.includes(0) ? sizes.slice(found.indices.length).map(() => 0) : []
    return elementOf(at.text, { tensor: found.tensor, indices: [...found.indices, ...rest] })
  }

  /** The result that is asked about. Throws a fault where it is no single number, or where there is none to choose. */
  result(at: Element): Result {
    if (this.of !== null) return this.named(this.of)
    const { node } = edgeOf(at.tensor)
    const reaches = (roots: readonly Tensor[]): boolean => node !== null && nodesTo(nodesBehind(roots), node).has(edgeOf(roots[0]!).node!)
    const passes = [...this.passes].reverse()
    const pass = requiresGrad(at.tensor) ? passes.find(({ roots }) => roots.some((root) => requiresGrad(root) && reaches([root]))) : undefined
    if (pass !== undefined) return this.ofPass(pass)
    const results = this.results()
    const made = results.findLast(({ tensor }) => tensor !== at.tensor && requiresGrad(at.tensor) && reaches([tensor])) ?? results.at(-1)
    if (made !== undefined) return this.named(addressOf(made.name))
    if (passes[0] !== undefined) return this.ofPass(passes[0])
    throw new Fault("ValueError", "No result of one element was found that could be differentiated.", "Reduce what you computed to one number, for example with .sum() or .mean().")
  }

  /** One-element tensors with a history that have a name, in the order in which they got it. */
  results(): readonly { readonly name: string; readonly tensor: Tensor }[] {
    const found = new Map<string, Tensor>()
    for (const { variable, value } of this.observer.names.values()) {
      if (value instanceof Tensor && value.numel() === 1 && value.grad_fn !== null && rootOf(this.observer, variable.name) === value) found.set(variable.name, value)
    }
    return [...found].map(([name, tensor]) => ({ name, tensor })).sort((a, b) => a.tensor.grad_fn!.sequence - b.tensor.grad_fn!.sequence)
  }

  /** When the element's tensor was first seen as it is now. */
  eventOf({ tensor }: Element): number {
    return this.seen.get(tensor.grad_fn ?? tensor) ?? -1
  }

  span(site: number): Span | undefined {
    return this.observer.table.get(site)?.span
  }

  /** What the learner wrote to make a node, where it is short and on one line of the program itself; a module's own steps were not written. */
  expression({ site, scope }: Node): string | undefined {
    const span = scope === null || scope.length === 0 ? this.observer.table.get(site)?.whole : undefined
    if (span === undefined || span.file !== undefined || span.line !== span.endLine) return undefined
    const text = this.lines[span.line - 1]?.slice(span.column - 1, span.endColumn - 1).trim()
    return text === undefined || text === "" || text.length > 40 ? undefined : text
  }

  private named(address: Address): Result {
    const element = elementOf(address.text, this.found(address))
    const { node, nr } = edgeOf(element.tensor)
    const starts = node === null ? [] : [{ node, nr, flat: element.flat, weight: 1 }]
    const site = this.siteOf(element.tensor)
    return { text: address.text, span: this.observer.table.get(site)?.whole, tensors: [element.tensor], starts, where: { kind: "address", address } }
  }

  private ofPass({ number, roots, given, site }: Pass): Result {
    const weights = roots.map((root, i) => (given[i] ? numbersOf(given[i]) : root.numel() === 1 ? [1] : []))
    const starts = roots.flatMap((root, i) => {
      const { node, nr } = edgeOf(root)
      return node === null ? [] : weights[i]!.map((weight, flat) => ({ node, nr, flat, weight }))
    })
    const place = this.observer.table.get(site)
    const names = roots.map((root) => this.nameOf(root))
    const text = names.join(", ")
    const callee = place?.callee?.text.replace(/\s*\??\.\s*backward$/, "")
    const span = roots.length === 1 ? (this.observer.table.get(this.siteOf(roots[0]!))?.whole ?? place?.span) : place?.span
    return { text: text === "" || names.includes(undefined) ? (callee ?? "result").replace(/\s+/g, " ") : text, span, tensors: roots, starts, where: { kind: "pass", number, site, weights } }
  }

  /** Where a tensor got its name, else where it was made. */
  siteOf(tensor: Tensor): number {
    const bound = [...this.observer.names.values()].find(({ value }) => value === tensor)
    return bound?.site ?? edgeOf(tensor).node?.site ?? 0
  }

  /** The learner's name of a tensor, or of one that looks at the same memory in the same way; the question's own address where it means it. */
  nameOf(tensor: Tensor | null): string | undefined {
    if (tensor === null) return undefined
    const isSame = (value: unknown): boolean => value === tensor || (value instanceof Tensor && value.storage === tensor.storage && value.offset === tensor.offset && sameShape(value.sizes, tensor.sizes))
    const bound = [...this.observer.names.values()].find(({ value }) => isSame(value))
    if (bound !== undefined) return bound.variable.name
    return isSame(this.tensorNow()) ? addressText(this.at) : (tensor.label ?? undefined)
  }

  private found(address: Address): { readonly tensor: Tensor; readonly indices: readonly number[] } {
    const root = rootOf(this.observer, address.root)
    const found = root === undefined ? null : tensorAt(address, root)
    if (found !== null) return found
    const what = root === undefined ? `\`${address.root}\` got no value in this run.` : `\`${address.text}\` is no tensor.`
    throw new Fault(root === undefined ? "NameError" : "TypeError", what, "Name a tensor of the snippet, such as x[0][0].")
  }
}

/** An address up to the indices of an element. */
function addressText({ root, steps }: Address): string {
  const last = steps.findLastIndex((step) => "key" in step)
  return root + steps.slice(0, last + 1).map((step) => ("key" in step ? `.${step.key}` : `[${step.index}]`)).join("")
}

/** Keeps the passes, and what each adds to the gradient that is asked about. */
class PassKeeper extends FlowWatcher {
  private count = 0
  private before: number | null = null

  constructor(private readonly kept: KeptRun) {
    super()
  }

  override backward(roots: readonly Tensor[], given: readonly Gradient[] = []): void {
    super.backward(roots)
    const number = this.count++
    // This one will fail.
    if (roots.some((root, i) => root.numel() !== 1 && !given[i])) return
    this.kept.passes.push({ number, roots, given, site: position.site })
    if (this.kept.passes.length > passLimit) this.kept.passes.shift()
  }

  override gathering(tensor: Tensor): void {
    super.gathering(tensor)
    if (tensor === this.kept.tensorNow()) this.before = valueIn(tensor, this.kept)
  }

  override gathered(tensor: Tensor): void {
    super.gathered(tensor)
    const { kept } = this
    if (tensor !== kept.tensorNow()) return
    const after = valueIn(tensor, kept)
    if (after === null) return
    // An empty .grad, or one that was set to zero, begins anew.
    if (this.before === null || (this.before === 0 && kept.added.reduce((sum, { value }) => sum + value, 0) !== 0)) {
      kept.added = []
      kept.addedCount = 0
    }
    kept.added.push({ value: after - (this.before ?? 0), site: position.site })
    kept.addedCount++
    if (kept.added.length > passLimit) kept.added.shift()
  }
}

function valueIn(tensor: Tensor, kept: KeptRun): number | null {
  const grad = tensor.gathered
  if (grad === null) return null
  try {
    return elementAt(grad, kept.element().flat)
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  }
}
