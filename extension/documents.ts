// Documents: which open documents are snippets, kept by version so that typing costs one scan, and the context key that
// menus and keys wait for. The text rules themselves are in snippets.ts.

import { commands, window, workspace, EventEmitter, type Disposable, type TextDocument, type Uri } from "vscode"
import { programsIn, type Program } from "./snippets.ts"

/** Schemes whose documents are views of something else: a diff's left side, a chat's code block, output. */
const foreignSchemes = new Set(["git", "gitfs", "output", "vscode-scm", "search-editor", "vscode-chat-code-block", "debug"])

/** Knows the snippets among the open documents. */
export class Documents implements Disposable {
  readonly #programs = new WeakMap<TextDocument, { readonly version: number; readonly programs: readonly Program[] }>()
  readonly #scratch = new Set<string>()
  readonly #known = new WeakSet<TextDocument>()
  readonly #found = new EventEmitter<TextDocument>()
  /** Fires once for a document that is opened as a snippet or becomes one. */
  readonly onDidFind = this.#found.event
  readonly #subscriptions: Disposable[]
  #isSnippet: boolean | undefined

  constructor() {
    this.#subscriptions = [
      workspace.onDidOpenTextDocument((document) => this.#look(document)),
      workspace.onDidChangeTextDocument(({ document }) => {
        if (document === window.activeTextEditor?.document) this.#look(document)
      }),
      workspace.onDidCloseTextDocument(({ uri }) => this.#scratch.delete(uri.toString())),
      window.onDidChangeActiveTextEditor(() => this.refresh()),
      this.#found,
    ]
  }

  /** The programs of a document; empty when it is no snippet. */
  programs(document: TextDocument): readonly Program[] {
    if (foreignSchemes.has(document.uri.scheme)) return []
    const { version, languageId } = document
    if (languageId !== "typescript" && languageId !== "markdown") return []
    const known = this.#programs.get(document)
    if (known?.version === version) return known.programs
    const isScratch = this.#scratch.has(document.uri.toString())
    const programs = programsIn({ languageId, text: document.getText(), isScratch })
    this.#programs.set(document, { version, programs })
    return programs
  }

  isSnippet(document: TextDocument): boolean {
    return this.programs(document).length > 0
  }

  /** A document that New Snippet made is a snippet whatever it says. */
  adopt(uri: Uri): void {
    this.#scratch.add(uri.toString())
    this.refresh()
  }

  /** Looks at the editors anew. */
  refresh(): void {
    const { activeTextEditor } = window
    this.#tell(activeTextEditor !== undefined && this.isSnippet(activeTextEditor.document))
    for (const { document } of window.visibleTextEditors) this.#look(document)
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose()
  }

  #look(document: TextDocument): void {
    const isSnippet = this.isSnippet(document)
    if (document === window.activeTextEditor?.document) this.#tell(isSnippet)
    if (!isSnippet || this.#known.has(document)) return
    this.#known.add(document)
    this.#found.fire(document)
  }

  #tell(isSnippet: boolean): void {
    if (isSnippet === this.#isSnippet) return
    this.#isSnippet = isSnippet
    void commands.executeCommand("setContext", "autograd.isSnippet", isSnippet)
  }
}
