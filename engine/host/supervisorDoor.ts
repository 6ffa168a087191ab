// The supervisor's side of the door to files: answers one thread's questions with what the keeper allows. Apart from
// thread.ts, which watches the run; here lies only what a run may touch of the machine.

import type { MessagePort } from "node:worker_threads"
import { Fault } from "../protocol/faults.ts"
import { keepFiles, type FileRights } from "./fileKeeper.ts"
import type { SharedRun } from "./sharedRun.ts"
import type { FileAnswer } from "./threadDoor.ts"
import type { WeightStore } from "./weightStore.ts"

export interface SupervisorDoorOptions {
  readonly port: MessagePort
  readonly shared: SharedRun
  readonly weights: WeightStore
  readonly log: (message: string) => void
  /** A download began (or ended): its time is not the snippet's. */
  readonly waiting: (isWaiting: boolean) => void
}

/** What a run may do, without the signal that ends it. */
export type RunRights = Omit<FileRights, "signal">

export class SupervisorDoor {
  readonly #options: SupervisorDoorOptions
  #rights: FileRights | null = null
  #run = new AbortController()

  constructor(options: SupervisorDoorOptions) {
    this.#options = options
    const { port } = options
    port.on("message", (question: unknown) => void this.#answer(question))
    // A door keeps no process alive; a run does.
    port.unref()
  }

  /** A run begins: what it may do. */
  open(rights: RunRights): void {
    this.#run = new AbortController()
    this.#rights = { ...rights, signal: this.#run.signal }
  }

  /** The run has ended or is to end: downloads are cancelled and nothing more is answered. */
  close(): void {
    this.#rights = null
    this.#run.abort()
  }

  async #answer(question: unknown): Promise<void> {
    const { id, request } = typeof question === "object" && question !== null ? (question as { readonly id?: unknown; readonly request?: unknown }) : {}
    const rights = this.#rights
    if (typeof id !== "number") return
    const { weights, waiting } = this.#options
    const isDownload = rights !== null && typeof request === "object" && request !== null && Reflect.get(request, "kind") === "weights"
    if (isDownload) waiting(true)
    let answer: FileAnswer
    try {
      if (!rights) throw new Fault("RuntimeError", "Files can be read and written only while the snippet runs, and the run is over.")
      answer = { id, bytes: await keepFiles(request, rights, weights) }
    } catch (error) {
      if (!(error instanceof Fault)) this.#options.log(`A file request failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      const { name, message, hint } = error instanceof Fault ? error : new Fault("OSError", `The file could not be used (${error instanceof Error ? error.message : String(error)}).`)
      answer = { id, fault: { name, message, ...(hint === undefined ? {} : { hint }) } }
    }
    // The run that asked may be over: its thread waits no more and would only keep the bytes.
    if (this.#rights !== rights) return
    if (isDownload) waiting(false)
    const { port, shared } = this.#options
    port.postMessage(answer, "bytes" in answer && answer.bytes ? [answer.bytes.buffer] : [])
    shared.answered()
  }
}
