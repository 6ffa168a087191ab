// Devices: Select Device, a list with what each choice means here.

import { commands, l10n, window, type QuickPickItem } from "vscode"
import type { DeviceChoice, RunResult } from "../engine/protocol/api.ts"
import { inUsersWords } from "./faultWords.ts"
import type { Session } from "./session.ts"
import { setDevice, settingsFor } from "./settings.ts"
import { deviceName, whyNotGpu } from "./status.ts"

/** Lets the user choose where tensors live, and keeps it as the setting. */
export async function selectDevice({ info }: Session): Promise<void> {
  const { device: current } = settingsFor()
  const now = info ? l10n.t("now: {0}", deviceName(info.device)) : ""
  const why = info?.reason === undefined ? l10n.t("The graphics card; the CPU where there is none.") : whyNotGpu(info)
  const items: readonly (QuickPickItem & { readonly device: DeviceChoice })[] = [
    { device: "auto", label: l10n.t("Automatic"), detail: info?.gpuHelp ? whyNotGpu(info) : l10n.t("WebGPU for large products where it is faster; tensors stay on the CPU."), description: now },
    { device: "cpu", label: "CPU", detail: l10n.t("Always the CPU.") },
    { device: "webgpu", label: "WebGPU", detail: why },
  ]
  const marked = items.map((item) => (item.device === current ? { ...item, label: `$(check) ${item.label}` } : item))
  const chosen = await window.showQuickPick(marked, { title: l10n.t("Select Device"), placeHolder: l10n.t("Where tensors live when a snippet names no device") })
  if (chosen) await setDevice(chosen.device)
}

const told = new Set<string>()

/** Tells once for each reason that a GPU which the user chose does not compute; the status bar says it all the time. */
export async function tellNoGpu(choice: DeviceChoice, { device, deviceReason, error }: RunResult): Promise<void> {
  if (choice !== "webgpu" || device === "webgpu" || deviceReason === undefined || told.has(deviceReason)) return
  // Its own fault tells already.
  if (error && error.message.includes("GPU")) return
  told.add(deviceReason)
  const select = l10n.t("Select Device")
  const chosen = await window.showWarningMessage(l10n.t("The GPU is not used: {0}", inUsersWords(deviceReason, l10n)), select)
  if (chosen === select) await commands.executeCommand("autograd.selectDevice")
}
