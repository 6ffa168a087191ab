// What a backward pass has done after so many steps: which nodes ran, where gradients flow now, and every `.grad` so
// far. A pure function of the pass and the position, so that a step back shows exactly what was there before.
import type { BackwardPass, BackwardStep } from "../../engine/protocol/api.ts"

/** A `.grad` at some position of the pass. */
export interface GradientNow {
  readonly tensor: string
  readonly name: string
  /** Its text; null for none. */
  readonly grad: string | null
  /** This pass has added to it, and this very step. */
  readonly isGrown: boolean
  readonly isNew: boolean
}

export interface Standing {
  /** The step that has just happened; null at the start. */
  readonly step: BackwardStep | null
  /** Nodes by the numbers of the steps, from 1, in which they ran so far. */
  readonly order: ReadonlyMap<string, number>
  readonly gradients: readonly GradientNow[]
}

/** What is there after `position` steps; 0 is before the first. */
export function standingAt(pass: BackwardPass, position: number): Standing {
  const order = new Map<string, number>()
  const gradients = new Map<string, GradientNow>()
  pass.steps.forEach((step, at) => {
    const isDone = at < position
    if (isDone) order.set(step.node, at + 1)
    for (const { tensor, name = "", before, after } of step.gathered ?? []) {
      if (isDone) gradients.set(tensor, { tensor, name, grad: after, isGrown: true, isNew: at === position - 1 })
      // What a leaf brings along from an earlier pass is there from the start.
      else if (!gradients.has(tensor)) gradients.set(tensor, { tensor, name, grad: before, isGrown: false, isNew: false })
    }
  })
  return { step: pass.steps[position - 1] ?? null, order, gradients: [...gradients.values()] }
}

/** The position after which a node has just run, when one of these is it; null where none is in the pass. */
export function positionOf(pass: BackwardPass, isNode: (node: string) => boolean): number | null {
  const at = pass.steps.findIndex(({ node }) => isNode(node))
  return at < 0 ? null : at + 1
}
