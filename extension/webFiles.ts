// Files of a snippet in a browser: what torch.load and torch.save may touch, through VS Code's file systems, virtual ones
// included, and downloads that are kept. The worker is not trusted: every path is checked here.

import { FileSystemError, FileType, Uri, workspace } from "vscode"
import { Fault, memoryLimit } from "../engine/protocol/faults.ts"
import { checkPath, isFolder, notThere, partsBelow, unusable, type FileVerb } from "../engine/protocol/fileRules.ts"
import type { SuppliedFile } from "../engine/host/webThreadApi.ts"
import type { FolderFiles } from "./webEngine.ts"
import type { WeightCache } from "./webWeights.ts"

/** The folder of a document by its address; undefined where it lies in none. */
export function folderAddress(uri: Uri): string | undefined {
  return uri.scheme === "untitled" ? undefined : Uri.joinPath(uri, "..").toString()
}

/** Files below a folder, which is named by its address. */
export const workspaceFiles: FolderFiles = {
  async read(folder, path, most): Promise<SuppliedFile> {
    try {
      const uri = placed("torch.load", folder, path)
      const { size, type } = await workspace.fs.stat(uri)
      if (!(type & FileType.File)) throw isFolder("torch.load", path)
      if (most > 0 && size > most) throw memoryLimit(size, 0, most)
      return { bytes: new Uint8Array(await workspace.fs.readFile(uri)) }
    } catch (error) {
      const { name, message, hint } = failed("torch.load", path, error)
      return { fault: { name, message, ...(hint === undefined ? {} : { hint }) } }
    }
  },
  async write(folder, path, bytes): Promise<Fault | null> {
    try {
      await workspace.fs.writeFile(placed("torch.save", folder, path), bytes)
      return null
    } catch (error) {
      return failed("torch.save", path, error)
    }
  },
}

/** A cache in a folder of the extension's own. */
export function weightCache(folder: Uri): WeightCache {
  return {
    read: (file) => Promise.resolve(workspace.fs.readFile(Uri.joinPath(folder, file))).then((bytes) => new Uint8Array(bytes), () => null),
    write: async (file, bytes) => workspace.fs.writeFile(Uri.joinPath(folder, file), bytes),
  }
}

function placed(what: FileVerb, folder: string | undefined, path: string): Uri {
  checkPath(what, path, folder !== undefined)
  return Uri.joinPath(Uri.parse(folder ?? ""), ...partsBelow(what, path))
}

function failed(what: FileVerb, path: string, error: unknown): Fault {
  if (error instanceof Fault) return error
  const code = error instanceof FileSystemError ? error.code : error instanceof Error ? error.message : String(error)
  return code === "FileNotFound" ? notThere(what, path) : unusable(what, path, code)
}
