// An optimizer's rule as formulas: one pass over a parameter and what is remembered of it. Where the tensors do not lie
// alike, or elsewhere than in this process, the same formulas run one after the other.
import { input, type Expr } from "../ops/expr.ts"
import { updateFast, type Rule } from "../backends/update.ts"
import { float32 } from "../backends/dtype.ts"
import { backend } from "../tensor/make.ts"
import { changedInPlace, type Tensor } from "../tensor/tensor.ts"

type Names = Readonly<Record<string, Expr>>

/** A rule from the names of its tensors and numbers, and each step's formula of them. */
export function rule(tensors: readonly string[], numbers: readonly string[], steps: (names: Names) => Rule["steps"]): Rule {
  const names = Object.fromEntries([...tensors, ...numbers].map((name) => [name, input(name)]))
  return { tensors, numbers, steps: steps(names) }
}

/** Rules that differ by what is asked for, each made when it is first needed. */
export function rules<Asked extends Readonly<Record<string, boolean>>>(make: (asked: Asked) => Rule): (asked: Asked) => Rule {
  const made = new Map<string, Rule>()
  return (asked) => {
    const key = Object.values(asked).join()
    let known = made.get(key)
    if (!known) made.set(key, (known = make(asked)))
    return known
  }
}

/** Changes the tensors in place as the rule says. */
export function update(by: Rule, tensors: readonly Tensor[], numbers: readonly number[]): void {
  const rounded = tensors[0]!.dtype === float32 && float32.array === Float32Array ? numbers.map(Math.fround) : numbers
  if (!updateFast(by, tensors, rounded)) {
    const names = [...by.tensors, ...by.numbers]
    for (const [name, expr] of by.steps) backend.elementwise(expr, names, [...tensors, ...rounded], tensors[by.tensors.indexOf(name)]!)
  }
  for (const name of new Set(by.steps.map(([one]) => one))) changedInPlace(tensors[by.tensors.indexOf(name)]!.storage)
}
