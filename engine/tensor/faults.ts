// The tensor core's faults, one factory each: what was expected, what was found, one thing to try.
import { Fault } from "../protocol/faults.ts"
import { position } from "./position.ts"

/** A fault at the place where the learner's code is now. */
export function fault(name: string, message: string, hint?: string): Fault {
  const made = new Fault(name, message, hint)
  made.site = position.site
  return made
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(", ")}]`

export const faults = {
  broadcast: (what: string, a: readonly number[], b: readonly number[], dim: number) =>
    fault(
      "RuntimeError",
      `${what}: the shapes ${shapeText(a)} and ${shapeText(b)} do not fit together: at dimension ${dim} the sizes must be equal, or one of them 1.`,
      "Make the sizes meet, for example with reshape, unsqueeze or transpose.",
    ).as("broadcast", a, b),
  dimRange: (what: string, dim: number, rank: number) =>
    fault(
      "IndexError",
      rank === 0
        ? `${what}: expected dimension 0 or -1 for a tensor without dimensions, found ${dim}.`
        : `${what}: expected a dimension from ${-rank} to ${rank - 1}, found ${dim}; the tensor has ${rank} dimension${rank === 1 ? "" : "s"}.`,
      rank === 0 ? "Leave the dimension out." : `Use a number from ${-rank} to ${rank - 1}; -1 is the last dimension.`,
    ),
  indexRange: (index: number, dim: number, size: number) =>
    fault(
      "IndexError",
      `The index ${index} is out of range for dimension ${dim}, which has size ${size}.`,
      size === 0 ? "The dimension is empty." : `Use an index from ${-size} to ${size - 1}.`,
    ),
  notOneElement: (what: string, shape: readonly number[]) =>
    fault("RuntimeError", `${what}: expected a tensor with one element, found shape ${shapeText(shape)}.`, "Reduce it first, for example with mean(), sum(), any() or all()."),
  argument: (message: string, hint?: string) => fault("TypeError", message, hint),
  value: (message: string, hint?: string) => fault("ValueError", message, hint),
  runtime: (message: string, hint?: string) => fault("RuntimeError", message, hint),
  index: (message: string, hint?: string) => fault("IndexError", message, hint),
  notImplemented: (message: string, hint?: string) => fault("NotImplementedError", message, hint),
}
