// A backward pass as a list of steps: what arrived at each node, its local rule, what it gave on, and the `+=` into a
// `.grad`. Apart from the hidden run that it listens to: it formats one pass and keeps no tensor.
import { untracked } from "../autograd/modes.ts"
import { recording, type Gradient, type Node } from "../autograd/node.ts"
import type { PassWatcher } from "../autograd/watching.ts"
import type { BackwardPass, BackwardStep, Gathered, PassedOn, Span } from "../protocol/api.ts"
import { Fault } from "../protocol/faults.ts"
import { position } from "../tensor/position.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { FlowWatcher } from "./flow.ts"
import { idOfNode, idOfTensor } from "./graph.ts"
import { naming, placeOfNode, serialOf } from "./naming.ts"
import { reprOf, whole } from "./summary.ts"

/** Steps of one pass that are told. */
const stepLimit = 2000
/** Characters of a gradient's text; fewer where there are many steps. */
const textLimit = 1200
const briefLimit = 300
const manySteps = 300
/** Elements of a node's output up to which its slopes are computed as numbers. */
const slopeLimit = 2000

/** The tensor whose pass is wanted, as it is found again in another run. */
export interface Subject {
  /** Of the node that made it, or that gathers for it; null where no pass came by: then any pass will do. */
  readonly serial: number | null
  /** The number, from 1, of the newest pass that came by, or of all where none did; 0 where there was none at all. */
  readonly lastPass: number
}

/** Follows the passes of a run, and writes one of them down. */
export class PassRecorder implements PassWatcher {
  /** Passes that reached the subject. */
  reached = 0
  private chosen = 0
  private span: Span | undefined
  private steps: BackwardStep[] | null = null
  private omitted = 0
  private isRecording = false
  private text = textLimit
  private draft: Draft | null = null
  /** Results that asked for their `.grad` gather it just before their node's turn. */
  private waiting: Open[] = []

  /** `wanted`: which of the passes that reach the subject; the newest where it is undefined. */
  constructor(
    private readonly subject: Subject,
    private readonly wanted: number | undefined,
  ) {}

  /** The pass. Throws RuntimeError where there was none. */
  get pass(): BackwardPass {
    const { steps, span, omitted } = this
    if (steps === null) throw noPass()
    return { pass: this.chosen, passes: this.reached, reaches: this.subject.serial !== null, ...(span === undefined ? {} : { span }), steps, omitted }
  }

  begins(nodes: Iterable<Node>): void {
    let count = 0
    let isReached = this.subject.serial === null
    for (const node of nodes) {
      count++
      if (!isReached && serialOf(node) === this.subject.serial) isReached = true
    }
    if (!isReached) return
    const ordinal = this.reached++
    this.isRecording = this.wanted === undefined ? recording.passes === this.subject.lastPass : this.wanted === ordinal
    if (!this.isRecording) return
    this.chosen = ordinal
    this.steps = []
    this.omitted = 0
    this.text = count > manySteps ? briefLimit : textLimit
    this.span = naming.table.get(position.site)?.span
  }

  arriving(node: Node, grads: readonly Gradient[], runs: boolean): void {
    if (!this.isRecording) return
    // A node that no gradient reaches does nothing, and one that nobody waits for does not run.
    if (grads.every((grad) => grad === null)) {
      this.draft = null
      return
    }
    if (this.steps!.length >= stepLimit) {
      this.omitted++
      this.draft = null
      return
    }
    this.draft = { node, arrived: grads.map((grad) => this.write(grad)), slopes: runs ? slopesOf(node) : null, runs, gathered: [] }
    for (const open of this.waiting.splice(0)) this.draft.gathered.push(this.close(open, grads[open.tensor.outputNr] ?? null))
  }

  passing(node: Node, passed: readonly Gradient[]): void {
    const { draft } = this
    if (this.isRecording && draft?.node === node) this.finish(draft, draft.runs ? this.givenOn(draft, passed) : [], false)
  }

  private finish(draft: Draft, given: readonly PassedOn[], failed: boolean): void {
    this.draft = null
    const { node, gathered } = draft
    const { formula, slopes } = node.mathematics()
    const span = placeOfNode(node)
    this.steps!.push({
      node: idOfNode(node),
      name: node.name(),
      ...(span === undefined ? {} : { span }),
      arrived: draft.arrived,
      ...(formula === null ? {} : { formula }),
      ...(slopes.length === 0 ? {} : { slopes }),
      passed: given,
      ...(gathered.length === 0 ? {} : { gathered }),
      ...(draft.runs ? {} : { collected: true }),
      ...(failed ? { failed } : {}),
    })
  }

  ends(): void {
    // A node that gave nothing on threw: it is the step that one wants to see.
    if (this.isRecording && this.draft !== null) this.finish(this.draft, [], true)
    this.isRecording = false
  }

  /** A gradient is about to be added to this tensor's. */
  gathering(tensor: Tensor): void {
    if (this.isRecording) this.waiting.push({ tensor, before: this.write(tensor.gathered), after: "" })
  }

  gathered(tensor: Tensor): void {
    const open = this.waiting.at(-1)
    if (!this.isRecording || open?.tensor !== tensor) return
    open.after = this.write(tensor.gathered) ?? ""
    if (this.draft?.node.variable !== tensor) return
    this.waiting.pop()
    const before = this.draft.arrived[0]
    this.draft.gathered.push(this.close(open, null, before))
  }

  private close({ tensor, before, after }: Open, added: Gradient, text = this.write(added)): Gathered {
    return { tensor: idOfTensor(tensor) ?? "", ...(tensor.label === null ? {} : { name: tensor.label }), before, added: text ?? "", after }
  }

  private givenOn({ node, slopes }: Draft, passed: readonly Gradient[]): PassedOn[] {
    return node.edges.flatMap((edge, i): PassedOn[] => {
      if (edge.node === null) return []
      const slope = this.write(slopes?.[i] ?? null)
      return [{ to: idOfNode(edge.node), name: edge.node.name(), grad: this.write(passed[i] ?? null), ...(slope === null ? {} : { slope }) }]
    })
  }

  private write(tensor: Gradient): string | null {
    return tensor === null ? null : reprOf(tensor, { ...whole, text: this.text })
  }
}

interface Draft {
  readonly node: Node
  readonly arrived: readonly (string | null)[]
  readonly slopes: readonly Gradient[] | null
  readonly runs: boolean
  readonly gathered: Gathered[]
}

interface Open {
  readonly tensor: Tensor
  readonly before: string | null
  after: string
}

/** The flows of a run, and its `.grad`s for the recorder of a pass. */
export class StepFlows extends FlowWatcher {
  constructor(private readonly recorder: PassRecorder) {
    super()
  }
  override gathering(tensor: Tensor): void {
    super.gathering(tensor)
    this.recorder.gathering(tensor)
  }
  override gathered(tensor: Tensor): void {
    super.gathered(tensor)
    this.recorder.gathered(tensor)
  }
}

export function noPass(): Fault {
  return new Fault("RuntimeError", "No backward pass has run.", "Call backward() on a result with one element.")
}

function slopesOf(node: Node): readonly Gradient[] | null {
  const size = node.outputs[0]?.sizes.reduce((count, length) => count * length, 1) ?? 0
  if (size > slopeLimit || node.variable !== null) return null
  try {
    return untracked(() => node.elementSlopes())
  } catch (error) {
    // Values that were changed in place: the pass itself says so in a moment.
    if (error instanceof Fault) return null
    throw error
  }
}
