// The zip archive that PyTorch keeps weights in: entries uncompressed, each beginning at a multiple of 64 bytes, so that
// it can be mapped into memory. Apart because nothing above needs to know of zip.
import { unzipSync, zipSync, type Zippable } from "fflate/browser"
import { Fault } from "../protocol/faults.ts"
import { allocation } from "../tensor/allocation.ts"
import { Unreadable } from "./unpickle.ts"

const alignment = 64
/** Sizes of a zip entry's header: before its name, and of an extra field before its contents. */
const headerBytes = 30
const extraBytes = 4
/** The extra field in which PyTorch hides its padding: "FB". */
const paddingField = 0x4246
/** Every file gets one date: the same tensors make the same bytes. */
const someDay = new Date(1980, 0, 2)

/** Packs entries, in order. */
export function packed(entries: readonly (readonly [name: string, bytes: Uint8Array])[]): Uint8Array {
  const files: Zippable = {}
  let at = 0
  for (const [name, bytes] of entries) {
    const start = at + headerBytes + new TextEncoder().encode(name).length + extraBytes
    const padding = (alignment - (start % alignment)) % alignment
    files[name] = [bytes, { level: 0, mtime: someDay, extra: { [paddingField]: new Uint8Array(padding) } }]
    at = start + padding + bytes.length
  }
  return zipSync(files)
}

/** True for what begins as a zip archive. */
export function isArchive(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4
}

/** All entries by name without the folder that they share. Throws Unreadable. */
export function unpacked(bytes: Uint8Array): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
  const sizes = new Map<string, number>()
  let files: Record<string, Uint8Array<ArrayBuffer>>
  let total = 0
  try {
    files = unzipSync(bytes, {
      filter({ name, originalSize }) {
        // Programs that were saved with the weights are of no use here.
        if (/^[^/]*\/code\//.test(name)) return false
        sizes.set(name, originalSize)
        total += originalSize
        allocation.check(total)
        return true
      },
    }) as Record<string, Uint8Array<ArrayBuffer>> // It makes arrays of its own.
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Unreadable("an archive that is cut off or damaged")
  }
  const entries = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const [name, contents] of Object.entries(files)) {
    if (contents.length !== sizes.get(name)) throw new Unreadable(`an archive whose entry ${name} is cut off`)
    entries.set(name.slice(name.indexOf("/") + 1), contents)
  }
  return entries
}
