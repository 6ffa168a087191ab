// exportGraph: the graph that the panel shows as a file or on the clipboard: SVG as it is drawn, DOT and Mermaid as text.

import { commands, env, l10n, Uri, window, workspace, type Disposable, type QuickPickItem } from "vscode"
import type { Graph } from "../engine/protocol/api.ts"
import { outlineOf } from "../engine/protocol/graphOutline.ts"
import { altText, dotText, mermaidText, mostMermaidEdges } from "./graphText.ts"
import type { Parts } from "./commands.ts"
import type { GraphPanel } from "./panel.ts"

export type GraphFormat = "svg" | "dot" | "mermaid"

const endings: Readonly<Record<GraphFormat, string>> = { svg: "svg", dot: "dot", mermaid: "mmd" }

/** What the command is told when someone calls it with everything decided; else it asks. */
interface Wish {
  readonly format: GraphFormat
  readonly destination: "clipboard" | Uri
}

/** Registers the command. It takes a wish, so that a key or a test decides everything beforehand. */
export function registerExport({ panel, log }: Pick<Parts, "panel" | "log">): Disposable {
  return log.command("autograd.exportGraph", async (wish) => await exportGraph(panel, wish))
}

/** Exports the graph that the panel shows; where there is none, that of the tensor at the cursor. */
async function exportGraph(panel: GraphPanel, wish: unknown): Promise<void> {
  if (!panel.graph) await commands.executeCommand("autograd.showGraph")
  const { graph } = panel
  if (!graph) return void window.showInformationMessage(l10n.t("There is no graph to export yet. Run the snippet and show a graph first."))
  const wanted = wishFrom(wish)
  const format = wanted?.format ?? (await askFormat())
  if (!format) return
  const text = await textOf(panel, graph, format)
  if (text === null) return void window.showInformationMessage(l10n.t("The panel did not draw its picture. Bring it into view and export again."))
  const destination = wanted?.destination ?? (await askDestination(format, graph))
  if (!destination) return
  if (destination === "clipboard") {
    await env.clipboard.writeText(text)
    window.setStatusBarMessage(l10n.t("The graph is on the clipboard."), 4000)
  } else {
    await workspace.fs.writeFile(destination, new TextEncoder().encode(text))
    window.setStatusBarMessage(l10n.t("Wrote {0}.", destination.path.split("/").at(-1) ?? ""), 4000)
  }
  if (format === "mermaid" && graph.edges.length > mostMermaidEdges) {
    void window.showInformationMessage(l10n.t("Mermaid draws more than {0} edges only where its maxEdges is raised; this graph has {1}.", mostMermaidEdges, graph.edges.length))
  }
}

async function textOf(panel: GraphPanel, graph: Graph, format: GraphFormat): Promise<string | null> {
  if (format === "dot") return dotText(graph, l10n)
  if (format === "mermaid") return mermaidText(graph, l10n)
  return await panel.picture(l10n.t("Backward graph of {0}", outlineOf(graph).result), altText(graph, l10n))
}

async function askFormat(): Promise<GraphFormat | undefined> {
  const items: readonly (QuickPickItem & { readonly format: GraphFormat })[] = [
    { format: "svg", label: "SVG", detail: l10n.t("The picture as the panel draws it, in its colours, with alternative text") },
    { format: "dot", label: "DOT", detail: l10n.t("Text for Graphviz: every node, modules as clusters") },
    { format: "mermaid", label: "Mermaid", detail: l10n.t("Text for Markdown pages that draw Mermaid: every node, modules as subgraphs") },
  ]
  return (await window.showQuickPick(items, { title: l10n.t("Export Graph"), placeHolder: l10n.t("Choose a format") }))?.format
}

async function askDestination(format: GraphFormat, graph: Graph): Promise<Wish["destination"] | undefined> {
  const items = [
    { label: `$(copy) ${l10n.t("Copy to the clipboard")}`, isFile: false },
    { label: `$(save) ${l10n.t("Save as a file…")}`, isFile: true },
  ]
  const chosen = await window.showQuickPick(items, { title: l10n.t("Export Graph"), placeHolder: l10n.t("Choose where to") })
  if (!chosen?.isFile) return chosen && "clipboard"
  const folder = workspace.workspaceFolders?.[0]?.uri
  const name = `${outlineOf(graph).result.replace(/[^\w.-]+/g, "-") || "graph"}.${endings[format]}`
  return await window.showSaveDialog({ filters: { [format === "svg" ? "SVG" : format === "dot" ? "DOT" : "Mermaid"]: [endings[format]] }, ...(folder ? { defaultUri: Uri.joinPath(folder, name) } : {}) })
}

function wishFrom(value: unknown): Wish | null {
  if (typeof value !== "object" || value === null) return null
  const { format, destination } = value as { readonly format?: unknown; readonly destination?: unknown }
  if (format !== "svg" && format !== "dot" && format !== "mermaid") return null
  return destination === "clipboard" || destination instanceof Uri ? { format, destination } : null
}
