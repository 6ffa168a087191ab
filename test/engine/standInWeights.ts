// A whole state of resnet18 in some kilobytes, for tests that download weights: every tensor shows one number again and
// again, so that the file is small and a network takes it all the same.

import { door } from "../../engine/nn/door.ts"
import { torch as namespace, torchvision } from "../../engine/torch.ts"

/** The bytes of a .pth file whose every number is 0.5. */
export function standInWeights(): Uint8Array<ArrayBuffer> {
  const { resnet18 } = torchvision["models"] as { resnet18(): { state_dict(): Record<string, { sizes: readonly number[]; dtype: unknown }> } }
  const { full, save } = namespace as { full(sizes: readonly number[], value: number, options: object): { expand(...sizes: readonly number[]): unknown }; save(value: unknown, path: string): void }
  const state = Object.fromEntries(Object.entries(resnet18().state_dict()).map(([name, { sizes, dtype }]) => [name, full([], 0.5, { dtype }).expand(...sizes)]))
  let bytes = new Uint8Array<ArrayBuffer>(new ArrayBuffer(0))
  door.current = { read: () => bytes, write: (_path, written) => void (bytes = new Uint8Array(written)), weights: () => bytes }
  save(state, "small.pth")
  door.current = null
  return bytes
}
