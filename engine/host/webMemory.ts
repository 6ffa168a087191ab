// The memory limit in a browser, where nothing tells how much is in use.

import { allocationGuard } from "./allocationGuard.ts"

export interface WebMemory {
  guard(limit: number): (bytes: number) => void
  tidy(): void
}

export function webMemory(): WebMemory {
  return { guard: allocationGuard(() => 0, () => undefined), tidy: () => undefined }
}
