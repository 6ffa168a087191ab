// fixTitles: what each cure that the engine offers is called in the light bulb's menu. Apart from fixes.ts, which hands
// them to VS Code, because it is pure.

import type { FixData, FixId } from "../engine/protocol/api.ts"
import type { Words } from "./words.ts"

const titles: Readonly<Record<FixId, (l10n: Words, args: readonly string[]) => string>> = {
  "keep-graph": (l10n, [line = ""]) => l10n.t("Keep the graph: pass { retain_graph: true } on line {0}", line),
  "new-tensor": (l10n, [, made = ""]) => l10n.t("Make a new tensor instead: {0}", made),
  "write-instead": (l10n, [old = "", made = ""]) => l10n.t("Write {1} instead of {0}", old, made),
  "clone-first": (l10n, [name = ""]) => l10n.t("Change a copy of {0}", name),
  track: (l10n, [name = ""]) => l10n.t("Track {0}: requires_grad", name),
  "retain-grad": (l10n, [name = ""]) => l10n.t("Keep the gradient of {0}: retain_grad()", name),
  "detach-last": (l10n, [expression = ""]) => l10n.t("Cut {0} off from the turns before: .detach()", expression),
  "sum-first": (l10n, [expression = ""]) => l10n.t("Sum it first: {0}.sum()", expression),
  "ones-gradient": (l10n, [gradient = ""]) => l10n.t("Pass a gradient: {0}", gradient),
  "remove-cut": (l10n, [cut = "", line = ""]) => l10n.t("Remove {0} on line {1}", cut, line),
  "to-float": (l10n, [expression = ""]) => l10n.t("Make {0} floating-point: .float()", expression),
  "take-number": (l10n, [expression = ""]) => l10n.t("Add only the number: {0}.item()", expression),
  "clear-grad": (l10n, [call = ""]) => l10n.t("Clear the gradient first: {0}", call),
  "match-target": (l10n, [target = ""]) => l10n.t("Give {0} the shape of the prediction: .view_as()", target),
  "to-device": (l10n, [expression = ""]) => l10n.t("Move {0} to the other device: .to()", expression),
  "without-grad": (l10n) => l10n.t("Change it in place, inside torch.no_grad()"),
  "layer-inputs": (l10n, [count = ""]) => l10n.t("Give the layer {0} inputs", count),
}

/** The title of a cure. */
export function fixTitle({ id, args }: FixData, l10n: Words): string {
  return titles[id](l10n, args)
}
