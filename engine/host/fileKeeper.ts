// What the supervisor allows behind the engine's door to files: reading and writing weight files in the snippet's own
// folder and below, and the published weights. The thread is not trusted: everything it asks is checked here.

import { constants } from "node:fs"
import { lstat, open, realpath, rename, rm } from "node:fs/promises"
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path"
import { Fault, memoryLimit } from "../protocol/faults.ts"
import { checkPath, isFolder, leadsOut, notThere, unusable, type FileVerb } from "../protocol/fileRules.ts"
import type { WeightStore } from "./weightStore.ts"

/** What the thread asks. */
export type FileRequest =
  | { readonly kind: "read"; readonly path: string }
  | { readonly kind: "write"; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: "weights"; readonly file: string; readonly showProgress: boolean }

/** What belongs to one run. */
export interface FileRights {
  /** The snippet's own folder; undefined where it lies in none. */
  readonly folder: string | undefined
  /** Bytes that a file may have; 0 is no limit. */
  readonly most: number
  /** Ends a download. */
  readonly signal: AbortSignal
  progress(text: string, fraction: number | null): void
}

/** Does what is asked, if it is allowed; throws a Fault that says why not. Reading gives bytes, writing null. */
export async function keepFiles(request: unknown, rights: FileRights, weights: WeightStore): Promise<Uint8Array<ArrayBuffer> | null> {
  if (!isRequest(request)) throw new Fault("TypeError", "A request for a file was expected, and something else came.")
  switch (request.kind) {
    case "read":
      return read(request.path, rights)
    case "write":
      await write(request.path, request.bytes, rights)
      return null
    case "weights": {
      const { file, showProgress } = request
      return weights.get(file, { signal: rights.signal, progress: (fraction) => rights.progress(showProgress ? file : "", fraction) })
    }
  }
}

async function read(path: string, rights: FileRights): Promise<Uint8Array<ArrayBuffer>> {
  const { root, full } = await placed("torch.load", path, rights)
  const real = await realpath(full).catch((error: unknown) => {
    throw failed("torch.load", path, error)
  })
  checkInside("torch.load", path, root, real)
  // Without waiting for the other end, where someone put a pipe there.
  const handle = await open(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error: unknown) => {
    throw failed("torch.load", path, error)
  })
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw isFolder("torch.load", path)
    if (rights.most > 0 && stats.size > rights.most) throw memoryLimit(stats.size, 0, rights.most)
    return new Uint8Array(await handle.readFile())
  } finally {
    await handle.close()
  }
}

async function write(path: string, bytes: Uint8Array, rights: FileRights): Promise<void> {
  const { root, full } = await placed("torch.save", path, rights)
  const parent = await realpath(dirname(full)).catch((error: unknown) => {
    throw failed("torch.save", path, error)
  })
  const target = join(parent, basename(full))
  checkInside("torch.save", path, root, target)
  const there = await lstat(target).catch(() => null)
  // A link is replaced by the file, never followed.
  if (there && !there.isFile() && !there.isSymbolicLink()) throw isFolder("torch.save", path)
  const partial = `${target}.${process.pid}-${Math.random().toString(36).slice(2)}.partial`
  try {
    const handle = await open(partial, "wx")
    try {
      await handle.writeFile(bytes)
    } finally {
      await handle.close()
    }
    await rename(partial, target)
  } catch (error) {
    await rm(partial, { force: true })
    throw failed("torch.save", path, error)
  }
}

/** Where a path of the learner's leads by its words alone, and the folder that it must stay in. */
async function placed(what: FileVerb, path: string, { folder }: FileRights): Promise<{ readonly root: string; readonly full: string }> {
  const isFile = folder !== undefined && isAbsolute(folder)
  checkPath(what, path, isFile)
  const own = folder ?? ""
  const full = resolve(own, path)
  checkInside(what, path, own, full)
  const root = await realpath(own).catch((error: unknown) => {
    throw failed(what, own, error)
  })
  return { root, full }
}

function checkInside(what: FileVerb, path: string, folder: string, full: string): void {
  const way = relative(folder, full)
  const isStream = process.platform === "win32" && way.includes(":")
  if (way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way) || isStream || full.includes("\0")) throw leadsOut(what, path)
}

function failed(what: FileVerb, path: string, error: unknown): Fault {
  if (error instanceof Fault) return error
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined
  if (code === "ENOENT" || code === "ENOTDIR") return notThere(what, path)
  return unusable(what, path, typeof code === "string" ? code : String(error))
}

function isRequest(value: unknown): value is FileRequest {
  if (typeof value !== "object" || value === null) return false
  const { kind, path, bytes, file, showProgress } = value as Partial<Record<"kind" | "path" | "bytes" | "file" | "showProgress", unknown>>
  if (kind === "read") return typeof path === "string"
  if (kind === "write") return typeof path === "string" && bytes instanceof Uint8Array
  return kind === "weights" && typeof file === "string" && typeof showProgress === "boolean"
}
