// Who looks over the engine's shoulder while a snippet runs: what is computed, what leaves the graph, what a backward
// pass gathers. Apart because explanations and verdicts need it and nothing here may depend on them; with nobody
// watching it costs one comparison a call.
import type { Tensor } from "../tensor/tensor.ts"
import type { Gradient, Node } from "./node.ts"

/** How a value leaves the graph. */
export type Exit = "detach" | "detach_" | "data" | "item" | "tolist"

export interface Watcher {
  /** An operation ran. `kind` tells how its inputs meet; a tensor among `args` that is also the result was changed in place. */
  operation(name: string, kind: "elementwise" | "structural" | "custom", args: readonly unknown[], result: unknown): void
  /** A tensor was read as something outside the graph; what is returned takes the place of `result`. */
  left(how: Exit, from: Tensor, result: unknown): unknown
  /** A backward pass is asked for, with these gradients to start from (null: one); it may still fail. */
  backward(roots: readonly Tensor[], given: readonly Gradient[]): void
  /** A backward pass gave gradients to whoever asked for them by name, as autograd.grad does, instead of to every leaf. */
  captured(inputs: readonly Tensor[], gradients: readonly Gradient[], createGraph: boolean): void
  /** A gradient is about to be added to `.grad`. */
  gathering(tensor: Tensor): void
  /** It was added. */
  gathered(tensor: Tensor): void
}

/** Who follows backward passes node by node; a pass that another one's hook starts is not told. */
export interface PassWatcher {
  /** A pass begins; it will come by these nodes. */
  begins(nodes: Iterable<Node>): void
  /** Its turn has come: these gradients arrived, by output. `runs` is false where the pass only collects them. */
  arriving(node: Node, grads: readonly Gradient[], runs: boolean): void
  /** The node ran: what it gives to its inputs, by edge. */
  passing(node: Node, passed: readonly Gradient[]): void
  ends(): void
}

/** `inside` counts operations and passes under way: what they compute themselves is not reported. */
export const watching: { by: Watcher | null; pass: PassWatcher | null; inside: number } = { by: null, pass: null, inside: 0 }

/** Runs an operation and reports it, unless it is a part of another. */
export function watched<R>(name: string, kind: "elementwise" | "structural" | "custom", args: readonly unknown[], run: () => R): R {
  const { by } = watching
  if (by === null || watching.inside > 0) return run()
  let result: R
  watching.inside = 1
  try {
    result = run()
  } finally {
    watching.inside = 0
  }
  by.operation(name, kind, args, result)
  return result
}

/** Reports a value that leaves the graph. */
export function leaving(how: Exit, from: Tensor, result: unknown): unknown {
  return watching.by === null || watching.inside > 0 ? result : watching.by.left(how, from, result)
}
