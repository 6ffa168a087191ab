// boundaryWords: why no gradient passes a tinted stretch, in the user's words. Apart because it is pure.

import type { Boundary, BoundaryReason } from "../engine/protocol/api.ts"
import type { Words } from "./words.ts"

const sentences: Readonly<Record<BoundaryReason, (l10n: Words, name: string) => string>> = {
  "no-grad": (l10n) => l10n.t("Tracking is off here (no_grad): nothing is recorded, and no gradient comes back through it."),
  inference: (l10n) => l10n.t("Inference mode: nothing is recorded here, and what is made here can never be tracked."),
  detached: (l10n, name) => l10n.t("{0} is cut off from its history here: no gradient comes back through it.", name),
  "through-number": (l10n, name) => l10n.t("{0} becomes plain numbers here, which have no history: no gradient comes back through them.", name),
  integer: (l10n, name) => l10n.t("{0} becomes whole numbers or booleans here, which have no slope: no gradient comes back through them.", name),
  reassigned: (l10n, name) => l10n.t("From here on {0} is a result, not the leaf that it was: backward does not fill its .grad.", name),
}

/** The reason as a sentence. */
export function boundaryText({ reason, name }: Boundary, l10n: Words): string {
  return sentences[reason](l10n, name === undefined ? l10n.t("The tensor") : `\`${name}\``)
}
