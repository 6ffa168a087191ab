// Panel: the graph beside the editor. Decides which tensor's graph is shown, keeps it true as runs, edits and the cursor
// move on, and redraws it after a reload. What it looks like is media/panel's.

import { commands, env, l10n, Range, Uri, ViewColumn, window, workspace, type Disposable, type TextDocument, type WebviewPanel, type WebviewPanelSerializer } from "vscode"
import type { PanelApi, PanelHostApi, PanelModel, PanelState, Span, TensorShown } from "../engine/protocol/api.ts"
import { webviewChannel } from "../engine/protocol/channels.ts"
import { connect, type Disposal } from "../engine/protocol/rpc.ts"
import { sameAgain, tensorOf, type Found } from "./finding.ts"
import { graphAround } from "./graphAround.ts"
import type { Log } from "./log.ts"
import { modelFrom, spanFrom, stateFrom } from "./panelMessages.ts"
import { makeNonce, panelPage } from "./panelPage.ts"
import { tensorAgain, tensorDoor, tensorShown } from "./panelTensor.ts"
import { rangeOf } from "./places.ts"
import type { DocumentResult, Results } from "./results.ts"
import type { Session } from "./session.ts"

/** The panel's type, as package.json's activation event names it. */
export const panelType = "autograd.graph"

/** What the panel is asked to show of a document. */
export interface PanelTarget {
  readonly document: TextDocument
  readonly found: Found | null
  /** `chain`: opened by Explain, so that the tensor's own node is selected. */
  readonly purpose: "graph" | "chain"
}

/** A tensor whose numbers the panel is asked to show. */
export interface TensorTarget {
  readonly document: TextDocument
  readonly found: Found
  readonly of: "value" | "grad"
}

interface Shown {
  readonly panel: WebviewPanel
  readonly api: PanelApi & Disposal
}

export class GraphPanel implements Disposable, WebviewPanelSerializer {
  readonly #extensionUri: Uri
  readonly #session: Session
  readonly #results: Results
  readonly #log: Log
  #shown: Shown | null = null
  #model: PanelModel | null = null
  #target: { readonly uri: string; readonly runId: number; readonly found: Found; readonly purpose: PanelTarget["purpose"] } | null = null
  /** The tensor whose numbers were asked for; null while they are those of the graph's own. */
  #tensor: { readonly uri: string; readonly found: Found } | null = null
  /** What a view was asked that has not answered: a page that is loading hears nothing. */
  #asked: readonly [view: string, ask: unknown] | null = null
  #request = 0
  #selectedLine: number | null = null
  #revealed: string | null = null

  constructor(extensionUri: Uri, session: Session, results: Results, log: Log) {
    this.#extensionUri = extensionUri
    this.#session = session
    this.#results = results
    this.#log = log
  }

  /** Opens the panel beside the editor, which keeps the focus, with the graph of what was found. */
  async show({ document, found, purpose }: PanelTarget): Promise<void> {
    this.#open()
    this.#tensor = null
    await this.#load(document.uri.toString(), found, purpose)
    if (found && purpose === "chain") this.#select(found.record.span.line)
    else this.cursorMoved(document, window.activeTextEditor?.document === document ? window.activeTextEditor.selection.active.line + 1 : null)
  }

  /** Shows a tensor's numbers; the graph stays where it is one of the same run, else it is one that the tensor is in. */
  async showTensor({ document, found, of }: TensorTarget): Promise<void> {
    const uri = document.uri.toString()
    const held = this.#results.get(document.uri)
    this.#open()
    this.#tensor = { uri, found }
    const isSameRun = this.#shown !== null && this.#model?.graph && this.#target?.uri === uri && this.#target.runId === held?.result.runId
    if (!isSameRun) await this.#load(uri, held ? await graphAround(this.#session, held, found) : found, "graph")
    const tensor = held && tensorShown(held, found)
    if (!tensor || this.#tensor?.found !== found || !this.#model) return
    this.#model = { ...this.#model, tensor }
    this.#ask("tensor", { tensor, of })
  }

  /** A document's result changed: the panel shows the same thing of the new run, or dims. */
  async resultChanged(uri: Uri): Promise<void> {
    const model = this.#model
    if (!this.#shown || !model || model.uri !== uri.toString()) return
    const held = this.#results.get(uri)
    const target = this.#target
    if (held && target?.uri === model.uri && held.result.runId !== target.runId) {
      await this.#load(model.uri, sameAgain(held.result.trace, target.found.record, held.pick), target.purpose)
    } else if (held && target && held.pick) {
      await this.#load(model.uri, sameAgain(held.result.trace, target.found.record, held.pick), target.purpose)
    } else {
      this.#post({ ...model, stale: held?.isStale ?? true })
    }
  }

  /** The cursor stands at this line of a document (from 1): the node made there is selected. */
  cursorMoved({ uri }: TextDocument, line: number | null): void {
    if (!this.#model?.graph || this.#model.uri !== uri.toString()) return
    const key = `${uri.toString()}:${line ?? 0}`
    if (this.#revealed === key) return
    this.#revealed = null
    const held = this.#results.get(uri)
    this.#select(line === null ? null : held ? held.lines.then(line) : line)
  }

  /** What the panel shows, as data; null while there is no panel or it does not answer. */
  async state(): Promise<PanelState | null> {
    const shown = this.#shown
    if (!shown) return null
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), 2000)))
    try {
      return stateFrom(await Promise.race([shown.api.state(), late]))
    } catch (error) {
      this.#log.warn(`The panel gave no state: ${error instanceof Error ? error.message : String(error)}`)
      return null
    } finally {
      clearTimeout(timer)
    }
  }

  /** After a reload VS Code hands the panel back with what it had saved. */
  async deserializeWebviewPanel(panel: WebviewPanel, saved: unknown): Promise<void> {
    this.#model = modelFrom(saved)
    this.#adopt(panel)
  }

  dispose(): void {
    this.#shown?.panel.dispose()
  }

  #open(): void {
    if (this.#shown) {
      if (!this.#shown.panel.visible) this.#shown.panel.reveal(undefined, true)
      return
    }
    this.#adopt(window.createWebviewPanel(panelType, l10n.t("Graph"), { viewColumn: ViewColumn.Beside, preserveFocus: true }))
  }

  #adopt(panel: WebviewPanel): void {
    this.#shown?.panel.dispose()
    const { webview } = panel
    const dist = Uri.joinPath(this.#extensionUri, "dist")
    const icon = Uri.joinPath(this.#extensionUri, "media", "icons", "icon.png")
    panel.iconPath = icon
    webview.options = { enableScripts: true, localResourceRoots: [dist] }
    const api = connect<PanelApi, PanelHostApi>(webviewChannel(webview, (listener) => panel.onDidDispose(listener)), this.#host(), {
      log: (message) => this.#log.warn(`Panel: ${message}`),
    })
    const shown: Shown = { panel, api }
    this.#shown = shown
    panel.onDidDispose(() => {
      if (this.#shown !== shown) return
      this.#shown = null
      this.#model = null
      this.#target = null
    })
    const address = (name: string): string => webview.asWebviewUri(Uri.joinPath(dist, name)).toString()
    webview.html = panelPage({
      script: address("panel.js"),
      style: address("panel.css"),
      cspSource: webview.cspSource,
      nonce: makeNonce(),
      language: env.language,
      title: l10n.t("Graph"),
    })
  }

  /** The panel's calls. They come from a webview, so everything in them is checked. */
  #host(): PanelHostApi {
    return {
      ready: () => {
        if (this.#model) this.#post(this.#model)
        if (this.#asked) this.#ask(...this.#asked)
        if (this.#selectedLine !== null) void this.#shown?.api.selectLine(this.#selectedLine)
      },
      reveal: this.#log.guard("panel.reveal", (uri: unknown, span: unknown) => {
        const place = spanFrom(span)
        if (typeof uri === "string" && place && uri === this.#model?.uri) void this.#log.guard("panel.reveal", () => this.#reveal(Uri.parse(uri), place))()
        else this.#log.warn("Panel: dropped a place that is none.")
      }),
      ...tensorDoor(this.#session, () => (this.#model ? this.#results.get(Uri.parse(this.#model.uri)) : undefined)),
      focusEditor: this.#log.guard("panel.focusEditor", () => this.#focusEditor()),
      copy: this.#log.guard("panel.copy", (text: unknown) => {
        if (typeof text === "string" && text.length < 5_000_000) void env.clipboard.writeText(text)
      }),
    }
  }

  async #reveal(uri: Uri, span: Span): Promise<void> {
    const target = span.file ? Uri.joinPath(uri, "..", span.file) : uri
    const document = await workspace.openTextDocument(target)
    const lines = span.file ? undefined : this.#results.get(uri)?.lines
    const line = lines ? lines.now(span.line) : span.line
    if (line === null) return
    const isWhole = lines?.isTouched(span.line) !== true
    const shift = line - span.line
    const range = isWhole ? rangeOf({ ...span, line, endLine: span.endLine + shift }, document) : document.lineAt(line - 1).range
    // The cursor that this moves must not choose another node of the same line.
    this.#revealed = `${target.toString()}:${range.end.line + 1}`
    const open = window.visibleTextEditors.find((editor) => editor.document.uri.toString() === target.toString())
    const viewColumn = open?.viewColumn ?? ViewColumn.One
    await window.showTextDocument(document, { viewColumn, selection: new Range(range.start, range.end), preserveFocus: false })
  }

  /** Gives the keyboard back to the snippet, where its cursor was. */
  async #focusEditor(): Promise<void> {
    const open = window.visibleTextEditors.find((editor) => editor.document.uri.toString() === this.#model?.uri)
    if (open) await window.showTextDocument(open.document, open.viewColumn)
    else await commands.executeCommand("workbench.action.focusFirstEditorGroup")
  }

  async #load(uri: string, found: Found | null, purpose: PanelTarget["purpose"]): Promise<void> {
    this.#request += 1
    const request = this.#request
    const held = this.#results.get(Uri.parse(uri))
    const model = await this.#modelOf(uri, held, found, purpose)
    // A newer wish came meanwhile.
    if (request !== this.#request) return
    this.#target = held && found ? { uri, runId: held.result.runId, found, purpose } : this.#target
    this.#post(model)
  }

  async #modelOf(uri: string, held: DocumentResult | undefined, found: Found | null, purpose: PanelTarget["purpose"]): Promise<PanelModel> {
    const tensor = found && tensorOf(found)
    const numbers = held && this.#numbersOf(uri, held, found)
    const bare = { uri, graph: null, stale: held?.isStale ?? false, ...(numbers ? { tensor: numbers } : {}) }
    const title = found?.record.name ?? l10n.t("Graph")
    if (!held) return { ...bare, title, empty: l10n.t("Run the snippet, and the graph of its last result is drawn here.") }
    if (!found || !tensor) return { ...bare, title, empty: l10n.t("No tensor of this run is tracked. Give one requires_grad: true and run again.") }
    if (!tensor.requires_grad) return { ...bare, title, empty: l10n.t("{0} is not tracked, so it has no backward graph.", title) }
    try {
      const graph = await this.#session.graph(held.result.runId, tensor.id)
      const root = graph.nodes.find(({ id }) => id === graph.root)
      const name = found.record.name ?? root?.name ?? title
      return { ...bare, title: purpose === "chain" ? l10n.t("The chain of {0}: from the result to its leaves", name) : name, graph }
    } catch (error) {
      this.#log.warn(`No graph: ${error instanceof Error ? error.message : String(error)}`)
      return { ...bare, title, empty: l10n.t("This run's tensors are gone. Run again to draw its graph.") }
    }
  }

  /** The tensor whose numbers are shown beside a graph: the one that was asked for, as it is in this run, else the graph's own. */
  #numbersOf(uri: string, held: DocumentResult, found: Found | null): TensorShown | null {
    const asked = this.#tensor?.uri === uri ? tensorAgain(held, this.#tensor.found) : null
    const shown = asked ?? found
    return shown && tensorShown(held, shown)
  }

  /** Opens a view and gives it what is asked of it, now or when the page has loaded. */
  #ask(view: string, ask: unknown): void {
    const asked = [view, ask] as const
    this.#asked = asked
    const shown = this.#shown
    if (!shown?.api.open) return
    // The other end answers when it has done so; a page that was not there yet never does.
    void Promise.resolve(shown.api.open(view, ask)).then(() => {
      if (this.#asked === asked) this.#asked = null
    }, () => undefined)
  }

  #post(model: PanelModel): void {
    this.#model = model
    const shown = this.#shown
    if (!shown) return
    shown.panel.title = model.graph ? l10n.t("Graph: {0}", model.graph.nodes.find(({ id }) => id === model.graph?.root)?.name ?? model.title) : l10n.t("Graph")
    if (shown.panel.visible) void shown.api.show(model)
  }

  #select(line: number | null): void {
    this.#selectedLine = line
    if (this.#shown?.panel.visible) void this.#shown.api.selectLine(line)
  }
}
