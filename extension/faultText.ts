// faultText: how a fault reads in Problems, and which quick fixes it offers. Apart from problems.ts and fixes.ts,
// which hand it to VS Code, because it is pure.

import type { FaultData } from "../engine/protocol/api.ts"
import { inUsersWords } from "./faultWords.ts"
import type { Words } from "./words.ts"

/** A change of one line that may mend a fault: `insert` replaces columns `from` (inclusive) to `to` (exclusive), from 1. */
export interface Fix {
  readonly title: string
  readonly line: number
  readonly from: number
  readonly to: number
  readonly insert: string
}

/** The fault as a sentence and, on the next line, the one thing to try. */
export function faultText({ name, message, hint }: Pick<FaultData, "name" | "message" | "hint">, l10n: Words): string {
  const isOurs = ["Stopped", "TimeLimit", "MemoryLimit", "EngineCrash"].includes(name)
  const said = inUsersWords(message, l10n)
  const head = isOurs ? said : `${name}: ${said}`
  return hint ? `${head}\n→ ${inUsersWords(hint, l10n)}` : head
}

/** Quick fixes for a fault whose text names the cure; `lineAt` gives a line's text, from 1. */
export function fixesFor(text: string, line: number, lineAt: (line: number) => string, l10n: Words): readonly Fix[] {
  const fixes: Fix[] = []
  if (text.includes("retain_graph")) fixes.push(...retainGraph(line, lineAt, l10n))
  if (/requires_grad\b/.test(text)) fixes.push(...requiresGrad(text, line, lineAt, l10n))
  if (/\bdetach\(\)/.test(text)) fixes.push(...detach(line, lineAt, l10n))
  return fixes
}

/** The graph is freed by the backward pass before: that one has to keep it. */
function retainGraph(line: number, lineAt: (line: number) => string, l10n: Words): readonly Fix[] {
  for (let at = line - 1; at >= 1; at -= 1) {
    const call = /\.backward\(([^()]*)\)/.exec(lineAt(at))
    if (!call) continue
    const [whole, args = ""] = call
    const open = call.index + ".backward(".length + 1
    const title = l10n.t("Keep the graph: backward({0}) on line {1}", "{ retain_graph: true }", at)
    if (args.trim() === "") return [{ title, line: at, from: open, to: open + args.length, insert: "{ retain_graph: true }" }]
    if (whole.includes("{")) continue
    return [{ title, line: at, from: open + args.trimEnd().length, to: open + args.length, insert: ", { retain_graph: true }" }]
  }
  return []
}

/** The tensor that the fault names, or the only factory call above, is asked to track. */
function requiresGrad(text: string, line: number, lineAt: (line: number) => string, l10n: Words): readonly Fix[] {
  const named = [...text.matchAll(/[“"'`‘]([A-Za-z_$][\w$]*)[”"'`’]/g)].map(([, name]) => name)
  const calls: { readonly at: number; readonly name: string; readonly end: number; readonly args: string }[] = []
  for (let at = 1; at < line; at += 1) {
    const made = /^\s*(?:const|let|var)?\s*([A-Za-z_$][\w$]*)\s*=\s*torch\.(?:tensor|ones|zeros|rand|randn|full|eye|linspace|arange|empty)\(/.exec(lineAt(at))
    const end = lineAt(at).lastIndexOf(")")
    if (made?.[1] && end > 0) calls.push({ at, name: made[1], end, args: lineAt(at).slice(made[0].length, end) })
  }
  const open = calls.filter(({ args }) => !args.includes("requires_grad") && !args.includes("{"))
  const wanted = open.filter(({ name }) => named.includes(name))
  const chosen = wanted.length > 0 ? wanted : calls.length === open.length ? open : []
  return chosen.slice(0, 3).map(({ at, name, end, args }) => ({
    title: l10n.t("Track {0}: add {1}", name, "{ requires_grad: true }"),
    line: at,
    from: end + 1,
    to: end + 1,
    insert: args.trim() === "" ? "{ requires_grad: true }" : ", { requires_grad: true }",
  }))
}

/** A name used where a tracked tensor cannot be: cut it off just there. */
function detach(line: number, lineAt: (line: number) => string, l10n: Words): readonly Fix[] {
  const call = /([A-Za-z_$][\w$]*)\.(?:numpy|tolist|item)\(\)/.exec(lineAt(line))
  if (!call?.[1]) return []
  const at = call.index + call[1].length + 1
  return [{ title: l10n.t("Use {0} without its history", `${call[1]}.detach()`), line, from: at, to: at, insert: ".detach()" }]
}
