// Turns an op case into a snippet that prints its answer as one line of JSON, so that it takes the learner's own road:
// the snippet compiler, the engine, the command line.

import { caseNumber } from "./compare.ts"
import type { CaseNumber } from "./compare.ts"
import type { OpCase, OpInput } from "./cases.ts"

/** The snippet of an op case. It prints `{ out, dtype, shape, grad_fn, grads }`, special numbers as strings. */
export function opSnippet(one: OpCase): string {
  const names = Object.keys(one.inputs)
  const { w, out_dtype, out_shape } = one.expect
  return [
    "const F = torch.nn.functional",
    "const nn = torch.nn",
    ...names.map(name => `const ${name} = ${inputSource(one.inputs[name]!)}`),
    `const out = ${one.ts}`,
    "let grads = null",
    ...(w === null ? [] : [
      "if (out.requires_grad) {",
      `  const w = ${tensorSource(w, out_shape, out_dtype)}`,
      "  const weighted = (out * w).sum()",
      "  weighted.backward()",
      "}",
    ]),
    "const flat = t => [t.tolist()].flat(Infinity)",
    `if (out.requires_grad) grads = { ${names.map(name => `${name}: ${name}.grad === null ? null : flat(${name}.grad)`).join(", ")} }`,
    "const answer = { out: flat(out), dtype: String(out.dtype).replace('torch.', ''), shape: [...out.shape], grad_fn: out.grad_fn === null ? null : out.grad_fn.name(), grads }",
    "const spell = (_key, value) => typeof value === 'bigint' ? Number(value) : typeof value === 'number' && !Number.isFinite(value) ? String(value) : value",
    "print(JSON.stringify(answer, spell))",
    "",
  ].join("\n")
}

function inputSource(input: OpInput): string {
  const built = tensorSource(input.data, input.shape, input.dtype)
  const laidOut = input.layout === "transposed" ? `${built}.transpose(-1, -2).contiguous().transpose(-1, -2)` : built
  // Tracking starts after the layout is made, so that the input is a leaf.
  return input.requires_grad ? `${laidOut}.requires_grad_(true)` : laidOut
}

function tensorSource(data: readonly CaseNumber[], shape: readonly number[], dtype: string): string {
  const options = `{ dtype: torch.${dtype} }`
  if (shape.includes(0)) return `torch.zeros([${shape.join(", ")}], ${options})`
  return `torch.tensor(${nested(data, shape, dtype)}, ${options})`
}

function nested(data: readonly CaseNumber[], shape: readonly number[], dtype: string): string {
  const [size, ...rest] = shape
  if (size === undefined) return literal(data[0]!, dtype)
  const step = data.length / size
  const rows = Array.from({ length: size }, (_, row) => nested(data.slice(row * step, (row + 1) * step), rest, dtype))
  return `[${rows.join(", ")}]`
}

function literal(value: CaseNumber, dtype: string): string {
  if (typeof value === "boolean") return String(value)
  if (dtype.startsWith("int") || dtype === "uint8") return `${value}n`
  const number = caseNumber(value, dtype)
  return Object.is(number, -0) ? "-0" : String(number)
}
