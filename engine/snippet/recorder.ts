// The recorder: what each place of a snippet produced, bounded whatever the number of turns. Apart from the runtime,
// which only reports. The newest and the first moment of a place stay alive; those between are formatted at once.
import type { LoopTrace, ModuleRecord, Sample, TraceRecord } from "../protocol/api.ts"
import { position } from "../tensor/position.ts"
import { Tensor } from "../tensor/tensor.ts"
import { Curves, type ValueCurve } from "./curves.ts"
import { moduleRecords } from "./moduleRecords.ts"
import { momentOf, type Moment } from "./moment.ts"
import type { Recording } from "./runtime.ts"
import type { Site, SiteTable } from "./sites.ts"
import { brief, whole, Written } from "./summary.ts"
import { naming, noteInputs, remember } from "./naming.ts"

/** Samples kept of a place, first and last aside. */
const sampleLimit = 64

interface Place {
  readonly site: Site
  readonly name: string | undefined
  count: number
  /** Every how many turns a sample is kept; doubles when there are too many. */
  stride: number
  readonly first: Moment
  last: Moment
  /** Formatted at the end, when it is known which of them stay. */
  samples: Moment[]
  /** The curve of its numbers; null where it has none, undefined until a number was seen. */
  curve: ValueCurve | null | undefined
}

/** The live tensors that summaries refer to. */
export type Handles = Map<number, Tensor>

export class Recorder implements Recording {
  private places: Place[] = []
  private prints: Place[] = []
  /** By site, what its tensors are called. */
  private readonly labels: (string | null | undefined)[] = []
  /** Places that hold a large tensor, whose value is formatted just before the tensor changes. */
  private readonly exposed = new Set<Place>()
  /** Modules that got a name, whose parameters are named after them. */
  private readonly modules = new Map<object, { readonly name: string; readonly site: number }>()

  private readonly curves: Curves

  /** `firstHandle`: the handle of the first tensor that the trace refers to. */
  constructor(
    private readonly table: SiteTable,
    private readonly firstHandle = 1,
  ) {
    this.curves = new Curves(table)
  }

  /** A turn of a loop begins. */
  turned(number: number): void {
    this.curves.turned(number)
  }

  /** A backward pass added to this tensor's `.grad`. */
  gathered(tensor: Tensor): void {
    if (tensor.node === null) this.curves.gathered(tensor, position.site)
  }

  value(number: number, value: unknown, name?: string): void {
    const site = this.table.get(number)
    if (site === null) return
    if (value instanceof Tensor) {
      if (site.kind === "binding" && value.label === null) {
        value.label = name === undefined ? (this.labels[number] ??= labelOf(site.name)) : labelOf(name)
        if (value.wantsGrad && value.node === null) naming.bound.set(value, number)
      }
      remember(value)
    } else if (typeof value === "function") {
      if (typeof Reflect.get(value, "named_parameters") !== "function") return
      if (site.name !== undefined && !this.modules.has(value)) this.modules.set(value, { name: site.name.replace(/^this\./, ""), site: number })
    }
    this.keep(this.places, number, site, value, name ?? site.name)
  }

  operation(number: number, value: Tensor, inputs: readonly unknown[]): void {
    const site = this.table.get(number)
    if (site === null) return
    remember(value)
    noteInputs(value, inputs)
    this.keep(this.places, number, site, value, undefined)
  }

  /** What print wrote at a place. */
  printed(number: number, text: string): void {
    const site = this.table.get(number)
    if (site !== null) this.keep(this.prints, number, site, new Written(text), undefined)
  }

  changing(tensor: Tensor): void {
    if (this.exposed.size > 0) this.settle((other) => other.storage === tensor.storage)
  }

  changingLeaves(): void {
    this.settle((other) => other.node === null)
  }

  asked(): void {}

  held(): unknown[] {
    return this.places.flatMap(({ first, last }) => [first, last])
  }

  restart(): void {
    this.places = []
    this.prints = []
    this.exposed.clear()
    this.curves.restart()
  }

  /** The trace, in source order, and the tensors that its summaries refer to. */
  finish(fewestTurns = 2): { records: TraceRecord[]; modules: ModuleRecord[]; loops: LoopTrace[]; handles: Handles } {
    this.nameTensors()
    const handles: Handles = new Map()
    const ids = new Map<Tensor, number>()
    const idOf = (tensor: Tensor): number => {
      const id = ids.get(tensor) ?? ids.size + this.firstHandle
      ids.set(tensor, id)
      handles.set(id, tensor)
      return id
    }
    const sample = (moment: Moment): Sample => ({ index: moment.index, value: moment.summary(moment.tensor === null ? 0 : idOf(moment.tensor), whole) })
    const record = (place: Place, kind: TraceRecord["kind"]): TraceRecord => {
      const { site, name, count, first, last } = place
      const samples = [sample(first), ...place.samples.map((moment) => ({ index: moment.index, value: moment.summary(0, brief) })), ...(last === first ? [] : [sample(last)])]
      return { kind, span: site.whole, showLine: site.showLine, ...(name === undefined ? {} : { name }), count, samples }
    }
    const records = [
      // `flatMap` passes over the numbers of places that were never reached.
      ...this.places.flatMap((place) => [record(place, place.site.kind)]),
      ...this.prints.flatMap((place) => [record(place, "print")]),
    ]
    const named = [...this.modules].flatMap(([module, { name, site }]) => {
      const span = this.table.get(site)?.whole
      return span === undefined ? [] : [{ module, name, span }]
    })
    return { records: records.sort(inSourceOrder), modules: moduleRecords(named, idOf), loops: this.curves.finish(fewestTurns), handles }
  }

  /** Where tensors got their names; `model.fc1.weight` for what a module holds. A name of its own that a tensor has stays. */
  private nameTensors(): void {
    this.places.forEach((place, number) => {
      if (place.site.kind !== "binding") return
      for (const { tensor } of [place.first, place.last]) if (tensor !== null && !naming.bound.has(tensor) && tensor.label === place.name?.replace(/^this\./, "")) naming.bound.set(tensor, number)
    })
    for (const [module, { name, site }] of this.modules) {
      const named: unknown = Reflect.get(module, "named_parameters")
      if (typeof named !== "function") continue
      for (const [path, parameter] of Reflect.apply(named as () => Iterable<[string, unknown]>, module, [])) {
        if (!(parameter instanceof Tensor)) continue
        parameter.label ??= `${name}.${path}`
        if (!naming.bound.has(parameter)) naming.bound.set(parameter, site)
      }
    }
  }

  private keep(places: Place[], number: number, site: Site, value: unknown, name: string | undefined): void {
    const known: Place | undefined = places[number]
    if (known === undefined) {
      const first = momentOf(0, value)
      const place: Place = { site, name, count: 1, stride: 1, first, last: first, samples: [], curve: undefined }
      places[number] = place
      this.draw(place, first)
      if (first.isExposed) this.exposed.add(place)
      return
    }
    const index = known.count++
    const { last } = known
    // An unnamed value of the first turn would keep that turn's whole graph in memory.
    if (index === 1 && site.kind === "operation") known.first.release(whole)
    // The moment that is no longer the newest becomes a sample, or makes room for the next.
    if (last !== known.first && last.index % known.stride === 0) {
      addSample(known, last)
      known.last = momentOf(index, value)
    } else if (last === known.first || !last.renew(index, value)) known.last = momentOf(index, value)
    this.draw(known, known.last)
    if (known.last.isExposed) this.exposed.add(known)
  }

  /** Puts a name's number onto its curve. */
  private draw(place: Place, { number, tensor }: Moment): void {
    const { site, name, curve } = place
    if (number === null || curve === null || site.kind !== "binding" || name === undefined) return
    const drawn = curve ?? (place.curve = this.curves.curveOf(site, name, number, tensor === null))
    if (drawn !== null) this.curves.value(drawn, number)
  }

  private settle(isChanging: (tensor: Tensor) => boolean): void {
    for (const place of this.exposed) {
      for (const moment of [place.first, place.last]) {
        if (moment.isExposed && moment.tensor !== null && isChanging(moment.tensor)) moment.settle()
      }
      if (!place.first.isExposed && !place.last.isExposed) this.exposed.delete(place)
    }
  }
}

/** What a tensor is called that a name got. */
function labelOf(name: string | undefined): string | null {
  return name?.replace(/^this\./, "") ?? null
}

function addSample(place: Place, moment: Moment): void {
  moment.release(brief)
  place.samples.push(moment)
  if (place.samples.length <= sampleLimit) return
  place.stride *= 2
  place.samples = place.samples.filter(({ index }) => index % place.stride === 0)
}

function inSourceOrder(a: TraceRecord, b: TraceRecord): number {
  return (
    (a.span.file ?? "").localeCompare(b.span.file ?? "") || a.span.line - b.span.line || a.span.column - b.span.column || a.span.endLine - b.span.endLine || a.span.endColumn - b.span.endColumn
  )
}
