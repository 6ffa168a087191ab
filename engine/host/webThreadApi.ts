// What the extension in a browser and its worker ask of each other beside ThreadApi: over a second port, because what is
// printed and asked for while a snippet runs must not wait behind the run. Interfaces alone: the extension imports this.

import type { FaultData } from "../protocol/api.ts"

/** What the worker is started with, as its first message; both ports are handed over. */
export interface WebThreadStart {
  /** ThreadApi and SupervisorApi. */
  readonly port: MessagePort
  /** WebDoorApi and WebDoorHost. */
  readonly door: MessagePort
  /** Every kernel on the GPU, however small: for tests. */
  readonly everything?: boolean
}

/** A file as the extension answers for it: its bytes, or why there are none. */
export type SuppliedFile = { readonly bytes: Uint8Array<ArrayBuffer> } | { readonly fault: Pick<FaultData, "name" | "message" | "hint"> }

/** What a run is given. */
export interface Supplies {
  /**
   * A script of no text. While its address can be loaded the run goes on; the extension revokes the address to stop it.
   * Loading a script is what a worker can do without awaiting and without shared memory.
   */
  readonly stopUrl: string
  /** Whether the snippet lies in a folder. */
  readonly hasFolder: boolean
  /** Files that this run asked for before, by the path that the snippet wrote. */
  readonly files: Readonly<Record<string, SuppliedFile>>
  /** Published weights that it asked for, by the name of their file. */
  readonly weights: Readonly<Record<string, SuppliedFile>>
}

/** What a run leaves behind beside its result. */
export interface Leftovers {
  /** Paths that torch.load asked for and that were not supplied: with them the run has to be run again. */
  readonly wanted: readonly string[]
  /** Published weights that were asked for in the same way, by file, with whether the learner is to see the download. */
  readonly wantedWeights: Readonly<Record<string, boolean>>
  /** What torch.save wrote, by path. */
  readonly written: Readonly<Record<string, Uint8Array<ArrayBuffer>>>
  /** What the GPU refused and could tell only now. */
  readonly fault?: Pick<FaultData, "name" | "message" | "hint">
}

/** What the worker answers on the second port. */
export interface WebDoorApi {
  /** Before each run. Resolves when it may begin. */
  supply(supplies: Supplies): Promise<void>
  /** Also says that everything printed has been told. */
  leftovers(): Promise<Leftovers>
}

/** What the extension answers on the second port. */
export interface WebDoorHost {
  output(text: string): void
  log(message: string): void
  /** The run has seen that it is to stop, and is winding down. */
  heeded(): void
}
