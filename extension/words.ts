// Words: what the parts without vscode need of `vscode.l10n`. Apart so that those parts run in a unit test.

/** Gives the user's words for an English sentence; `{0}`, `{1}` … stand for the arguments. */
export interface Words {
  t(message: string, ...args: (string | number | boolean)[]): string
  /** The whole translation by English sentence; undefined in English. */
  readonly bundle?: Readonly<Record<string, string>> | undefined
}
