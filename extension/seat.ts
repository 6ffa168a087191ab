// A seat: a running engine as the session holds it. Apart from those who start one, because each host has its own way:
// engineProcess.ts where there is Node, engineWeb.ts in a browser.

import type { Uri } from "vscode"
import type { Channel } from "../engine/protocol/rpc.ts"

/** A channel to talk over and a way to end it. */
export interface Seat {
  readonly channel: Channel
  /** How the operating system or the log names it. */
  readonly name: string
  /** Ends it at once, whatever it does. */
  kill(): void
}

export type StartSeat = (log: (message: string) => void) => Seat

/** Where the extension runs, as far as its parts must know: the difference between nodeMain.ts and webMain.ts. */
export interface Host {
  readonly startSeat: StartSeat
  /** Names the folder in which torch.save and torch.load of a document may work, as this host's engine wants it; undefined: nowhere. */
  folderOf(document: Uri): string | undefined
}
