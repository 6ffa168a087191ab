// Published weights on this machine: downloads a file of our own table, checks it against the hash in its name, and keeps
// it. Apart from fileKeeper.ts, which knows the learner's files; this one knows the network.

import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises"
import { homedir } from "node:os"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { Fault, sizeText } from "../protocol/faults.ts"
import { publishedAt, publishedHashes } from "../vision/weightTable.ts"

export interface WeightStoreOptions {
  /** Where files are kept; made when the first one comes. */
  readonly folder: string
  /** Where they come from, with a slash at the end; torchvision's own address unless said otherwise. */
  readonly baseUrl?: string
  /** The files that may be asked for, with the beginning of their SHA-256; ours unless a test says otherwise. */
  readonly hashes?: Readonly<Record<string, string>>
  /** How long a download may stand still, in milliseconds. */
  readonly patience?: number
}

export interface DownloadWatch {
  /** Ends the download. */
  readonly signal: AbortSignal
  /** What has come, of 1; null while nobody knows how much will come. */
  progress(fraction: number | null): void
}

const partialEnding = ".partial"
/** A half file this old belongs to a process that is gone. Milliseconds. */
const longAgo = 3_600_000
const tellEvery = 100

/** The folder for whoever names none: beside other programs' caches in the user's home. */
export function homeCache(): string {
  return join(homedir(), ".cache", "autograd-lab", "weights")
}

/** What the owner of a process says by its environment: a folder (the editor's own storage), and a mirror. */
export function weightsFrom({ AUTOGRAD_LAB_CACHE: folder, AUTOGRAD_LAB_WEIGHTS_URL: baseUrl }: Readonly<Record<string, string | undefined>>): Partial<WeightStoreOptions> {
  return { ...(folder ? { folder } : {}), ...(baseUrl ? { baseUrl: baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/` } : {}) }
}

export class WeightStore {
  readonly #folder: string
  readonly #baseUrl: string
  readonly #hashes: Readonly<Record<string, string>>
  readonly #patience: number

  constructor({ folder, baseUrl = publishedAt, hashes = publishedHashes, patience = 30_000 }: WeightStoreOptions) {
    this.#folder = folder
    this.#baseUrl = baseUrl
    this.#hashes = hashes
    this.#patience = patience
  }

  /** The bytes of a file, from the cache or from the network. Throws a Fault; the cache then holds no part of it. */
  async get(file: string, watch: DownloadWatch): Promise<Uint8Array<ArrayBuffer>> {
    const hash = Object.hasOwn(this.#hashes, file) ? this.#hashes[file]! : null
    if (hash === null) throw new Fault("ValueError", `“${file}” was expected to be one of the published weights (${Object.keys(this.#hashes).join(", ")}).`, "Download it yourself and pass its path: weights: \"./my.pth\".")
    const kept = join(this.#folder, file)
    if (!(await hasHash(kept, hash))) await this.#download(file, hash, kept, watch)
    return new Uint8Array(await readFile(kept))
  }

  async #download(file: string, hash: string, kept: string, watch: DownloadWatch): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    await this.#sweep()
    const partial = `${kept}.${process.pid}-${Math.random().toString(36).slice(2)}${partialEnding}`
    try {
      const found = await this.#fetch(file, partial, watch)
      if (!found.startsWith(hash)) {
        throw new Fault("RuntimeError", `The download of ${file} was expected to have a SHA-256 that begins with ${hash}, and it begins with ${found.slice(0, hash.length)}: it is damaged or another file.`, "Run again. If it stays so, something on the way to the server changes downloads.")
      }
      await rename(partial, kept)
    } finally {
      await rm(partial, { force: true })
    }
  }

  /** Writes what comes to `partial` and gives its SHA-256. */
  async #fetch(file: string, partial: string, { signal, progress }: DownloadWatch): Promise<string> {
    const url = new URL(file, this.#baseUrl).href
    const stalled = new AbortController()
    let timer = setTimeout(() => stalled.abort(), this.#patience)
    const ended = AbortSignal.any([signal, stalled.signal])
    let received = 0
    let total = 0
    let isAnswered = false
    const handle = await open(partial, "wx")
    try {
      const response = await fetch(url, { signal: ended })
      isAnswered = true
      if (!response.ok || !response.body) throw new Fault("RuntimeError", `${file} was expected at ${url}, and the server answered ${response.status} ${response.statusText}.`.trimEnd(), byHand(file))
      total = Number(response.headers.get("content-length") ?? 0)
      const sum = createHash("sha256")
      let told = 0
      for await (const piece of response.body) {
        clearTimeout(timer)
        timer = setTimeout(() => stalled.abort(), this.#patience)
        received += piece.length
        sum.update(piece)
        await handle.write(piece)
        const now = performance.now()
        if (now - told < tellEvery && received !== total) continue
        told = now
        progress(total > 0 ? received / total : null)
      }
      if (total > 0 && received !== total) throw cutOff(file, received, total)
      return sum.digest("hex")
    } catch (error) {
      if (error instanceof Fault) throw error
      if (signal.aborted) throw new Fault("Stopped", `The download of ${file} was cancelled.`)
      if (isAnswered) throw cutOff(file, received, total)
      const why = stalled.signal.aborted ? `no answer within ${(this.#patience / 1000).toFixed(1)} s` : reasonOf(error)
      throw new Fault("RuntimeError", `${file} was expected from ${new URL(url).host}, and the server could not be reached (${why}).`, byHand(file))
    } finally {
      clearTimeout(timer)
      await handle.close()
    }
  }

  /** Takes away what a process that was ended in the middle left behind. */
  async #sweep(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (!name.endsWith(partialEnding)) continue
      const path = join(this.#folder, name)
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

function cutOff(file: string, received: number, total: number): Fault {
  const expected = total > 0 ? sizeText(total) : "a whole file"
  return new Fault("RuntimeError", `The download of ${file} was expected to bring ${expected}, and it was cut off after ${sizeText(received)}.`, "Check the connection and run again.")
}

function byHand(file: string): string {
  return `Check the connection, or download ${file} with a browser into the snippet's folder and pass weights: "./${file}".`
}

/** `ECONNREFUSED`, `ENOTFOUND` …: what the system says, which fetch hides in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error)) return String(cause)
  const code: unknown = Reflect.get(cause, "code")
  return typeof code === "string" ? code : cause.message
}
