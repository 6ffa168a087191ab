// Published weights on this machine: downloads a file of our own table, checks it against the hash in its name, and keeps
// it. Apart from fileKeeper.ts, which knows the learner's files; this one knows the network.

import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises"
import { homedir } from "node:os"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { checkHash, download, publishedHash, type DownloadWatch, type WeightSource } from "../protocol/weightDownload.ts"

export interface WeightStoreOptions extends WeightSource {
  /** Where files are kept; made when the first one comes. */
  readonly folder: string
}

const partialEnding = ".partial"
/** A half file this old belongs to a process that is gone. Milliseconds. */
const longAgo = 3_600_000

/** The folder for whoever names none: beside other programs' caches in the user's home. */
export function homeCache(): string {
  return join(homedir(), ".cache", "autograd-lab", "weights")
}

/** What the owner of a process says by its environment: a folder (the editor's own storage), and a mirror. */
export function weightsFrom({ AUTOGRAD_LAB_CACHE: folder, AUTOGRAD_LAB_WEIGHTS_URL: baseUrl }: Readonly<Record<string, string | undefined>>): Partial<WeightStoreOptions> {
  return { ...(folder ? { folder } : {}), ...(baseUrl ? { baseUrl: baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/` } : {}) }
}

export class WeightStore {
  readonly #options: WeightStoreOptions

  constructor(options: WeightStoreOptions) {
    this.#options = options
  }

  /** The bytes of a file, from the cache or from the network. Throws a Fault; the cache then holds no part of it. */
  async get(file: string, watch: DownloadWatch): Promise<Uint8Array<ArrayBuffer>> {
    const hash = publishedHash(file, this.#options)
    const kept = join(this.#options.folder, file)
    if (!(await hasHash(kept, hash))) await this.#download(file, hash, kept, watch)
    return new Uint8Array(await readFile(kept))
  }

  async #download(file: string, hash: string, kept: string, watch: DownloadWatch): Promise<void> {
    await mkdir(this.#options.folder, { recursive: true })
    await this.#sweep()
    const partial = `${kept}.${process.pid}-${Math.random().toString(36).slice(2)}${partialEnding}`
    try {
      const handle = await open(partial, "wx")
      const sum = createHash("sha256")
      try {
        await download(this.#options, {
          file,
          signal: watch.signal,
          progress: (fraction) => watch.progress(fraction),
          async take(piece) {
            sum.update(piece)
            await handle.write(piece)
          },
        })
      } finally {
        await handle.close()
      }
      checkHash(file, hash, sum.digest("hex"))
      await rename(partial, kept)
    } finally {
      await rm(partial, { force: true })
    }
  }

  /** Takes away what a process that was ended in the middle left behind. */
  async #sweep(): Promise<void> {
    const { folder } = this.#options
    for (const name of await readdir(folder)) {
      if (!name.endsWith(partialEnding)) continue
      const path = join(folder, name)
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
      if (Date.now() - mtimeMs > longAgo) await rm(path, { force: true })
    }
  }
}

/** Whether a file is there and whole. */
async function hasHash(path: string, hash: string): Promise<boolean> {
  const sum = createHash("sha256")
  try {
    await pipeline(createReadStream(path), sum)
  } catch {
    // Not there, or not to be read: the download says what is wrong, if something is.
    return false
  }
  return sum.digest("hex").startsWith(hash)
}
