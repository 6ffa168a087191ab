// What the panel shows of turns: a backward pass step by step, and a loop with its curves. Apart from fixtures.ts, whose
// graphs these are of.
import type { BackwardPass, Curve, IterationsShown, PanelModel } from "../../../engine/protocol/api.ts"
import { lesson, lineSpan, modelOf } from "./fixtures.ts"

/** The pass of lesson 001 over the fixture's nodes. */
export function lessonPass(): BackwardPass {
  const full = (value: string): string => `tensor([[${value}, ${value}],\n        [${value}, ${value}]])`
  const one = "tensor(1.)"
  return {
    pass: 0, passes: 1, reaches: true, span: lineSpan(7), omitted: 0,
    steps: [
      { node: "5", name: "MeanBackward0", span: lineSpan(6), arrived: [one], formula: "y = (1/n) Σ x", passed: [{ to: "4", name: "MulBackward0", grad: full("0.2500") }] },
      { node: "4", name: "MulBackward0", span: lineSpan(5), arrived: [full("0.2500")], formula: "y = x · 3", slopes: ["∂y/∂x = 3"], passed: [{ to: "3", name: "MulBackward0", grad: full("0.7500"), slope: full("3.") }] },
      { node: "3", name: "MulBackward0", span: lineSpan(5), arrived: [full("0.7500")], formula: "y = a · b", slopes: ["∂y/∂a = b", "∂y/∂b = a"], passed: [1, 2].map(() => ({ to: "2", name: "AddBackward0", grad: full("2.2500"), slope: full("3.") })) },
      { node: "2", name: "AddBackward0", span: lineSpan(4), arrived: [full("4.5000")], formula: "y = x + 2", slopes: ["∂y/∂x = 1"], passed: [{ to: "1", name: "AccumulateGrad", grad: full("4.5000"), slope: full("1.") }] },
      { node: "1", name: "AccumulateGrad", span: lineSpan(3), arrived: [full("4.5000")], passed: [], gathered: [{ tensor: "x", name: "x", before: null, added: full("4.5000"), after: full("4.5000") }] },
    ],
  }
}

/** Lesson 001's graph beside a loop of 100 turns with a loss and two gradients, one that vanishes and one that explodes. */
export function trained(): PanelModel {
  const turns = Array.from({ length: 100 }, (_, turn) => turn)
  const curve = (name: string, kind: Curve["kind"], value: (turn: number) => Curve["values"][number], more: Partial<Curve> = {}): Curve => ({ kind, name, span: lineSpan(12), count: 100, turns, values: turns.map(value), ...more })
  const iterations: IterationsShown = {
    at: null,
    isAwaited: false,
    loops: [{
      id: 4,
      span: { ...lineSpan(10), endLine: 18 },
      turns: 100,
      curves: [
        curve("loss", "value", (turn) => 2 * 0.95 ** turn + 0.1 * Math.sin(turn)),
        curve("w", "gradient", (turn) => (turn === 99 ? "inf" : 1.2 ** turn), { flag: { kind: "exploding", since: 60, turns: 40 } }),
        curve("deep", "gradient", (turn) => 1e-7 / (turn + 1), { flag: { kind: "vanishing", since: 0, turns: 90 } }),
      ],
    }],
  }
  return modelOf(lesson(), { runId: 1, iterations })
}
