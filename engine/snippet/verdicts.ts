// Verdicts: why a `.grad` is null, zero, not a number or of an unexpected size, and the line to look at. Apart from the
// observer, which only notes what happened; here it is judged, with the more specific reason first.
import type { RunRequest, VerdictData, VerdictId } from "../protocol/api.ts"
import { numbersOf } from "../tensor/make.ts"
import { Tensor } from "../tensor/tensor.ts"
import { flowOf, isZero, type Flow, type Gathering } from "./flow.ts"
import { whyNull } from "./missing.ts"
import { examine, type Finding } from "./examination.ts"
import { naming } from "./naming.ts"
import type { Bound, Observer } from "./observer.ts"
import type { Performed, RunHost } from "./perform.ts"

/** A name whose `.grad` was asked for, and the tensor that it means at the end. */
export interface Subject {
  readonly name: string
  readonly tensor: Tensor
  /** Where it got its value. */
  readonly site: number
  /** Where it stopped meaning the leaf that it was; 0 where it did not. */
  readonly lostAt: number
}

/** A reason and its place. */
export interface Reason {
  readonly id: VerdictId
  readonly site: number
}

/** The longest run that is repeated for a closer look; milliseconds. */
const repeatLimit = 4000

/** The verdicts of a run. */
export async function verdictsOf(observer: Observer, request: RunRequest, host: RunHost, ran: Performed, took: number): Promise<VerdictData[]> {
  const found: VerdictData[] = []
  const told = (name: string, { id, site }: Reason): void => {
    const span = observer.table.get(site)?.span
    if (span !== undefined && span.file === undefined && !found.some((one) => one.id === id && one.name === name)) found.push({ id, name, line: span.line, span })
  }
  const closer: Subject[] = []
  const numbers: Subject[] = []
  for (const subject of subjectsOf(observer)) {
    if (subject.tensor.dtype.category !== "float") continue
    const judged = subject.tensor.gathered === null ? whyNull(subject, observer) : whySo(subject, observer)
    if (judged === "closer") closer.push(subject)
    else if (judged === "numbers") numbers.push(subject)
    else if (judged !== null) told(subject.name, judged)
  }
  for (const { variable, growth, grewAt } of observer.names.values()) {
    // A name that lost its leaf grows because of that.
    const isLost = found.some(({ id, name }) => id === "reassigned" && name === variable.name)
    if (growth >= 2 && !isLost) told(variable.name, { id: "growing-graph", site: grewAt })
  }
  const isCut = ran.error !== undefined && /^(Stopped|TimeLimit|MemoryLimit)$/.test(ran.error.name)
  if (isCut || took > repeatLimit || host.stopRequested()) return found
  const findings: Finding[] = closer.length + numbers.length === 0 ? [] : await examine(closer, numbers, observer, request, host, ran.seed)
  for (const { subject, reason } of findings) {
    const settled = reason === "fine" ? counted(subject, observer) : reason
    if (settled !== null) told(subject.name, settled)
  }
  return found
}

/** Each name that was asked about, by the tensor that it means at the end of the run. */
export function subjectsOf(observer: Observer): Subject[] {
  const found = new Map<string, Subject>()
  const add = (subject: Subject): void => {
    if (!found.has(subject.name)) found.set(subject.name, subject)
  }
  for (const { variable, tensors } of observer.reads.values()) {
    const bound = variable === null ? undefined : observer.names.get(variable.key)
    if (bound !== undefined && !variable!.isAlias) {
      if (bound.value instanceof Tensor) add(subjectOf(bound, bound.value))
      continue
    }
    for (const tensor of tensors) {
      const own = [...observer.names.values()].find((one) => one.value === tensor && !one.variable.isAlias)
      const module = own === undefined ? memberOf(observer, tensor) : null
      if (own !== undefined) add(subjectOf(own, tensor))
      else if (module !== null) add(module)
      else if (tensor === [...tensors].at(-1)) add({ name: variable?.name ?? tensor.label ?? "grad", tensor, site: bound?.site ?? tensor.node?.site ?? naming.bound.get(tensor) ?? 0, lostAt: 0 })
    }
  }
  // A read that never came because backward() threw is a question all the same.
  if (observer.flows.passCount > 0) {
    for (const site of observer.table.sites) {
      const bound = site?.callee?.name === "grad" && site.variable !== undefined && !site.variable.isAlias ? observer.names.get(site.variable.key) : undefined
      if (bound?.value instanceof Tensor) add(subjectOf(bound, bound.value))
    }
  }
  return [...found.values()]
}

function subjectOf(bound: Bound, tensor: Tensor): Subject {
  return { name: bound.variable.name, tensor, site: bound.site, lostAt: bound.lostAt }
}

/** A parameter of a module that has a name: `model.weight`, defined where the model is. */
function memberOf(observer: Observer, tensor: Tensor): Subject | null {
  for (const { variable, value, site } of observer.names.values()) {
    if (typeof value !== "function" || variable.isAlias) continue
    const named: unknown = Reflect.get(value, "named_parameters")
    if (typeof named !== "function") continue
    for (const [path, parameter] of Reflect.apply(named as () => Iterable<[string, unknown]>, value, [])) {
      if (parameter === tensor) return { name: `${variable.name}.${path}`, tensor, site, lostAt: 0 }
    }
  }
  return null
}

/** Why a gradient that is there is as it is; `closer` where only another run can tell. */
function whySo(subject: Subject, observer: Observer): Reason | "closer" | null {
  const { tensor } = subject
  const grad = tensor.gathered!
  const known = observer.flows.gatherings.get(tensor)
  // Set or cleared by hand since: nothing to explain.
  if (known === undefined || known.grad !== grad || known.version !== grad.storage.version) return known === undefined || isZero(grad) ? null : counted(subject, observer)
  const numbers = numbersOf(grad)
  if (numbers.length === 0) return null
  if (numbers.some((value) => !Number.isFinite(value)) || numbers.every((value) => Math.abs(value) < 1e-6)) return "closer"
  return counted(subject, observer)
}

/** A gradient that is a sum: over several passes, or over the copies of a broadcast. */
function counted({ tensor }: Subject, observer: Observer): Reason | null {
  const known = observer.flows.gatherings.get(tensor)
  if (known !== undefined && known.count > 1 && !isMeant(known)) return { id: "accumulated", site: known.sites[1]! }
  const spread = broadcastOf(tensor, observer)
  return spread === null ? null : { id: "broadcast-sum", site: spread.site }
}

/** Deliberate accumulation: each pass brings its share, or sums were used and cleared before. */
function isMeant({ count, factors, isDeliberate }: Gathering): boolean {
  return isDeliberate || (factors.length === count && factors.every((factor) => factor !== null && Math.abs(factor * count - 1) < 1e-6))
}

const looks: ReadonlySet<string> = new Set(["view", "reshape", "unsqueeze", "squeeze", "t", "transpose", "permute", "flatten", "swapaxes", "alias", "contiguous", "unflatten", "movedim"])

/** The first operation of the last pass in which a tensor, or a look at all of it, was repeated. */
function broadcastOf(tensor: Tensor, observer: Observer): Flow | null {
  const own = flowOf(tensor)
  if (own === null) return null
  const pass = observer.flows.passes.findLast(({ gathers, roots }) => gathers && roots.some((root) => root.id >= own.id))
  if (pass === undefined) return null
  const seen = new Set<Flow>(pass.roots)
  for (const one of seen) if (one.cut === null && one.id >= own.id) for (const input of one.inputs) seen.add(input)
  const whole = new Set<Flow>([own])
  for (const one of [...seen].sort((a, b) => a.id - b.id)) {
    if (one.cut !== null) continue
    if (one.repeated.some((input) => whole.has(input))) return one
    if (looks.has(one.op) && one.inputs.some((input) => whole.has(input))) whole.add(one)
  }
  return null
}
