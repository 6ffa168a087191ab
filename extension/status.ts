// Status: the one status bar item. Its text says the state; a click stops a run, else opens the menu.

import { commands, l10n, StatusBarAlignment, window, type Disposable, type QuickPickItem } from "vscode"
import type { EngineInfo } from "../engine/protocol/api.ts"
import type { Documents } from "./documents.ts"
import { inUsersWords } from "./faultWords.ts"
import type { Live } from "./live.ts"
import type { Session } from "./session.ts"
import { settingsFor } from "./settings.ts"
import { isTrusted, trustReason } from "./trust.ts"

interface MenuItem extends QuickPickItem {
  readonly command: string
}

export class Status implements Disposable {
  readonly #session: Session
  readonly #documents: Documents
  readonly #live: Live
  readonly #item = window.createStatusBarItem("autograd.status", StatusBarAlignment.Left, 0)

  constructor(session: Session, documents: Documents, live: Live) {
    this.#session = session
    this.#documents = documents
    this.#live = live
    this.#item.name = "Autograd Lab"
  }

  /** Shows the state of now; hidden while no snippet is in view and nothing runs. */
  refresh(): void {
    const { state } = this.#session
    if (state !== "running" && !window.visibleTextEditors.some(({ document }) => this.#documents.isSnippet(document))) {
      this.#item.hide()
      return
    }
    const { text, tooltip, command } = this.#face()
    this.#item.text = text
    this.#item.tooltip = tooltip
    this.#item.command = command
    this.#item.accessibilityInformation = { label: `${text.replace(/\$\([^)]*\) ?/g, "")}. ${tooltip}` }
    this.#item.show()
  }

  /** The menu of a click: what can be done to the engine. */
  async menu(): Promise<void> {
    const items: readonly MenuItem[] = [
      ...(this.#session.state === "running" ? [{ label: `$(debug-stop) ${l10n.t("Stop")}`, command: "autograd.stop" }] : []),
      { label: `$(debug-restart) ${l10n.t("Restart Engine")}`, command: "autograd.restart" },
      { label: `$(chip) ${l10n.t("Select Device")}`, command: "autograd.selectDevice" },
      { label: `$(sync) ${l10n.t("Toggle Live Run")}`, description: this.#live.isOn() ? l10n.t("on") : l10n.t("off"), command: "autograd.toggleLive" },
      { label: `$(clear-all) ${l10n.t("Clear Results")}`, command: "autograd.clear" },
      { label: `$(output) ${l10n.t("Show Output")}`, command: "autograd.showOutput" },
      { label: `$(mortar-board) ${l10n.t("Open Lesson")}`, command: "autograd.openLesson" },
    ]
    const chosen = await window.showQuickPick(items, { title: "Autograd Lab" })
    if (chosen) await commands.executeCommand(chosen.command)
  }

  dispose(): void {
    this.#item.dispose()
  }

  #face(): { readonly text: string; readonly tooltip: string; readonly command: string } {
    const menu = "autograd.menu"
    if (!isTrusted()) return { text: `$(shield) Autograd: ${l10n.t("Restricted Mode")}`, tooltip: trustReason(), command: "workbench.trust.manage" }
    const { state, info } = this.#session
    if (state === "running") return { text: `$(debug-stop) Autograd: ${l10n.t("Running · Stop")}`, tooltip: l10n.t("Click to stop the run."), command: "autograd.stop" }
    if (state === "starting") return { text: `$(loading~spin) Autograd: ${l10n.t("Starting")}`, tooltip: l10n.t("The engine is starting."), command: menu }
    const live = this.#live.isOn() ? ` · ${l10n.t("live")}` : ""
    if (!info) return { text: `$(circle-outline) Autograd: ${l10n.t("Ready")}${live}`, tooltip: l10n.t("The engine starts with the next run."), command: menu }
    const device = deviceName(info.device)
    const shown = info.gpuHelp ? `${device} + WebGPU` : device
    const tooltip = [l10n.t("Tensors live on {0}.", device), whyNotGpu(info)].filter((text) => text !== "").join(" ")
    return { text: `$(beaker) Autograd: ${l10n.t("Ready")} · ${shown}${live}`, tooltip, command: menu }
  }
}

/** Why the GPU does not compute, or what it computed of the CPU's tensors, in one sentence; empty where they live there. */
export function whyNotGpu({ device, reason, gpuHelp }: EngineInfo): string {
  if (device !== "cpu") return ""
  if (gpuHelp) return l10n.t("The GPU ({0}) computed the large products and convolutions of the last run: {1}.", gpuHelp.adapter, gpuHelp.operators)
  if (reason !== undefined) return inUsersWords(reason, l10n)
  switch (settingsFor(window.activeTextEditor?.document.uri).device) {
    case "cpu":
      return l10n.t("The setting autograd.device is cpu.")
    case "webgpu":
      return l10n.t("The GPU starts with the next run.")
    case "auto":
      return l10n.t("Nothing has been large enough for the GPU so far.")
  }
}

/** A device as people write it. */
export function deviceName(device: string): string {
  return device === "webgpu" ? "WebGPU" : device === "cpu" ? "CPU" : device
}
