// Settings: the extension's settings as typed values. The one place that reads the `autograd.` section.

import { ConfigurationTarget, workspace, type Uri } from "vscode"
import type { DeviceChoice } from "../engine/protocol/api.ts"

export type RunOn = "command" | "save" | "type"

export interface Settings {
  readonly device: DeviceChoice
  readonly runOn: RunOn
  /** Seconds; 0 is no limit. */
  readonly timeLimit: number
  /** Megabytes. */
  readonly memoryLimit: number
  /** Threads of one large operator; 0 is as many as the machine has. */
  readonly threads: number
  readonly inlineValues: boolean
  readonly codeLens: boolean
  readonly hover: boolean
}

/** The settings in force for a document. A hand-written value of a wrong kind counts as the default. */
export function settingsFor(uri?: Uri): Settings {
  const section = workspace.getConfiguration("autograd", uri ?? null)
  const flag = (name: string): boolean => section.get<unknown>(name) !== false
  const amount = (name: string, least: number, usual: number): number => {
    const value = section.get<unknown>(name)
    return typeof value === "number" && Number.isFinite(value) && value >= least ? value : usual
  }
  return {
    device: oneOf(section.get<unknown>("device"), ["auto", "cpu", "webgpu"]),
    runOn: oneOf(section.get<unknown>("runOn"), ["command", "save", "type"]),
    timeLimit: amount("timeLimit", 0, 30),
    memoryLimit: amount("memoryLimit", 128, 2048),
    threads: Math.floor(amount("threads", 0, 0)),
    inlineValues: flag("inlineValues"),
    codeLens: flag("codeLens"),
    hover: flag("hover"),
  }
}

/** Makes a device the user's choice everywhere. */
export async function setDevice(device: DeviceChoice): Promise<void> {
  await workspace.getConfiguration("autograd").update("device", device, ConfigurationTarget.Global)
}

function oneOf<Choice extends string>(value: unknown, choices: readonly [Choice, ...Choice[]]): Choice {
  return choices.find((choice) => choice === value) ?? choices[0]
}
