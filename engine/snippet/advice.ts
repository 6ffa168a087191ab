// One thing to try: hints for mistakes that people make who know the Python original. Apart because these sentences
// are about two languages, and about nothing else here.

interface Habit {
  /** What the learner's line looks like. */
  readonly line: RegExp
  readonly hint: string
}

const habits: readonly Habit[] = [
  { line: /^\s*(def|elif|lambda)\b|^\s*(for|while|if|else|with|class|try|except)\b.*:\s*$/, hint: "This looks like Python. A snippet is TypeScript: blocks stand in braces, as in `for (const x of xs) { … }`." },
  { line: /^\s*from\s+[\w.]+\s+import\b/, hint: 'Write `import { nn } from "torch"`.' },
  { line: /^\s*import\s+[\w.]+(\s+as\s+\w+)?\s*$/, hint: 'Write `import torch from "torch"`, or `import * as F from "torch/nn/functional"`.' },
  { line: /\w\s*\[[^\]]*:[^\]]*\]/, hint: "Slices are written with slice: `x[slice(1, 3)]` for x[1:3], `x[slice(), 0]` for x[:, 0]." },
  { line: /\blambda\b/, hint: "A function without a name is written `(x) => x * 2`." },
  { line: /\S\s+@\s+\S|\w@\w/, hint: "The matrix product is `torch.matmul(a, b)` or `a.matmul(b)`." },
  { line: /\S\s+(and|or)\s+\S|\bnot\s+\w/, hint: "`and`, `or`, `not` are written `&&`, `||`, `!`." },
  { line: /^\s*#/, hint: "A comment starts with `//`." },
  { line: /\bprint\s+\S/, hint: "print is a function: `print(x)`." },
  { line: /\S\s*\/\/\s*\w/, hint: "`//` starts a comment; use `torch.floor_divide(a, b)` or `Math.floor(a / b)`." },
  { line: /\bfor\b.*\bfor\b|\[.*\bfor\s+\w+\s+in\b/, hint: "A list is made with `Array.from({ length: n }, (_, i) => …)` or `xs.map(x => …)`." },
  { line: /(^|[^\w])f["']/, hint: "A text with values in it is written `${x}` between backquotes." },
]

/** A hint for a text that does not parse, by the line that the parser stopped at. */
export function syntaxAdvice(source: string, offset: number, message: string): string {
  const from = source.lastIndexOf("\n", Math.max(0, offset - 1)) + 1
  const to = source.indexOf("\n", offset)
  const line = source.slice(from, to < 0 ? undefined : to)
  const habit = habits.find((one) => one.line.test(line))
  if (habit !== undefined) return habit.hint
  const closing = /'([)\]}])' expected/.exec(message)
  if (closing !== null) return `A bracket is open: look for where the ${closing[1]} belongs.`
  if (/redeclare|Duplicate identifier/.test(message)) return "Give one of them another name, or assign without const or let."
  if (/must be initialized/.test(message)) return "Give it a value, or declare it with let."
  return "Look at this place and just before it: a bracket, a quote or an operator may be missing."
}

const pythonNames: Readonly<Record<string, string>> = {
  True: "Write `true`.",
  False: "Write `false`.",
  None: "Write `null`.",
  self: "Write `this`.",
  range: "Write `for (let i = 0; i < n; i++)`, or `torch.arange(n)`.",
  np: "There is no numpy here; torch has what it needs.",
  plt: "There is no matplotlib here; the loss of a loop is drawn without asking.",
  nn: 'Add `import { nn } from "torch"`, or write `torch.nn`.',
  optim: 'Add `import { optim } from "torch"`, or write `torch.optim`.',
  F: 'Add `import * as F from "torch/nn/functional"`.',
  autograd: 'Add `import { autograd } from "torch"`, or write `torch.autograd`.',
  models: 'Add `import { models } from "torchvision"`.',
  Tensor: 'Add `import { Tensor } from "torch"`, or write `torch.Tensor`.',
  enumerate: "Write `xs.forEach((x, i) => …)` or `for (const [i, x] of xs.entries())`.",
  zip: "Write `a.map((x, i) => [x, b[i]])`.",
  abs: "Write `x.abs()` or `Math.abs(x)`.",
  sum: "Write `x.sum()`.",
  max: "Write `x.max()` or `Math.max(a, b)`.",
  min: "Write `x.min()` or `Math.min(a, b)`.",
  int: "Write `Math.trunc(x)`, or `x.long()` for a tensor.",
  float: "Write `x.item()` for a tensor, `Number(x)` otherwise.",
  str: "Write `String(x)`.",
  math: "Write `Math`: `Math.sqrt(2)`, `Math.PI`.",
  process: "A snippet sees torch, torchvision and JavaScript's own objects only.",
  fetch: "A snippet has no network; it sees torch, torchvision and JavaScript's own objects only.",
  setTimeout: "A snippet has no timers; it runs from top to bottom.",
  document: "A snippet has no page; it sees torch, torchvision and JavaScript's own objects only.",
  window: "A snippet has no page; it sees torch, torchvision and JavaScript's own objects only.",
}

/** A hint for a name that is not defined; `line` is the source line it stands in. */
export function nameAdvice(name: string, line: string, known: readonly string[]): string {
  const keyword = new RegExp(`[(,]\\s*${name}\\s*=[^=]`)
  if (keyword.test(line)) return `Keyword arguments go into one object at the end: \`{ ${name}: … }\`.`
  const python = Object.hasOwn(pythonNames, name) ? pythonNames[name] : undefined
  if (python !== undefined) return python
  const near = closest(name, known)
  return near === null ? "Declare it first with const or let, or check its spelling." : `Did you mean \`${near}\`?`
}

/** The known name that a misspelled one is most likely to be, null when none is near. */
export function closest(name: string, known: Iterable<string>): string | null {
  const limit = name.length <= 3 ? 1 : name.length <= 6 ? 2 : 3
  let best: string | null = null
  let least = limit + 1
  for (const candidate of known) {
    if (candidate === name || Math.abs(candidate.length - name.length) >= least) continue
    const bare = (text: string) => text.toLowerCase().replaceAll("_", "")
    const distance = bare(candidate) === bare(name) ? 0.5 : edits(name, candidate)
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

/** Damerau's edit distance, with a swap of neighbours as one edit. */
function edits(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1)
      next.push(cost)
    }
    before = row
    row = next
  }
  return row[b.length]!
}
