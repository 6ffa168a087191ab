// The webview's entry: joins the panel to the extension's end of the channel. The only file that knows VS Code's page.
import type { PanelApi, PanelHostApi } from "../../engine/protocol/api.ts"
import { pageChannel } from "../../engine/protocol/channels.ts"
import { connect } from "../../engine/protocol/rpc.ts"
import { registerControls } from "./controls.ts"
import { isMemory } from "./memory.ts"
import { Panel } from "./panel.ts"
import { stringsFor } from "./strings.ts"
import { views } from "./views.ts"

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void
  getState(): unknown
  setState(state: unknown): void
}

function start(): void {
  const page = document.getElementById("app")
  if (page === null) throw new Error("The page has no element with the id app.")
  const vscode = acquireVsCodeApi()
  registerControls()
  const answers: PanelApi = {
    show: (model) => panel.show(model),
    selectLine: (line) => panel.selectLine(line),
    open: (view, ask) => panel.open(view, ask),
    picture: (title, description) => panel.picture(title, description),
    state: () => panel.state(),
  }
  const host = connect<PanelHostApi, PanelApi>(pageChannel(vscode, window), answers)
  const panel = new Panel(page, host, stringsFor(document.documentElement.lang), views, (memory) => vscode.setState(memory))
  const memory = vscode.getState()
  if (isMemory(memory)) panel.restore(memory)
  host.ready()
}

start()
