// verdictWords: each verdict as one sentence that says why and one thing to try, in the user's language. Apart because
// the hover, Problems, the inline note and the panel all say the same.

import type { PanelVerdict, Span, VerdictData, VerdictId } from "../engine/protocol/api.ts"
import type { Words } from "./words.ts"

/** What a sentence may mention: the variable, the cause as it is written, and its line in the document as it is now. */
interface Facts {
  readonly name: string
  readonly cause: string
  readonly line: number
}

type Sentence = (l10n: Words, facts: Facts) => string

const sentences: Readonly<Record<VerdictId, Sentence>> = {
  "not-yet": (l10n, { name }) => l10n.t("`{0}.grad` is null because no backward pass has run. Call backward() on the result before reading it.", name),
  "no-requires-grad": (l10n, { name, line }) => l10n.t("`{0}.grad` is null because `{0}` was made on line {1} without requires_grad. Add requires_grad: true there if you want its gradient.", name, line),
  detached: (l10n, { name, cause, line }) => l10n.t("`{0}.grad` is null because `{1}` on line {2} cut it off from the result. Use the tensor itself there, without detach() or .data.", name, cause, line),
  "no-grad": (l10n, { name, cause, line }) => l10n.t("`{0}.grad` is null because `{1}` on line {2} ran where tracking is off (no_grad or inference_mode), so it was not recorded. Move that line out.", name, cause, line),
  "through-number": (l10n, { name, cause, line }) => l10n.t("`{0}.grad` is null because `{1}` on line {2} turned it into plain numbers, which have no history. Use the tensor itself there.", name, cause, line),
  integer: (l10n, { name, cause, line }) => l10n.t("`{0}.grad` is null because `{1}` on line {2} made whole numbers or booleans of it, which have no slope. Keep floats on the way to the result.", name, cause, line),
  "non-leaf": (l10n, { name }) => l10n.t("`{0}.grad` is null because `{0}` is a result, not a leaf: its gradient passes through and is not kept. Call {0}.retain_grad() before backward().", name),
  reassigned: (l10n, { name, line }) => l10n.t("`{0}.grad` is null because `{0}` means a new tensor since line {1}, not the leaf that backward fills. Change it in place inside torch.no_grad(), for example {0} -= …", name, line),
  "not-reached": (l10n, { name }) => l10n.t("`{0}.grad` is null because the result does not depend on `{0}`. Use it in the computation, or call backward() on what was made of it.", name),
  "relu-zero": (l10n, { name, cause, line }) => l10n.t("`{0}.grad` is zero because `{1}` on line {2} passes nothing on here: at these values its slope is 0. Try values for which it lets something through.", name, cause, line),
  saturated: (l10n, { name, cause, line }) => l10n.t("`{0}.grad` is almost zero because `{1}` on line {2} is flat at these values: it is saturated. Try smaller inputs.", name, cause, line),
  "times-zero": (l10n, { name, cause, line }) => l10n.t("`{0}.grad` is zero because `{1}` on line {2} multiplies by zero or masks everything out. Look at the other factor.", name, cause, line),
  "nan-born": (l10n, { name, cause, line }) => l10n.t("`{0}.grad` is not a number: the first nan comes from `{1}` on line {2}, from 0/0, inf - inf or an infinite slope times 0. Keep its input away from there, for example by adding a small number.", name, cause, line),
  infinite: (l10n, { name, cause, line }) => l10n.t("`{0}.grad` is infinite because `{1}` on line {2} has an infinite slope at these values. Keep its input away from there, for example by adding a small number.", name, cause, line),
  accumulated: (l10n, { name, line }) => l10n.t("`{0}.grad` is a sum over several backward passes: line {1} added to what was already there. Clear it before each pass, with zero_grad() or {0}.grad = null.", name, line),
  "broadcast-sum": (l10n, { name, cause, line }) => l10n.t("`{0}.grad` is a sum: `{1}` on line {2} used `{0}` for several elements at once (broadcasting), and each of them adds its share. If that was not meant, give both the same shape.", name, cause, line),
  "growing-graph": (l10n, { name, line }) => l10n.t("The graph of `{0}` grows from turn to turn: line {1} ties it to the turn before, so no turn can be freed. Add the number with .item(), or cut it off with .detach().", name, line),
}

/** The verdict as a sentence; `line` is that of the document as it is now. */
export function verdictText({ id, name, cause = "", line: then, growth }: VerdictData, l10n: Words, line = then): string {
  const said = sentences[id](l10n, { name, cause, line })
  return growth ? `${said} ${l10n.t("It hung on {0} nodes at first and hangs on {1} after {2} turns.", growth.first, growth.last, growth.turns + 1)}` : said
}

/** The verdicts on a variable, of the place where it got its value if several share its name. */
export function verdictsOn(verdicts: readonly VerdictData[], name: string, definition: Span): readonly VerdictData[] {
  const named = verdicts.filter((one) => one.name === name)
  const here = named.filter((one) => one.definition === undefined || (one.definition.line === definition.line && one.definition.column === definition.column))
  return here.length > 0 ? here : new Set(named.map((one) => one.definition?.line)).size <= 1 ? named : []
}

/** Verdicts as the panel tells them; `now` gives a line of the run as it is now. */
export function panelVerdicts(verdicts: readonly VerdictData[], l10n: Words, now: (line: number) => number): PanelVerdict[] {
  return verdicts.flatMap((one) => {
    const { name, span, definition, id, line } = one
    return span === undefined ? [] : [{ name, span, text: verdictText(one, l10n, now(line)), isWarning: id === "growing-graph", ...(definition === undefined ? {} : { definition }) }]
  })
}

/** What stands at the end of the line that ties a growing graph. */
export function growthNote({ growth }: VerdictData, l10n: Words): string {
  return growth ? `⚠ ${l10n.t("the graph grows: {0} → {1} nodes", growth.first, growth.last)}` : `⚠ ${l10n.t("the graph grows")}`
}
