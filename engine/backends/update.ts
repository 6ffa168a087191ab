// Several tensors changed in one pass over their elements: what an optimizer's step does to a parameter and to what it
// remembers. Apart from elementwise kernels, which fill one tensor a pass.
import type { Expr } from "../ops/expr.ts"
import type { View } from "./backend.ts"
import { choice } from "./choice.ts"
import type { TypedArray } from "./dtype.ts"
import { printJavaScript } from "./javascript/print.ts"
import * as special from "./javascript/special.ts"
import { evenCount } from "./walk.ts"
import { relaxedNow } from "./wasm/blocks.ts"
import { terms } from "./wasm/crew.ts"
import { bring, take } from "./wasm/elementwise.ts"
import { printUpdate } from "./wasm/print.ts"
import { compiled, free, need, type Run } from "./wasm/scratch.ts"

/** Captured at load, so that the sandbox may take `Function` away from the snippet afterwards. */
const KernelFunction = Function

/** Formulas that change tensors one after the other; a later one sees what earlier ones changed. */
export interface Rule {
  readonly tensors: readonly string[]
  readonly numbers: readonly string[]
  readonly steps: readonly (readonly [string, Expr])[]
}

type Loop = (n: number, arrays: readonly TypedArray[], offsets: readonly number[], numbers: readonly number[]) => void

const loops = new WeakMap<Rule, Map<string, Loop>>()
const runs = new WeakMap<Rule, Run[]>()

/** Elements from which WebAssembly is faster. */
const large = 1 << 10
const block = 4096

/** Runs the rule; false where the tensors are not alike, not floats of this process, or do not lie in rows. */
export function updateFast(rule: Rule, tensors: readonly View[], numbers: readonly number[]): boolean {
  const [first] = tensors as readonly [View, ...View[]]
  const { name } = first.dtype
  if ((name !== "float32" && name !== "float64") || !tensors.every(({ storage, dtype, sizes }) => storage.isHost && dtype === first.dtype && sizes.length === first.sizes.length)) return false
  const count = evenCount(tensors, first)
  if (count < 0 || tensors.some(({ sizes }) => sizes.some((size, d) => size !== first.sizes[d]))) return false
  if (count === 0) return true
  const arrays = tensors.map(({ storage }) => storage.array)
  const offsets = tensors.map(({ offset }) => offset)
  if (choice.wasm && (count >= large || terms.everything) && arrays.every((one) => one instanceof Float32Array)) inWasm(rule, count, arrays, offsets, numbers)
  else loopOf(rule, first)(count, arrays, offsets, numbers)
  return true
}

function inWasm(rule: Rule, count: number, arrays: readonly TypedArray[], offsets: readonly number[], numbers: readonly number[]): void {
  let both = runs.get(rule)
  if (!both) runs.set(rule, (both = []))
  const which = relaxedNow() ? 1 : 0
  const run = (both[which] ??= compiled(`update ${rule.tensors.join()}`, printUpdate(rule.steps, rule.tensors, rule.numbers, which === 1)))
  const floats = need(free + arrays.length * block)
  const changed = rule.tensors.map((name) => rule.steps.some(([one]) => one === name))
  const args = [0, ...arrays.map((_, i) => (free + i * block) * 4), ...numbers]
  for (let done = 0; done < count; done += block) {
    const n = Math.min(block, count - done)
    for (let i = 0; i < arrays.length; i++) bring(floats, free + i * block, arrays[i]!, offsets[i]! + done, 1, n)
    args[0] = n
    run(...args)
    for (let i = 0; i < arrays.length; i++) if (changed[i]) take(floats, free + i * block, arrays[i]!, offsets[i]! + done, 1, n)
  }
}

function loopOf(rule: Rule, { dtype, storage }: View): Loop {
  let known = loops.get(rule)
  if (!known) loops.set(rule, (known = new Map()))
  // A float32 may lie in doubles: loops of their own keep the others fast.
  const key = dtype.name + String(storage.array instanceof Float64Array)
  let loop = known.get(key)
  if (!loop) known.set(key, (loop = printLoop(rule)))
  return loop
}

function printLoop({ tensors, numbers, steps }: Rule): Loop {
  const spelled = Object.fromEntries([...tensors.map((name, i) => [name, `x${i}`]), ...numbers.map((name, i) => [name, `s${i}`])])
  const body = steps.map(([name, expr]) => {
    const i = tensors.indexOf(name)
    return `a${i}[at${i} + i] = ${printJavaScript(expr, spelled)}; x${i} = a${i}[at${i} + i]`
  })
  return KernelFunction("special", `"use strict"; return (n, arrays, offsets, numbers) => {
  const [${tensors.map((_, i) => `a${i}`).join(", ")}] = arrays, [${tensors.map((_, i) => `at${i}`).join(", ")}] = offsets${numbers.length ? `, [${numbers.map((_, i) => `s${i}`).join(", ")}] = numbers` : ""}
  for (let i = 0; i < n; i++) {
    let ${tensors.map((_, i) => `x${i} = a${i}[at${i} + i]`).join(", ")}
    ${body.join("\n    ")}
  }
}`)(special) as Loop
}
