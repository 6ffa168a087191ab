// The thread's side of the door to files: asks the supervisor and waits, so that the snippet needs no await. The thread
// itself has neither disk nor network; the answer comes over a port of its own, which can be read while nothing else runs.

import { receiveMessageOnPort, type MessagePort } from "node:worker_threads"
import type { FileDoor } from "../nn/door.ts"
import { Fault, stopped } from "../protocol/faults.ts"
import { position } from "../tensor/position.ts"
import type { FileRequest } from "./fileKeeper.ts"
import type { SharedRun } from "./sharedRun.ts"

/** What crosses the port. A question is answered once; answers to questions of an earlier run are dropped. */
export interface FileQuestion {
  readonly id: number
  readonly request: FileRequest
}
export type FileAnswer =
  | { readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> | null }
  | { readonly id: number; readonly fault: { readonly name: string; readonly message: string; readonly hint?: string } }

/** How often a waiting thread looks whether it should end; milliseconds. */
const lookEvery = 50
// Captured now: the host closes the realm of the engine before the first run.
const { performance } = globalThis

/** The door, and how long snippets have waited at it for downloads: time that is not theirs. */
export function threadDoor(port: MessagePort, shared: SharedRun): FileDoor & { waited(): number } {
  let lastId = 0
  let waited = 0

  function ask(request: FileRequest): Uint8Array<ArrayBuffer> | null {
    lastId += 1
    const id = lastId
    const began = performance.now()
    port.postMessage({ id, request } satisfies FileQuestion)
    try {
      for (;;) {
        // Read before the port is: an answer that comes in between is then not slept over.
        const seen = shared.answers
        const received = receiveMessageOnPort(port) as { readonly message: FileAnswer } | undefined
        if (received) {
          const { message } = received
          if (message.id !== id) continue
          if ("bytes" in message) return message.bytes
          throw placed(new Fault(message.fault.name, message.fault.message, message.fault.hint))
        }
        if (shared.stopRequested()) throw placed(stopped((performance.now() - began) / 1000))
        shared.awaitAnswer(seen, lookEvery)
      }
    } finally {
      if (request.kind === "weights") waited += performance.now() - began
    }
  }

  const bytesFrom = (request: FileRequest): Uint8Array<ArrayBuffer> => ask(request) ?? new Uint8Array()
  return {
    read: (path) => bytesFrom({ kind: "read", path }),
    write: (path, bytes) => void ask({ kind: "write", path, bytes }),
    weights: (file, showProgress) => bytesFrom({ kind: "weights", file, showProgress }),
    waited: () => waited,
  }
}

function placed(fault: Fault): Fault {
  fault.site = position.site
  return fault
}
