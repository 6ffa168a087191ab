// The download of a published weights file as both seats do it: what comes is handed on, an end that is none and a hash
// that is another are faults. Apart from where the file is kept, which a process and a browser do each in their way.

import { Fault, sizeText } from "./faults.ts"
import { publishedAt, publishedHashes } from "./weightTable.ts"

export interface WeightSource {
  /** Where files come from, with a slash at the end; torchvision's own address unless said otherwise. */
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

export interface Download extends DownloadWatch {
  readonly file: string
  /** Gets what comes, piece by piece. */
  take(piece: Uint8Array<ArrayBuffer>): void | Promise<void>
  /** Asked where no answer came: whether the server is there, and lets no page of another origin read. */
  readonly isClosed?: (url: string) => Promise<boolean>
}

const tellEvery = 100

/** The beginning of a file's SHA-256. Throws where it is none of the published ones. */
export function publishedHash(file: string, { hashes = publishedHashes }: WeightSource): string {
  if (Object.hasOwn(hashes, file)) return hashes[file]!
  throw new Fault("ValueError", `“${file}” was expected to be one of the published weights (${Object.keys(hashes).join(", ")}).`, "Download it yourself and pass its path: weights: \"./my.pth\".")
}

/** Throws where a download has another hash than its name says. */
export function checkHash(file: string, expected: string, found: string): void {
  if (found.startsWith(expected)) return
  throw new Fault("RuntimeError", `The download of ${file} was expected to have a SHA-256 that begins with ${expected}, and it begins with ${found.slice(0, expected.length)}: it is damaged or another file.`, "Run again. If it stays so, something on the way to the server changes downloads.")
}

/** Downloads a file from its beginning to its end, or throws a Fault. */
export async function download({ baseUrl = publishedAt, patience = 30_000 }: WeightSource, { file, signal, progress, take, isClosed }: Download): Promise<void> {
  const url = new URL(file, baseUrl).href
  const stalled = new AbortController()
  let timer = setTimeout(() => stalled.abort(), patience)
  let received = 0
  let total = 0
  let isAnswered = false
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, stalled.signal]) })
    isAnswered = true
    if (!response.ok || !response.body) throw new Fault("RuntimeError", `${file} was expected at ${url}, and the server answered ${response.status} ${response.statusText}.`.trimEnd(), byHand(file))
    total = Number(response.headers.get("content-length") ?? 0)
    const reader = response.body.getReader()
    let told = 0
    for (let { done, value } = await reader.read(); !done && value; { done, value } = await reader.read()) {
      clearTimeout(timer)
      timer = setTimeout(() => stalled.abort(), patience)
      received += value.length
      await take(value)
      const now = performance.now()
      if (now - told < tellEvery && received !== total) continue
      told = now
      progress(total > 0 ? received / total : null)
    }
    if (total > 0 && received !== total) throw cutOff(file, received, total)
  } catch (error) {
    if (error instanceof Fault) throw error
    if (signal.aborted) throw new Fault("Stopped", `The download of ${file} was cancelled.`)
    if (isAnswered) throw cutOff(file, received, total)
    const { host } = new URL(url)
    if (!stalled.signal.aborted && (await isClosed?.(url)) === true) {
      throw new Fault("RuntimeError", `${file} was expected from ${host}, and that server lets no page of another origin read its files.`, `Download ${file} into the snippet's folder and pass weights: "./${file}", or run the snippet in VS Code on a desktop.`)
    }
    const why = stalled.signal.aborted ? `no answer within ${(patience / 1000).toFixed(1)} s` : reasonOf(error)
    throw new Fault("RuntimeError", `${file} was expected from ${host}, and the server could not be reached (${why}).`, byHand(file))
  } finally {
    clearTimeout(timer)
  }
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
