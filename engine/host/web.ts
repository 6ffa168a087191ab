// The entry of the engine's thread in a browser: one web worker, which the extension starts and ends. It ties the
// platform-free part (serve.ts) to what a browser has. The clock, the limits and the files are the extension's.

import { gpuSeat } from "../backends/webgpu/device.ts"
import { door } from "../nn/door.ts"
import { webChannel } from "../protocol/channels.ts"
import { allocation } from "../tensor/allocation.ts"
import { position } from "../tensor/position.ts"
import { torch, torchvision, Tensor } from "../torch.ts"
import { watch } from "./aftermath.ts"
import { serve } from "./serve.ts"
import { WebDoor, type LoadScript } from "./webDoor.ts"
import { webMemoryGuard } from "./webMemory.ts"
import { closeRealm, openRealm, takeBack } from "./webRealm.ts"
import type { WebThreadStart } from "./webThreadApi.ts"

/** What is used of the worker's global scope; the realm takes it away from the snippet. */
interface WorkerScope {
  importScripts(url: string): void
  addEventListener(type: "message", listener: (event: MessageEvent<WebThreadStart>) => void, options: { readonly once: boolean }): void
  addEventListener(type: "unhandledrejection", listener: (event: PromiseRejectionEvent) => void): void
  addEventListener(type: "error", listener: (event: ErrorEvent) => void): void
}

// A worker's scope is no Window, as TypeScript has it here.
const scope = globalThis as unknown as WorkerScope
const { setTimeout } = globalThis
const loadScript: LoadScript = scope.importScripts.bind(scope)

// The first message brings both ports; after it nothing listens at the scope itself.
scope.addEventListener("message", ({ data }) => begin(data), { once: true })

function begin({ port, door: doorPort, everything = false }: WebThreadStart): void {
  const web = new WebDoor(webChannel(doorPort), loadScript)
  door.current = web.files
  gpuSeat.door = web.gpu
  gpuSeat.everything = everything
  gpuSeat.site = () => position.site
  let changed = (): string | null => null
  let stuck: string | null = null

  const strayed = serve(webChannel(port), {
    openRealm: (failed) => openRealm(failed, (name) => (stuck ??= `globalThis.${name}`)),
    close() {
      closeRealm()
      const names = countNames()
      const code = watch({ torch, torchvision, Tensor })
      changed = () => code() ?? (countNames() === names ? null : "the names of a built-in prototype")
    },
    output: (text) => web.write(text),
    stopRequested: () => web.stopRequested(),
    waited: () => 0,
    limitMemory(limit) {
      allocation.check = webMemoryGuard(limit * 1e6)
    },
    tidy: () => undefined,
    spoiled() {
      takeBack()
      return stuck ?? changed()
    },
    settled: () => new Promise((resolve) => setTimeout(resolve, 0)),
  })
  scope.addEventListener("unhandledrejection", (event) => {
    event.preventDefault()
    strayed(event.reason)
  })
  scope.addEventListener("error", (event) => {
    event.preventDefault()
    strayed(event.error)
  })
}

/** New names on these would be seen by the next run; aftermath.ts sees only code. */
function countNames(): number {
  const owners: readonly object[] = [Object.prototype, Array.prototype, Function.prototype]
  return owners.reduce<number>((sum, owner) => sum + Reflect.ownKeys(owner).length, 0)
}
