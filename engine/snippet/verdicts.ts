// Verdicts: why a `.grad` is null, zero, not a number or of an unexpected size, and the line to look at. Apart from the
// observer, which only notes what happened; here it is judged, with the more specific reason first.
import type { RunRequest, VerdictData, VerdictId } from "../protocol/api.ts"
import { numbersOf } from "../tensor/make.ts"
import { Tensor } from "../tensor/tensor.ts"
import { Draft } from "./draft.ts"
import { flowOf, isLeaf, isZero, type Flow, type Gathering } from "./flow.ts"
import { whyNull } from "./missing.ts"
import { examine, type Finding } from "./examination.ts"
import { naming } from "./naming.ts"
import { countNodes, type Bound, type Observer } from "./observer.ts"
import type { Performed, RunHost } from "./perform.ts"
import { cureOf } from "./verdictCures.ts"

/** A name whose `.grad` was asked for, and the tensor that it means at the end. */
export interface Subject {
  readonly name: string
  readonly tensor: Tensor
  /** The snippet reads its `.grad`. */
  readonly isAsked: boolean
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
/** Of what nobody asked about: parameters of a module, and elements of one of them, that are looked at. */
const mostMembers = 100
const mostElements = 50_000

/** What is known of a run's gradients at once, and the way to the rest; null where this is all. */
export interface Judgement {
  readonly verdicts: readonly VerdictData[]
  readonly rest: ((host: RunHost) => Promise<readonly VerdictData[]>) | null
}

/** Judges a run: the names whose `.grad` it reads, and with `everyone` all others too, which are then marked. */
export function judge(observer: Observer, request: RunRequest, ran: Performed, took: number, everyone: boolean): Judgement {
  const found = new Findings(observer, request.source)
  const closer: Subject[] = []
  const numbers: Subject[] = []
  for (const subject of everyone ? everyoneOf(observer) : subjectsOf(observer)) {
    if (subject.tensor.dtype.category !== "float") continue
    const judged = subject.tensor.gathered === null ? whyNull(subject, observer) : whySo(subject, observer)
    if (judged === "closer") closer.push(subject)
    // Whether a number that left matters takes a run for each: only where it was asked.
    else if (judged === "numbers") numbers.push(...(subject.isAsked ? [subject] : []))
    else if (judged !== null && (subject.isAsked || isWorthTelling(subject, judged))) found.tell(subject, judged)
  }
  for (const bound of observer.names.values()) {
    const { variable, growth, grewAt } = bound
    // A name that lost its leaf grows because of that.
    if (growth >= 2 && !found.has("reassigned", variable.name)) found.tell({ name: variable.name, site: bound.site, isAsked: true }, { id: "growing-graph", site: grewAt }, bound)
  }
  const isCut = ran.error !== undefined && /^(Stopped|TimeLimit|MemoryLimit)$/.test(ran.error.name)
  if (isCut || took > repeatLimit || closer.length + numbers.length === 0) return { verdicts: found.all, rest: null }
  const rest = async (host: RunHost): Promise<readonly VerdictData[]> => {
    if (host.stopRequested()) return found.all
    const findings: Finding[] = await examine(closer, numbers, observer, { ...request, timeLimit: secondsAgain(took, request.timeLimit) }, host, ran.seed)
    // A look at half a run tells nothing.
    if (host.stopRequested()) return found.all
    for (const { subject, reason } of findings) {
      const settled = reason === "fine" ? counted(subject, observer) : reason
      if (settled !== null) found.tell(subject, settled)
    }
    return found.all
  }
  return { verdicts: found.all, rest }
}

/** How long the run may take once more, in seconds. A number that is held may be the one that a loop waits for: then it would never end. */
function secondsAgain(took: number, limit: number): number {
  const most = Math.max(1, (3 * took) / 1000)
  return limit > 0 ? Math.min(limit, most) : most
}

/** Of a name that nobody asked about: that no backward has run yet is news for leaves only. */
function isWorthTelling({ tensor }: Subject, { id }: Reason): boolean {
  return id !== "not-yet" || isLeaf(tensor)
}

/** The verdicts as they come together, each once, with their places and cures. */
class Findings {
  private readonly told: VerdictData[] = []
  private draft: Draft | undefined

  constructor(
    private readonly observer: Observer,
    private readonly source: string,
  ) {}

  get all(): readonly VerdictData[] {
    return [...this.told]
  }

  has(id: VerdictId, name: string): boolean {
    return this.told.some((one) => one.id === id && one.name === name)
  }

  tell({ name, site: definedAt, isAsked }: Pick<Subject, "name" | "site" | "isAsked">, { id, site }: Reason, grown?: Bound): void {
    const { table } = this.observer
    const cause = table.get(site)
    const definition = table.get(definedAt)?.whole
    if (cause === null || cause.span.file !== undefined) return
    if (this.told.some((one) => one.id === id && one.name === name && (isAsked || one.asked !== false || one.definition?.line === definition?.line))) return
    this.draft ??= new Draft(this.source)
    const { draft } = this
    const fixes = cureOf(id, { draft, name, definition: draft.at(definition), cause: draft.at(cause.whole) })
    this.told.push({
      id,
      name,
      line: cause.span.line,
      span: cause.span,
      cause: briefly(this.source, draft.at(cause.whole)?.getText(draft.tree)),
      ...(isAsked ? {} : { asked: false }),
      ...(definition === undefined || definition.file !== undefined ? {} : { definition }),
      ...(grown?.value instanceof Tensor ? { growth: { first: grown.nodesAtFirst, last: countNodes(grown.value), turns: grown.growth } } : {}),
      ...(fixes.length === 0 ? {} : { fixes }),
    })
  }
}

/** A stretch of the source on one line, cut at the end. */
function briefly(source: string, text: string | undefined): string {
  const line = (text ?? source).replace(/\s+/g, " ")
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}

/** Each name that means a tensor at the end, asked about or not. */
export function everyoneOf(observer: Observer): Subject[] {
  const found = subjectsOf(observer)
  const known = new Set(found.map(({ tensor }) => tensor))
  const add = (subject: Subject): void => {
    if (known.has(subject.tensor)) return
    known.add(subject.tensor)
    found.push(subject)
  }
  const bounds = [...observer.names.values()].filter(({ variable }) => !variable.isAlias)
  for (const bound of bounds) if (bound.value instanceof Tensor) add(subjectOf(bound, bound.value, false))
  // Of a module the parameters, as far as looking at every number is quick.
  for (const bound of bounds) for (const subject of membersOf(bound).slice(0, mostMembers)) if (subject.tensor.numel() <= mostElements) add({ ...subject, isAsked: false })
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
      // A name that has moved on since its gradient was read is not asked about any more.
      if (bound.value instanceof Tensor && (tensors.has(bound.value) || !hadGradient(tensors))) add(subjectOf(bound, bound.value, true))
      continue
    }
    for (const tensor of tensors) {
      const own = [...observer.names.values()].find((one) => one.value === tensor && !one.variable.isAlias)
      const module = own === undefined ? memberOf(observer, tensor) : null
      if (own !== undefined) add(subjectOf(own, tensor, true))
      else if (module !== null) add(module)
      else if (tensor === [...tensors].at(-1)) add({ name: variable?.name ?? tensor.label ?? "grad", tensor, isAsked: true, site: bound?.site ?? tensor.node?.site ?? naming.bound.get(tensor) ?? 0, lostAt: 0 })
    }
  }
  // A read that never came because backward() threw is a question all the same.
  if (observer.flows.passCount > 0) {
    for (const site of observer.table.sites) {
      const bound = site?.callee?.name === "grad" && site.variable !== undefined && !site.variable.isAlias && !observer.reads.has(site.variable.key) ? observer.names.get(site.variable.key) : undefined
      if (bound?.value instanceof Tensor) add(subjectOf(bound, bound.value, true))
    }
  }
  return [...found.values()]
}

/** Whether what was read last was a gradient. */
function hadGradient(tensors: ReadonlySet<Tensor>): boolean {
  return [...tensors].at(-1)?.gathered != null
}

function subjectOf(bound: Bound, tensor: Tensor, isAsked: boolean): Subject {
  return { name: bound.variable.name, tensor, isAsked, site: bound.site, lostAt: bound.lostAt }
}

/** A parameter of a module that has a name: `model.weight`, defined where the model is. */
function memberOf(observer: Observer, tensor: Tensor): Subject | null {
  for (const bound of observer.names.values()) {
    const member = bound.variable.isAlias ? undefined : membersOf(bound).find((one) => one.tensor === tensor)
    if (member !== undefined) return member
  }
  return null
}

/** The parameters of a name that means a module. */
function membersOf({ variable, value, site }: Bound): Subject[] {
  const named: unknown = typeof value === "function" ? Reflect.get(value, "named_parameters") : undefined
  if (typeof named !== "function") return []
  const parameters = [...(Reflect.apply(named, value, []) as Iterable<[string, unknown]>)]
  return parameters.flatMap(([path, tensor]) => (tensor instanceof Tensor ? [{ name: `${variable.name}.${path}`, tensor, isAsked: true, site, lostAt: 0 }] : []))
}

/** Why a gradient that is there is as it is; `closer` where only another run can tell. */
function whySo(subject: Subject, observer: Observer): Reason | "closer" | null {
  const { tensor } = subject
  const grad = tensor.gathered!
  const known = observer.flows.gatheringOf(tensor)
  // Set or cleared by hand since: nothing to explain.
  if (known === undefined || known.grad !== grad || known.version !== grad.storage.version) return known === undefined || isZero(grad) ? null : counted(subject, observer)
  const numbers = numbersOf(grad)
  if (numbers.length === 0) return null
  if (numbers.some((value) => !Number.isFinite(value)) || numbers.every((value) => Math.abs(value) < 1e-6)) return "closer"
  return counted(subject, observer)
}

/** A gradient that is a sum: over several passes, or over the copies of a broadcast. */
function counted({ tensor }: Subject, observer: Observer): Reason | null {
  const known = observer.flows.gatheringOf(tensor)
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
