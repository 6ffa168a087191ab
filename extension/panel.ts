// Panel: the graph beside the editor. Decides which tensor's graph is shown, keeps it true as runs, edits and the cursor
// move on, and redraws it after a reload. What it looks like is media/panel's.

import { commands, env, l10n, Range, Selection, TextEditorRevealType, Uri, ViewColumn, window, workspace, type Disposable, type TextDocument, type WebviewPanel, type WebviewPanelSerializer } from "vscode"
import type { Graph, PanelApi, PanelHostApi, PanelModel, PanelState, Span, TensorShown, Trace } from "../engine/protocol/api.ts"
import { webviewChannel } from "../engine/protocol/channels.ts"
import { connect, type Disposal } from "../engine/protocol/rpc.ts"
import { answerSoon } from "./answerSoon.ts"
import { explainDoor, type ExplainAsk } from "./explain.ts"
import { sameAgain, tensorOf, type Found } from "./finding.ts"
import { graphAround, isCalled } from "./graphAround.ts"
import { GraphHistory } from "./graphHistory.ts"
import { altText } from "./graphText.ts"
import type { IterationPick } from "./inlineTexts.ts"
import type { Log } from "./log.ts"
import type { Moments } from "./moments.ts"
import { modelFrom, spanFrom, stateFrom } from "./panelMessages.ts"
import { makeNonce, panelPage } from "./panelPage.ts"
import { iterationsShown, turnDoor } from "./panelTurns.ts"
import { tensorAgain, tensorDoor, tensorNamed, tensorShown } from "./panelTensor.ts"
import { rangeOf } from "./places.ts"
import type { DocumentResult, Results } from "./results.ts"
import type { Session } from "./session.ts"
import { panelVerdicts } from "./verdictWords.ts"

/** The panel's type, as package.json's activation event names it. */
export const panelType = "autograd.graph"

/** What the panel is asked to show of a document. */
export interface PanelTarget {
  readonly document: TextDocument
  readonly found: Found | null
}

/** A gradient element that the panel is asked to explain; `found` is the result whose graph is drawn meanwhile. */
export interface ExplainTarget extends PanelTarget {
  readonly ask: ExplainAsk
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
  readonly #moments: Moments
  #shown: Shown | null = null
  #model: PanelModel | null = null
  #target: { readonly uri: string; readonly runId: number; readonly trace: Trace; readonly pick: IterationPick | null; readonly found: Found } | null = null
  /** The tensor whose numbers were asked for; null while they are those of the graph's own. */
  #tensor: { readonly uri: string; readonly found: Found } | null = null
  /** What a view was asked that has not answered: a page that is loading hears nothing. */
  #asked: readonly [view: string, ask: unknown] | null = null
  readonly #history = new GraphHistory()
  #request = 0
  #selectedLine: number | null = null
  #revealed: string | null = null

  constructor(extensionUri: Uri, session: Session, results: Results, moments: Moments, log: Log) {
    this.#extensionUri = extensionUri
    this.#session = session
    this.#results = results
    this.#moments = moments
    this.#log = log
  }

  /** Opens the panel beside the editor, which keeps the focus, with the graph of what was found; in the view with this id, else the one that was seen last. */
  async show({ document, found }: PanelTarget, view?: string): Promise<void> {
    this.#open()
    this.#tensor = null
    await this.#load(document.uri.toString(), found)
    if (view !== undefined) this.#ask(view, undefined)
    this.cursorMoved(document, window.activeTextEditor?.document === document ? window.activeTextEditor.selection.active.line + 1 : null)
  }

  /** Opens the explanation of a gradient element; the graph is that of the result which it is explained from. */
  async explain({ document, found, ask }: ExplainTarget): Promise<void> {
    this.#open()
    if (!this.#shows(document.uri)) await this.#load(document.uri.toString(), found)
    this.#ask("explanation", ask)
  }

  /** Shows a tensor's numbers; the graph stays where it is one of the same run, else it is one that the tensor is in. */
  async showTensor({ document, found, of }: TensorTarget): Promise<void> {
    const uri = document.uri.toString()
    const held = this.#results.get(document.uri)
    this.#open()
    this.#tensor = { uri, found }
    if (!this.#shows(document.uri)) await this.#load(uri, held ? await graphAround(this.#session, held, found) : found)
    const tensor = held && tensorShown(held, found)
    if (!tensor || this.#tensor?.found !== found || !this.#model) return
    this.#model = { ...this.#model, tensor }
    this.#ask("tensor", { tensor, of })
  }

  /** Selects a tensor in the graph: in the one that is drawn where it has it, else in one that it is in. */
  async showInGraph({ document, found }: { readonly document: TextDocument; readonly found: Found }): Promise<void> {
    const held = this.#results.get(document.uri)
    const { name = "", span } = found.record
    this.#open()
    const isDrawn = this.#shows(document.uri) && this.#model?.graph?.nodes.some((node) => node.kind !== "grad_fn" && isCalled(node.name, name))
    if (!isDrawn) await this.#load(document.uri.toString(), held ? await graphAround(this.#session, held, found) : found)
    this.#ask("graph", { name, line: span.line })
  }

  /** A document's result changed: the panel shows the same thing of the new run, or dims. */
  async resultChanged(uri: Uri): Promise<void> {
    const model = this.#model
    if (!this.#shown || !model || model.uri !== uri.toString()) return
    const held = this.#results.get(uri)
    const target = this.#target
    // The samples of a turn that is on its way have no graph: until it is there the old one stays.
    if (held && target?.uri === model.uri && held.turn !== "awaited" && (held.result.trace !== target.trace || held.pick !== target.pick)) {
      await this.#load(model.uri, sameAgain(held.result.trace, target.found.record, held.pick))
    } else {
      const { iterations: _, ...rest } = model
      this.#post({ ...rest, stale: held?.isStale ?? true, ...turnsOf(held) })
    }
  }

  /** The verdicts of a run came after its graph was drawn. */
  verdictsCame(held: DocumentResult): void {
    const model = this.#model
    if (model && model.uri === held.uri.toString() && model.runId === held.result.runId) this.#post({ ...model, ...verdictsShown(held) })
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

  /** The document that the panel shows, while the panel is the active editor. */
  get activeUri(): Uri | undefined {
    return this.#shown?.panel.active && this.#model ? Uri.parse(this.#model.uri) : undefined
  }

  /** The graph that is shown; null while there is none. */
  get graph(): Graph | null {
    return this.#shown ? (this.#model?.graph ?? null) : null
  }

  /** The shown graph as the text of an SVG file; null where the panel does not draw it. */
  async picture(title: string, description: string): Promise<string | null> {
    const shown = this.#shown
    if (!shown?.api.picture) return null
    shown.panel.reveal(undefined, true)
    // A page that is still loading hears nothing: it is asked again until it answers.
    for (let asked = 0; asked < 20 && this.#shown === shown; asked += 1) {
      const text: unknown = await answerSoon(shown.api.picture(title, description), 1000, (why) => this.#log.warn(`The panel gave no picture: ${why}`))
      if (typeof text === "string") return text
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return null
  }

  /** What the panel shows, as data; null while there is no panel or it does not answer. */
  async state(): Promise<PanelState | null> {
    const shown = this.#shown
    if (!shown) return null
    return stateFrom(await answerSoon(shown.api.state(), 2000, (why) => this.#log.warn(`The panel gave no state: ${why}`)))
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
    // Keys that are pressed as the keyboard comes or goes find one of the two true: this, or autograd.isSnippet.
    const tellActive = (): void => void commands.executeCommand("setContext", "autograd.isPanelActive", this.#shown?.panel.active === true)
    panel.onDidChangeViewState(tellActive)
    panel.onDidDispose(() => {
      if (this.#shown === shown) void commands.executeCommand("setContext", "autograd.isPanelActive", false)
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
      ...tensorDoor(this.#session, () => this.#held()),
      ...explainDoor(this.#session, () => this.#held(), (name) => this.#showNamed(name)),
      ...turnDoor(this.#session, this.#moments, () => this.#held(), () => (this.#target ? (tensorOf(this.#target.found)?.id ?? null) : null)),
      mark: this.#log.guard("panel.mark", (uri: unknown, span: unknown) => {
        const place = spanFrom(span)
        if (typeof uri === "string" && place && uri === this.#model?.uri) this.#mark(Uri.parse(uri), place)
      }),
      focusEditor: this.#log.guard("panel.focusEditor", () => this.#focusEditor()),
      copy: this.#log.guard("panel.copy", (text: unknown) => {
        if (typeof text === "string" && text.length < 5_000_000) void env.clipboard.writeText(text)
      }),
    }
  }

  async #reveal(uri: Uri, span: Span): Promise<void> {
    const target = span.file ? Uri.joinPath(uri, "..", span.file) : uri
    const document = await workspace.openTextDocument(target)
    const range = this.#rangeNow(uri, span, document)
    if (!range) return
    const open = window.visibleTextEditors.find((editor) => editor.document.uri.toString() === target.toString())
    const viewColumn = open?.viewColumn ?? ViewColumn.One
    await window.showTextDocument(document, { viewColumn, selection: new Range(range.start, range.end), preserveFocus: false })
  }

  /** Selects a place in an editor that is seen, and leaves the keyboard where it is. */
  #mark(uri: Uri, span: Span): void {
    const target = span.file ? Uri.joinPath(uri, "..", span.file) : uri
    const editor = window.visibleTextEditors.find(({ document }) => document.uri.toString() === target.toString())
    const range = editor && this.#rangeNow(uri, span, editor.document)
    if (!range) return
    editor.selection = new Selection(range.start, range.end)
    editor.revealRange(range, TextEditorRevealType.InCenterIfOutsideViewport)
  }

  /** Where a place of the run is now; the cursor that goes there must not choose another node of the same line. */
  #rangeNow(uri: Uri, span: Span, document: TextDocument): Range | null {
    const lines = span.file ? undefined : this.#results.get(uri)?.lines
    const line = lines ? lines.now(span.line) : span.line
    if (line === null || line > document.lineCount) return null
    const isWhole = lines?.isTouched(span.line) !== true
    const range = isWhole ? rangeOf({ ...span, line, endLine: span.endLine + line - span.line }, document) : document.lineAt(line - 1).range
    this.#revealed = `${document.uri.toString()}:${range.end.line + 1}`
    return range
  }

  /** Gives the keyboard back to the snippet, where its cursor was. */
  async #focusEditor(): Promise<void> {
    const open = window.visibleTextEditors.find((editor) => editor.document.uri.toString() === this.#model?.uri)
    if (open) await window.showTextDocument(open.document, open.viewColumn)
    else await commands.executeCommand("workbench.action.focusFirstEditorGroup")
  }

  /** Whether the graph is one of the document's last run. */
  #shows(uri: Uri): boolean {
    const held = this.#results.get(uri)
    return held !== undefined && this.#model?.graph != null && this.#target?.uri === uri.toString() && this.#target.runId === held.result.runId
  }

  /** Draws the graph of a named tensor of the same run, unless it is the one that is drawn. */
  async #showNamed(name: string): Promise<void> {
    const uri = this.#model?.uri
    const held = this.#held()
    if (uri === undefined || !held || this.#target?.found.record.name === name) return
    const found = tensorNamed(held, name, null)
    if (found && tensorOf(found)?.requires_grad) await this.#load(uri, found)
  }

  #held(): DocumentResult | undefined {
    return this.#model ? this.#results.get(Uri.parse(this.#model.uri)) : undefined
  }

  async #load(uri: string, found: Found | null): Promise<void> {
    this.#request += 1
    const request = this.#request
    const held = this.#results.get(Uri.parse(uri))
    const model = await this.#modelOf(uri, held, found)
    // A newer wish came meanwhile.
    if (request !== this.#request) return
    this.#target = held && found ? { uri, runId: held.result.runId, trace: held.result.trace, pick: held.pick, found } : this.#target
    // Verdicts, an edit or another turn's wish may have come meanwhile.
    const now = this.#results.get(Uri.parse(uri))
    const { iterations: _, ...rest } = model
    this.#post(held && now?.run.runId === held.run.runId ? { ...rest, stale: now.isStale, ...turnsOf(now), ...verdictsShown(now) } : model)
  }

  async #modelOf(uri: string, held: DocumentResult | undefined, found: Found | null): Promise<PanelModel> {
    const tensor = found && tensorOf(found)
    const numbers = held && this.#numbersOf(uri, held, found)
    const bare = { uri, graph: null, stale: held?.isStale ?? false, ...(held ? { runId: held.result.runId } : {}), ...(numbers ? { tensor: numbers } : {}), ...turnsOf(held), ...verdictsShown(held) }
    const title = found?.record.name ?? l10n.t("Graph")
    if (!held) return { ...bare, title, empty: l10n.t("Run the snippet, and the graph of its last result is drawn here.") }
    const broken = held.run.error
    if ((!found || !tensor) && broken) return { ...bare, title, empty: l10n.t("The run broke off on line {0}, before there was a graph to draw. Mend that line and run again.", broken.line) }
    if (!found || !tensor) return { ...bare, title, empty: l10n.t("No tensor of this run is tracked. Give one requires_grad: true and run again.") }
    if (!tensor.requires_grad) return { ...bare, title, empty: l10n.t("{0} is not tracked, so it has no backward graph.", title) }
    try {
      const graph = await this.#session.graph(held.result.runId, tensor.id)
      const root = graph.nodes.find(({ id }) => id === graph.root)
      const name = found.record.name ?? root?.name ?? title
      const difference = this.#history.compare(held, name, graph)
      return { ...bare, title: name, graph, description: altText(graph, l10n), ...(difference ? { difference } : {}) }
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

function turnsOf(held: DocumentResult | undefined): Pick<PanelModel, "iterations"> {
  const iterations = held && iterationsShown(held)
  return iterations ? { iterations } : {}
}

/** The verdicts of a result as the panel tells them. */
function verdictsShown(held: DocumentResult | undefined): Pick<PanelModel, "verdicts"> {
  const verdicts = panelVerdicts(held?.result.verdicts ?? [], l10n, (line) => held?.lines.now(line) ?? line)
  return verdicts.length > 0 ? { verdicts } : {}
}
