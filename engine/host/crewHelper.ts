// The entry of a thread that helps with large kernels (dist/engineHelper.mjs). It runs no snippet, only kernels that it is
// handed, and ends with the thread that started it.

import { receiveMessageOnPort, workerData, type MessagePort } from "node:worker_threads"
import { Helper, type Gear } from "../backends/wasm/crew.ts"

/** What the helper is started with. */
export interface HelperData extends Gear {
  readonly kernels: MessagePort
  readonly place: number
}

// Only this thread's own data comes here.
const { memory, board, kernels, place } = workerData as HelperData
new Helper({ memory, board }, () => (receiveMessageOnPort(kernels)?.message as WebAssembly.Module | undefined) ?? null).serve(place)
