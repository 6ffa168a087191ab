// The extension on every host: start() makes the parts and registers each at once. Nothing heavy is loaded here; the
// engine starts in its own process or worker when a snippet is first seen in a trusted folder. What VS Code calls are
// nodeMain.ts and webMain.ts, which say how.

import { EventEmitter, languages, Range, Uri, window, workspace, type Event, type ExtensionContext } from "vscode"
import type { EngineInfo, PanelState, RunResult } from "../engine/protocol/api.ts"
import { registerCommands } from "./commands.ts"
import { Documents } from "./documents.ts"
import { Downloads } from "./downloads.ts"
import { Boundaries, type ShownBoundary } from "./boundaries.ts"
import { GrowthNotes } from "./growth.ts"
import { QuickFixes } from "./fixes.ts"
import { ValueHover } from "./hover.ts"
import { InlineValues } from "./inline.ts"
import { RunLens } from "./lens.ts"
import { Live } from "./live.ts"
import { Log } from "./log.ts"
import { Moments } from "./moments.ts"
import { GraphPanel, panelType } from "./panel.ts"
import { Predictions, registerPredictions } from "./predict.ts"
import { Problems } from "./problems.ts"
import { Results, shownTexts, type DocumentResult } from "./results.ts"
import { Runner, type DidRun } from "./runner.ts"
import { Session } from "./session.ts"
import type { Host } from "./seat.ts"
import { settingsFor } from "./settings.ts"
import { Status } from "./status.ts"
import { registerExport } from "./exportGraph.ts"
import { registerTensorCommands } from "./tensorCommands.ts"
import { Tensors } from "./tensors.ts"
import { isTrusted } from "./trust.ts"
import { registerContext } from "./contextKeys.ts"

/** What `values` tells of a line: the text at its end, and whether it is from before an edit. Lines count from 1. */
export interface ShownValue {
  readonly line: number
  readonly text: string
  readonly stale: boolean
}

/** What activation gives to tests and to other extensions. */
export interface AutogradApi {
  /** Runs a document, or its part from the top through a range, and resolves with the result once it is shown. */
  run(uri: Uri | string, range?: Range): Promise<RunResult>
  /** Fires when a run has ended and its result is shown. */
  readonly onDidRun: Event<DidRun>
  /** What is shown inline in a document now, line by line; empty when nothing is. */
  values(uri: Uri | string): readonly ShownValue[]
  /** What is tinted in a document now because no gradient passes it, and why. */
  boundaries(uri: Uri | string): readonly ShownBoundary[]
  /** What the panel shows; null while there is none. */
  panelState(): Promise<PanelState | null>
  /** Starts the engine where it is not, and resolves when it is warm. */
  ready(): Promise<EngineInfo>
}

/** A run that ends within this time shows no Stop, which nobody could read: drawing it takes time from the values. Milliseconds. */
const quickRun = 150

/** Makes the extension's parts on a host. */
export function start({ extensionUri, subscriptions }: ExtensionContext, host: Host): AutogradApi {
  const log = new Log()
  const stateChanged = new EventEmitter<void>()
  const documents = new Documents()
  const session = new Session(host.startSeat, {
    changed: () => stateChanged.fire(),
    progress: (file, fraction) => downloads.progress(file, fraction),
    output: (text) => log.print(text),
    log: (message) => log.info(message),
  })
  const downloads = new Downloads(session)
  const results = new Results()
  const runner = new Runner(session, documents, results, log, host.folderOf)
  const live = new Live(documents, runner)
  const predictions = new Predictions(documents, session, results, runner)
  const inline = new InlineValues((uri) => predictions.seen(uri))
  const problems = new Problems(results)
  const growth = new GrowthNotes(results)
  const boundaries = new Boundaries(results)
  const lens = new RunLens(documents, session, results, (uri) => predictions.seen(uri))
  const status = new Status(session, documents, live)
  const moments = new Moments(session, results)
  const panel = new GraphPanel(extensionUri, session, results, moments, log)
  const tensors = new Tensors(extensionUri, documents, (uri) => predictions.seen(uri))
  const languagesOfSnippets = ["typescript", "markdown"]

  const parts = { extensionUri, documents, session, results, runner, live, moments, panel, status, log }

  const prepare = (): void => {
    if (isTrusted()) session.prepare()
  }
  let waiting: ReturnType<typeof setTimeout> | undefined
  const tellState = log.guard("the engine's state is told", () => {
    runner.tell()
    lens.refreshIfChanged()
    status.refresh()
  })
  const refreshAll = (): void => {
    lens.refresh()
    status.refresh()
    inline.refresh()
    growth.refresh()
    boundaries.refresh()
  }

  subscriptions.push(
    log, stateChanged, documents, results, runner, live, inline, predictions, problems, lens, status, panel, tensors, growth, boundaries,
    { dispose: () => session.dispose() },
    ...registerCommands(parts),
    ...registerTensorCommands(parts),
    registerExport(parts),
    ...registerPredictions(parts, predictions),
    ...registerContext(results),
    languages.registerCodeLensProvider(languagesOfSnippets, guarded(lens, "provideCodeLenses", log)),
    languages.registerCodeLensProvider(languagesOfSnippets, guarded(predictions, "provideCodeLenses", log)),
    predictions.onDidReveal(log.guard("a question was answered", (uri: Uri) => {
      inline.refresh(uri.toString())
      tensors.resultChanged(uri)
      lens.refreshIfChanged()
    })),
    languages.registerHoverProvider(languagesOfSnippets, guarded(new ValueHover(documents, (uri) => predictions.seen(uri)), "provideHover", log)),
    languages.registerCodeActionsProvider(languagesOfSnippets, guarded(new QuickFixes(results), "provideCodeActions", log), { providedCodeActionKinds: QuickFixes.kinds }),
    window.registerWebviewPanelSerializer(panelType, panel),
    documents.onDidFind(log.guard("a snippet was opened", () => {
      prepare()
      status.refresh()
    })),
    stateChanged.event(log.guard("the engine's state changed", () => {
      if (session.state !== "running") downloads.end()
      clearTimeout(waiting)
      if (session.state === "running") waiting = setTimeout(tellState, quickRun)
      else tellState()
    })),
    runner.onDidRun(log.guard("a run ended", ({ uri, result }: DidRun) => {
      const document = workspace.textDocuments.find((each) => each.uri.toString() === uri.toString())
      if (document) problems.show(document, result)
    })),
    results.onDidJudge(log.guard("verdicts came", (held: DocumentResult) => {
      const { uri, result } = held
      panel.verdictsCame(held)
      const document = workspace.textDocuments.find((each) => each.uri.toString() === uri.toString())
      if (document) problems.show(document, result)
    })),
    results.onDidChange(log.guard("a result changed", async (uri: Uri) => {
      inline.refresh(uri.toString())
      growth.refresh(uri.toString())
      boundaries.refresh(uri.toString())
      problems.refresh(uri)
      lens.refreshIfChanged()
      tensors.resultChanged(uri)
      await panel.resultChanged(uri)
    })),
    workspace.onDidChangeTextDocument(log.guard("an edit", (event) => {
      results.edited(event)
      if (event.contentChanges.length > 0) live.typed(event.document)
    })),
    workspace.onDidSaveTextDocument(log.guard("a save", (document) => live.saved(document))),
    workspace.onDidCloseTextDocument(log.guard("a document was closed", ({ uri }) => {
      results.clear(uri)
      problems.clear(uri)
    })),
    workspace.onDidGrantWorkspaceTrust(log.guard("trust was granted", () => {
      if (window.visibleTextEditors.some(({ document }) => documents.isSnippet(document))) prepare()
      refreshAll()
    })),
    workspace.onDidChangeConfiguration(log.guard("a setting changed", (event) => {
      if (event.affectsConfiguration("autograd")) refreshAll()
    })),
    window.onDidChangeVisibleTextEditors(log.guard("editors changed", () => {
      inline.refresh()
      growth.refresh()
      boundaries.refresh()
      status.refresh()
    })),
    window.onDidChangeActiveTextEditor(log.guard("the active editor changed", () => {
      status.refresh()
      tensors.editorChanged()
    })),
    window.onDidChangeTextEditorSelection(log.guard("the cursor moved", ({ textEditor, selections }) => {
      const [selection] = selections
      if (selection) panel.cursorMoved(textEditor.document, selection.active.line + 1)
    })),
  )
  // After activation has returned: reading the open documents must not count as start-up.
  setTimeout(log.guard("the first look", () => {
    documents.refresh()
    status.refresh()
  }), 0)

  return {
    onDidRun: runner.onDidRun,
    run: async (uri, range) => {
      const document = await workspace.openTextDocument(asUri(uri))
      return await runner.judged(range ? await runner.runRange(document, range) : await runner.run({ document, line: 1 }))
    },
    values: (uri) => {
      const held = predictions.seen(asUri(uri))
      return held && settingsFor(asUri(uri)).inlineValues ? shownTexts(held).map(({ line, text }) => ({ line, text, stale: held.isStale })) : []
    },
    boundaries: (uri) => boundaries.shown(asUri(uri)),
    panelState: async () => await panel.state(),
    ready: async () => await session.ready(),
  }
}

function asUri(uri: Uri | string): Uri {
  return typeof uri === "string" ? Uri.parse(uri) : uri
}

/** The provider with its one method behind the guard, so that a bug of ours shows as an answer left out. */
function guarded<Provider extends object, Name extends keyof Provider>(provider: Provider, name: Name, log: Log): Provider {
  const method = provider[name]
  if (typeof method !== "function") return provider
  const bound: (...args: unknown[]) => unknown = method.bind(provider)
  // Same members, one of them guarded; private state stays with the original, to which the method is bound.
  return new Proxy(provider, {
    get: (target, key) => (key === name ? log.guard(String(name), bound) : Reflect.get(target, key, target)),
  })
}
