// Trust: a snippet is code of the folder, so nothing runs before the folder is trusted. Says why, and offers the door.

import { commands, l10n, window, workspace } from "vscode"
import type { RunResult } from "../engine/protocol/api.ts"

/** Whether snippets may run here. */
export function isTrusted(): boolean {
  return workspace.isTrusted
}

/** Why nothing runs, in one sentence. */
export function trustReason(): string {
  return l10n.t("Nothing runs here: running a snippet runs code of this folder, and the folder is in Restricted Mode.")
}

/** Tells why nothing ran and offers to manage trust; the answer is a result that says the same. */
export function refuse(): RunResult {
  void offer()
  const message = trustReason()
  const error = { name: "RestrictedMode", message, hint: l10n.t("Trust the folder, then run again."), line: 1, column: 1, endLine: 1, endColumn: 1 }
  return { runId: 0, stdout: "", error, warnings: [], trace: { records: [] }, durationMs: 0, device: "cpu" }
}

async function offer(): Promise<void> {
  const manage = l10n.t("Manage Workspace Trust")
  const chosen = await window.showWarningMessage(trustReason(), manage)
  if (chosen === manage) await commands.executeCommand("workbench.trust.manage")
}
