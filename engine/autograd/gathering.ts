// Backward as a learner calls it: into every leaf on the way, or into those that are named. Apart from the pass itself,
// which only carries gradients, because both torch.autograd.backward and a tensor's backward end here.
import type { Tensor } from "../tensor/tensor.ts"
import { backwardPass, type BackwardOptions } from "./backward.ts"
import { watching } from "./watching.ts"

interface Gathering extends Omit<BackwardOptions, "inputs"> {
  readonly leaves: readonly Tensor[] | null
}

/** Runs a pass from `roots` and adds to `.grad`: of `leaves`, or of all that the pass meets where that is null. */
export function gather(roots: readonly Tensor[], starts: readonly Tensor[], options: Gathering): void {
  const { leaves } = options
  if (leaves === null) {
    backwardPass(roots, starts, options)
    return
  }
  backwardPass(roots, starts, { ...options, inputs: leaves }).forEach((grad, i) => {
    if (!grad) return
    const leaf = leaves[i]!
    watching.by?.gathering(leaf)
    leaf.gathered = leaf.gathered ? leaf.gathered.add(grad) : options.createGraph ? grad : grad.detach().clone()
    watching.by?.gathered(leaf)
  })
}
