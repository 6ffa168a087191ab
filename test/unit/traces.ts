// Traces made by hand, as the engine would record them for lesson 001: what the editor's pure parts are tried on.

import type { RunResult, Sample, Span, TensorSummary, TraceRecord, ValueSummary } from "../../engine/protocol/api.ts"

/** A place on one line; columns count from 1, the end is exclusive. */
export function on(line: number, column: number, endColumn: number): Span {
  return { line, column, endLine: line, endColumn }
}

/** A tensor's summary with what matters to a test. */
export function tensor(id: number, repr: string, more: Partial<TensorSummary> = {}): TensorSummary {
  return {
    kind: "tensor", id, repr, shape: [2, 2], dtype: "float32", device: "cpu", requires_grad: false, is_leaf: true,
    chain: [], grad: null, range: [0, 1], version: 0, ...more,
  }
}

/** A record reached once, or as often as there are values. */
export function record(kind: TraceRecord["kind"], span: Span, values: ValueSummary | readonly Sample[], more: Partial<TraceRecord> = {}): TraceRecord {
  const samples = Array.isArray(values) ? (values as readonly Sample[]) : [{ index: 0, value: values as ValueSummary }]
  return { kind, span, showLine: span.endLine, count: samples.length, samples, ...more }
}

/** A result with these records. */
export function resultOf(records: readonly TraceRecord[], more: Partial<RunResult> = {}): RunResult {
  return { runId: 1, stdout: "", warnings: [], trace: { records }, durationMs: 1, device: "cpu", ...more }
}

const x = tensor(1, "tensor([[1., 1.],\n        [1., 1.]], requires_grad=True)", {
  requires_grad: true,
  grad: { repr: "tensor([[4.5000, 4.5000],\n        [4.5000, 4.5000]])", shape: [2, 2] },
  chain: [],
})
const y = tensor(2, "tensor([[3., 3.],\n        [3., 3.]], grad_fn=<AddBackward0>)", {
  requires_grad: true,
  is_leaf: false,
  chain: [
    { name: "AddBackward0", line: 4, variable: "y", branches: 0 },
    { name: "AccumulateGrad", variable: "x", branches: 0 },
  ],
})
const z = tensor(3, "tensor([[27., 27.],\n        [27., 27.]], grad_fn=<MulBackward0>)", {
  requires_grad: true,
  is_leaf: false,
  chain: [
    { name: "MulBackward0", line: 5, variable: "z", branches: 0 },
    { name: "MulBackward0", line: 5, branches: 1 },
    { name: "AddBackward0", line: 4, variable: "y", branches: 0 },
    { name: "AccumulateGrad", variable: "x", branches: 0 },
  ],
})

/** Lesson 001 down to `print(x.grad)`; the source's lines are 1 `import …`, 3 `const x`, 4 `const y`, 5 `const z`, 6 backward, 7 print. */
export const lesson = resultOf([
  record("binding", on(3, 7, 8), x, { name: "x" }),
  record("operation", on(4, 11, 16), y),
  record("binding", on(4, 7, 8), y, { name: "y" }),
  record("operation", on(5, 11, 16), tensor(4, "tensor([[9., 9.],\n        [9., 9.]], grad_fn=<MulBackward0>)", { requires_grad: true, is_leaf: false })),
  record("operation", on(5, 11, 20), z),
  record("binding", on(5, 7, 8), z, { name: "z" }),
  record("result", on(6, 1, 20), { kind: "plain", repr: "undefined", typeName: "undefined" }),
  record("print", on(7, 1, 14), { kind: "plain", repr: "tensor([[4.5000, 4.5000],\n        [4.5000, 4.5000]])", typeName: "string" }),
])
