// Activations: what stands between the layers of a network. Elementwise ones first.
import { elementwise, type ElementwiseEntry, type Namespace, type Sample } from "./entry.ts"
import * as e from "./expr.ts"
import type { Family } from "./family.ts"

const { mul, where, gt } = e
const general: readonly Sample[] = [[[-1.3, -0.4, 0.3, 0.9, 2.1]]]
const everywhere: readonly Namespace[] = ["torch", "Tensor", "functional"]

export const activations: Family<"relu" | "leaky_relu"> = {
  relu: elementwise("relu(self: Tensor)", {
    doc: "Keeps what is positive, zero for the rest.",
    formula: ({ self }) => e.maximum(self!, 0),
    slope: { self: ({ result }) => where(gt(result!, 0), 1, 0) },
    in: everywhere,
    samples: general,
  }),
  leaky_relu: elementwise("leaky_relu(self: Tensor, negative_slope: number = 0.01)", {
    doc: "Like relu, with a small slope below zero.",
    formula: ({ self, negative_slope }) => where(gt(self!, 0), self!, mul(self!, negative_slope!)),
    slope: { self: ({ self, negative_slope }) => where(gt(self!, 0), 1, negative_slope!) },
    in: ["functional"],
    samples: general,
  }) satisfies ElementwiseEntry,
}
