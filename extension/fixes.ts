// Fixes: the light bulb at our squiggles, where the hint names a cure that is one small edit. The rules are faultText's.

import { CodeAction, CodeActionKind, l10n, Range, WorkspaceEdit, type CodeActionContext, type CodeActionProvider, type TextDocument } from "vscode"
import { fixesFor } from "./faultText.ts"
import { source } from "./problems.ts"

export class QuickFixes implements CodeActionProvider {
  static readonly kinds = [CodeActionKind.QuickFix]

  provideCodeActions(document: TextDocument, _range: Range, { diagnostics }: CodeActionContext): CodeAction[] {
    const lineAt = (line: number): string => (line >= 1 && line <= document.lineCount ? document.lineAt(line - 1).text : "")
    return diagnostics
      .filter((diagnostic) => diagnostic.source === source)
      .flatMap((diagnostic) =>
        fixesFor(diagnostic.message, diagnostic.range.start.line + 1, lineAt, l10n).map(({ title, line, from, to, insert }) => {
          const action = new CodeAction(title, CodeActionKind.QuickFix)
          action.diagnostics = [diagnostic]
          action.edit = new WorkspaceEdit()
          action.edit.replace(document.uri, new Range(line - 1, from - 1, line - 1, to - 1), insert)
          return action
        }),
      )
  }
}
