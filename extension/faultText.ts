// faultText: how a fault reads in Problems. Apart from problems.ts, which hands it to VS Code, because it is pure.

import type { FaultData } from "../engine/protocol/api.ts"
import { inUsersWords } from "./faultWords.ts"
import type { Words } from "./words.ts"

/** The fault as a sentence and, on the next line, the one thing to try. */
export function faultText({ name, message, hint }: Pick<FaultData, "name" | "message" | "hint">, l10n: Words): string {
  const isOurs = ["Stopped", "TimeLimit", "MemoryLimit", "EngineCrash"].includes(name)
  const said = inUsersWords(message, l10n)
  const head = isOurs ? said : `${name}: ${said}`
  return hint ? `${head}\n→ ${inUsersWords(hint, l10n)}` : head
}
