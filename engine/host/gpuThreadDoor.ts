// The thread's side of the door to the GPU: hands batches over and goes on, and sleeps where it must know a value, so
// that a snippet needs no await. Like the door to files, it can be asked while nothing else runs in the thread.

import { receiveMessageOnPort } from "node:worker_threads"
import type { GpuBatch, GpuDoor, GpuFound, GpuRange } from "../backends/webgpu/gpuDoor.ts"
import { Fault, stopped } from "../protocol/faults.ts"
import { position } from "../tensor/position.ts"
import { answersAt, failedAt, finishedAt, lostAt, type GpuAnswer, type GpuQuestion, type GpuThreadData } from "./gpuMessages.ts"
import { gpuFault, gpuLost } from "./gpuFault.ts"
import type { SharedRun } from "./sharedRun.ts"

/** Batches that may wait for the GPU; a loop that asks for more is held up here. */
const mostAhead = 16
/** How often a waiting thread looks whether it should end; milliseconds. */
const lookEvery = 50
// Captured now: the host closes the realm of the engine before the first run.
const { performance } = globalThis

export function gpuThreadDoor({ port, progress }: GpuThreadData, shared: SharedRun): GpuDoor {
  const cells = new Int32Array(progress)
  let lastId = 0
  let submitted = 0
  let found: GpuFound | null = null

  function ask(question: (id: number) => GpuQuestion): GpuAnswer {
    lastId += 1
    const id = lastId
    const began = performance.now()
    port.postMessage(question(id))
    for (;;) {
      // Read before the port is: an answer that comes in between is then not slept over.
      const seen = Atomics.load(cells, answersAt)
      const received = receiveMessageOnPort(port) as { readonly message: GpuAnswer } | undefined
      if (received) {
        if (received.message.id === id) return received.message
        continue
      }
      endIfAsked(began)
      Atomics.wait(cells, answersAt, seen, lookEvery)
    }
  }

  function endIfAsked(began: number): void {
    if (shared.stopRequested()) throw placed(stopped((performance.now() - began) / 1000))
  }

  const read = (ranges: readonly GpuRange[]): ArrayBuffer => {
    const answer = ask((id) => ({ kind: "read", id, ranges }))
    if ("bytes" in answer) return answer.bytes
    if ("trouble" in answer) throw gpuFault(answer.trouble)
    if (!("lost" in answer)) throw placed(new Fault("RuntimeError", "The GPU answered another question than it was asked."))
    found = null
    throw gpuLost(answer.lost)
  }

  return {
    open() {
      if (found && Atomics.load(cells, lostAt) === 0) return found
      const answer = ask((id) => ({ kind: "open", id }))
      if ("found" in answer) found = answer.found
      return found ?? { reason: "The GPU gave no answer." }
    },
    submit(batch: GpuBatch) {
      if (Atomics.load(cells, failedAt) !== 0) read([])
      const data: ArrayBuffer[] = [batch.plans.buffer]
      for (const one of batch.commands) if (one.kind === "write") data.push(one.data.buffer)
      port.postMessage({ kind: "submit", batch } satisfies GpuQuestion, data)
      submitted += 1
      const began = performance.now()
      for (;;) {
        const finished = Atomics.load(cells, finishedAt)
        if (submitted - finished <= mostAhead) return
        endIfAsked(began)
        Atomics.wait(cells, finishedAt, finished, lookEvery)
      }
    },
    read,
    isAlive: () => Atomics.load(cells, lostAt) === 0,
    reset: () => port.postMessage({ kind: "reset" } satisfies GpuQuestion),
  }
}

function placed(fault: Fault): Fault {
  fault.site = position.site
  return fault
}
