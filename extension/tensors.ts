// Tensors: the view in the side bar that lists every named tensor of the last run. What it lists is tensorRows.ts's; what
// can be done with a tensor is tensorCommands.ts's.

import { EventEmitter, l10n, MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState, Uri, window, type Disposable, type FileDecoration, type FileDecorationProvider, type TreeDataProvider, type TreeView } from "vscode"
import type { Documents } from "./documents.ts"
import { hoverText } from "./hoverText.ts"
import type { DocumentResult } from "./results.ts"
import { factRows, foundOfRow, rowText, spokenText, tensorChanges, tensorRows, type FactRow, type ListedRow, type ModuleRow, type TensorChange, type TensorRow } from "./tensorRows.ts"

/** The view's id, as package.json has it. */
export const tensorsView = "autograd.tensors"

/** A row of the view, and its place by the lines of now, so that any command that takes a place takes it too. */
export interface TensorEntry {
  readonly row: ListedRow | FactRow
  readonly uri: string
  readonly line: number
  readonly column: number
}

/** Rows of dimmed names carry an address of this scheme: only through one can VS Code colour them. */
const staleScheme = "autograd-stale"

export class Tensors implements TreeDataProvider<TensorEntry>, FileDecorationProvider, Disposable {
  readonly #documents: Documents
  readonly #seen: (uri: Uri) => DocumentResult | undefined
  readonly #icons: Uri
  readonly #changed = new EventEmitter<undefined>()
  readonly #view: TreeView<TensorEntry>
  readonly #subscriptions: Disposable[]
  #uri: Uri | null = null
  #rows: readonly ListedRow[] = []
  #changes: ReadonlyMap<string, TensorChange> = new Map()
  readonly onDidChangeTreeData = this.#changed.event

  /** `seen`: the part of a document's result that may be shown now. */
  constructor(extensionUri: Uri, documents: Documents, seen: (uri: Uri) => DocumentResult | undefined) {
    this.#documents = documents
    this.#seen = seen
    this.#icons = Uri.joinPath(extensionUri, "media", "icons")
    this.#view = window.createTreeView(tensorsView, { treeDataProvider: this, showCollapseAll: true })
    this.#subscriptions = [this.#view, this.#changed, window.registerFileDecorationProvider(this)]
    this.editorChanged()
  }

  /** The editor in front changed: its tensors are listed, where it is a snippet; else the last ones stay. */
  editorChanged(): void {
    const document = window.activeTextEditor?.document
    if (!document || !this.#documents.isSnippet(document) || document.uri.toString() === this.#uri?.toString()) return
    this.#uri = document.uri
    this.#refresh()
  }

  /** A document's result, or what is picked of it, changed. */
  resultChanged(uri: Uri): void {
    const active = window.activeTextEditor?.document
    // A snippet that runs without being in front takes the view only where no snippet is.
    if (this.#uri === null || !active || !this.#documents.isSnippet(active)) this.#uri = uri
    if (uri.toString() === this.#uri.toString()) this.#refresh()
  }

  getChildren(entry?: TensorEntry): TensorEntry[] | undefined {
    const held = this.#held()
    if (!held) return []
    if (!entry) return this.#rows.map((row) => this.#entry(held, row))
    const { row } = entry
    if (row.kind === "module") return row.rows.map((each) => this.#entry(held, each))
    return row.kind === "tensor" ? factRows(row, l10n, this.#changes.get(row.key)).map((each) => this.#entry(held, each)) : undefined
  }

  getTreeItem({ row }: TensorEntry): TreeItem {
    const isStale = this.#held()?.isStale === true
    const item = row.kind === "tensor" ? this.#tensorItem(row, isStale) : row.kind === "module" ? moduleItem(row) : factItem(row)
    item.id = row.key
    if (isStale) item.resourceUri = Uri.from({ scheme: staleScheme, path: `/${encodeURIComponent(row.key)}` })
    return item
  }

  /** The tooltip is the hover's text; made when the mouse rests on a row. */
  resolveTreeItem(item: TreeItem, { row, uri, line, column }: TensorEntry): TreeItem {
    if (row.kind !== "tensor") return item
    const held = this.#held()
    const place = encodeURIComponent(JSON.stringify([{ uri, line, column }]))
    const links = [`[$(arrow-right) ${l10n.t("Go to line {0}", line)}](command:autograd.revealTensor?${place})`]
    const text = new MarkdownString(hoverText(foundOfRow(row), { isStale: held?.isStale === true, links }, l10n), true)
    text.isTrusted = { enabledCommands: ["autograd.revealTensor"] }
    item.tooltip = text
    return item
  }

  provideFileDecoration({ scheme }: Uri): FileDecoration | undefined {
    return scheme === staleScheme ? { color: new ThemeColor("disabledForeground"), tooltip: l10n.t("From before your edit. Run again to refresh it.") } : undefined
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose()
  }

  #held(): DocumentResult | undefined {
    return this.#uri === null ? undefined : this.#seen(this.#uri)
  }

  #entry({ uri, lines }: DocumentResult, row: ListedRow | FactRow): TensorEntry {
    const { line, column } = row.kind === "fact" ? row.tensor.span : row.span
    return { row, uri: uri.toString(), line: lines.now(line) ?? line, column }
  }

  #refresh(): void {
    const held = this.#held()
    this.#rows = held ? tensorRows(held.result.trace, held.pick) : []
    // A turn of a loop is not compared: the run before had its own.
    const { changes, gone } = held?.previous && !held.pick ? tensorChanges(this.#rows, tensorRows(held.previous.trace)) : { changes: new Map<string, TensorChange>(), gone: [] }
    this.#changes = changes
    this.#view.description = held && this.#uri ? (this.#uri.path.split("/").at(-1) ?? "") : ""
    this.#view.message = held ? messageOf(held, gone) : undefined
    this.#changed.fire(undefined)
  }

  #tensorItem(row: TensorRow, isStale: boolean): TreeItem {
    const { value, label, held } = row
    const item = new TreeItem(label, TreeItemCollapsibleState.Collapsed)
    const isTracked = value.requires_grad
    const picture = isTracked && value.is_leaf ? "leaf" : "tensor"
    const change = this.#changes.get(row.key)
    item.description = rowText(row, change)
    item.iconPath = { light: Uri.joinPath(this.#icons, `${picture}-light.svg`), dark: Uri.joinPath(this.#icons, `${picture}-dark.svg`) }
    item.contextValue = `tensor${isTracked ? " tracked" : ""}${held ? " held" : ""}`
    const stale = isStale ? `, ${l10n.t("From before your edit. Run again to refresh it.")}` : ""
    item.accessibilityInformation = { label: `${spokenText(row, l10n)}${change ? `, ${changeText(change)}` : ""}${stale}` }
    item.command = { command: "autograd.showTensor", title: l10n.t("Show Tensor"), arguments: [this.#entryOf(row)] }
    return item
  }

  #entryOf(row: TensorRow): TensorEntry | undefined {
    const held = this.#held()
    return held && this.#entry(held, row)
  }
}

function moduleItem({ label, name, typeName, tensors, omitted }: ModuleRow): TreeItem {
  const item = new TreeItem(label, TreeItemCollapsibleState.Collapsed)
  const more = omitted > 0 ? ` · ${l10n.t("{0} more are not listed", omitted)}` : ""
  item.description = `${typeName === "" ? "" : `${typeName} · `}${tensors === 1 ? l10n.t("1 tensor") : l10n.t("{0} tensors", tensors)}${more}`
  item.iconPath = new ThemeIcon("package")
  item.contextValue = "module"
  item.accessibilityInformation = { label: `${name}, ${l10n.t("module")} ${String(item.description)}` }
  return item
}

function factItem({ label, text, of, tensor }: FactRow): TreeItem {
  const item = new TreeItem(label, TreeItemCollapsibleState.None)
  item.description = text
  item.contextValue = of === null ? "fact" : "fact numbers"
  item.accessibilityInformation = { label: `${tensor.name} ${label} ${text}` }
  return item
}

/** What holds for the whole list: that it is old, or of which time of a loop it is. */
function messageOf({ isStale, pick, turn }: DocumentResult, gone: readonly string[]): string | undefined {
  const isThere = typeof turn === "object" && "loops" in turn
  const parts = [
    ...(isStale ? [l10n.t("From before your edit. Run again to refresh it.")] : []),
    ...(pick ? [isThere ? l10n.t("Time {0} of {1} of the loop.", pick.index + 1, pick.count) : l10n.t("Time {0} of {1} of the loop; modules are as they were at the end.", pick.index + 1, pick.count)] : []),
    ...(gone.length > 0 ? [l10n.t("Gone since the last run: {0}.", gone.join(", "))] : []),
  ]
  return parts.length > 0 ? parts.join(" ") : undefined
}

function changeText(change: TensorChange): string {
  if (change.kind === "added") return l10n.t("new since the last run")
  if (change.value && change.grad) return l10n.t("value and gradient changed since the last run")
  return change.value ? l10n.t("value changed since the last run") : l10n.t("gradient changed since the last run")
}
