// What is left of a run for those who ask later: the backward graph of a shown tensor, a window of its values.
import { recording } from "../autograd/node.ts"
import type { Graph, ValueStatistics, ValueWindow } from "../protocol/api.ts"
import { staleHandle } from "../protocol/faults.ts"
import { elementCount } from "../tensor/size.ts"
import { elementsAt } from "../tensor/tensor.ts"
import { graphOf } from "./graph.ts"
import { naming, serialOf, withNaming } from "./naming.ts"
import type { Handles } from "./recorder.ts"
import { statisticsOf } from "./statistics.ts"
import type { Subject } from "./steps.ts"

/** Values that one window may hold. */
const windowLimit = 100_000

export class Session {
  /** `names`: the places and names of the run; those of the run that is named now unless said otherwise. */
  constructor(
    private readonly handles: Handles,
    private readonly names: typeof naming = { ...naming },
    /** Backward passes of the run. */
    private readonly passes = recording.passes,
  ) {}

  has(tensorId: number): boolean {
    return this.handles.has(tensorId)
  }

  /** What finds a tensor's node again when the snippet runs once more. */
  subject(tensorId: number): Subject {
    const tensor = this.tensor(tensorId)
    const node = tensor.grad_fn ?? tensor.accumulator
    if (node === null || node.lastPass === 0) return { serial: null, lastPass: this.passes }
    return { serial: withNaming(this.names, () => serialOf(node)), lastPass: node.lastPass }
  }

  /** The backward graph of a tensor of this run. Throws StaleHandle for an id that it does not have. */
  graph(tensorId: number): Graph {
    return withNaming(this.names, () => graphOf(this.tensor(tensorId)))
  }

  /** A rectangle of a tensor's values or of its gradient, cut to what is there; dimensions left out are whole. */
  values(tensorId: number, of: "value" | "grad", start: readonly number[], size: readonly number[]): ValueWindow {
    const asked = this.tensor(tensorId)
    const tensor = of === "value" ? asked : asked.gathered
    if (tensor === null) return { shape: [0], dtype: asked.dtype.name, values: [] }
    const { sizes } = tensor
    const from = sizes.map((length, d) => Math.min(Math.max(0, Math.trunc(start[d] ?? 0)), length))
    let left = windowLimit
    const shape = sizes.map((length, d) => {
      const wanted = Math.max(0, Math.min(Math.trunc(size[d] ?? length), length - from[d]!))
      const granted = Math.min(wanted, left)
      left = Math.floor(left / Math.max(1, granted))
      return granted
    })
    const flats: number[] = []
    const at = new Array<number>(shape.length).fill(0)
    for (let count = elementCount(shape); count > 0; count--) {
      let flat = 0
      for (let d = 0; d < shape.length; d++) flat = flat * sizes[d]! + from[d]! + at[d]!
      flats.push(flat)
      for (let d = shape.length - 1; d >= 0; d--) {
        at[d]! += 1
        if (at[d]! < shape[d]!) break
        at[d] = 0
      }
    }
    return { shape, dtype: tensor.dtype.name, values: elementsAt(tensor, flats) }
  }

  /** The figures of all values of a tensor, or of its gradient; null where it has none. */
  statistics(tensorId: number, of: "value" | "grad"): ValueStatistics | null {
    const asked = this.tensor(tensorId)
    const tensor = of === "value" ? asked : asked.gathered
    return tensor === null ? null : statisticsOf(tensor)
  }

  private tensor(id: number) {
    const tensor = this.handles.get(id)
    if (tensor === undefined) throw staleHandle(id)
    return tensor
  }
}
