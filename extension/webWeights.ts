// Published weights in a browser: fetched by the extension, for a worker reaches no network; checked against the hash in
// the file's name, and kept where the extension keeps things. Knows neither vscode nor where that is.

import { checkHash, download, publishedHash, type DownloadWatch, type WeightSource } from "../engine/protocol/weightDownload.ts"

/** Where files are kept between downloads. */
export interface WeightCache {
  /** Null where it is not there. */
  read(file: string): Promise<Uint8Array<ArrayBuffer> | null>
  write(file: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>
}

export interface WebWeightsOptions extends WeightSource {
  readonly cache: WeightCache
  readonly log: (message: string) => void
}

export class WebWeights {
  readonly #options: WebWeightsOptions

  constructor(options: WebWeightsOptions) {
    this.#options = options
  }

  /** The bytes of a file, from the cache or from the network. Throws a Fault. */
  async get(file: string, { signal, progress }: DownloadWatch): Promise<Uint8Array<ArrayBuffer>> {
    const { cache, log } = this.#options
    const hash = publishedHash(file, this.#options)
    const kept = await cache.read(file)
    if (kept && (await sha256(kept)).startsWith(hash)) return kept
    const pieces: Uint8Array<ArrayBuffer>[] = []
    await download(this.#options, { file, signal, progress, take: (piece) => void pieces.push(piece), isClosed })
    const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer())
    checkHash(file, hash, await sha256(bytes))
    // A browser may have no room for it: then it is fetched again the next time.
    await cache.write(file, bytes).catch((error: unknown) => log(`${file} could not be kept: ${String(error)}`))
    return bytes
  }
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
  return Array.from(sum, (byte) => byte.toString(16).padStart(2, "0")).join("")
}

/** A browser tells a page nothing of why it got no answer; whether the server is there at all it does tell. */
function isClosed(url: string): Promise<boolean> {
  return fetch(url, { method: "HEAD", mode: "no-cors" }).then(() => true, () => false)
}
