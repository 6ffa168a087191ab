// Files that lie on no disk: a file system of the suite's own, so that a workspace is tried whose files are virtual.

import { EventEmitter, FileSystemError, FileType, Uri, workspace, type FileChangeEvent, type FileStat, type FileSystemProvider } from "vscode"

/** The scheme of the addresses of these files. */
export const memoryScheme = "autograd-memory"

class MemoryFiles implements FileSystemProvider {
  readonly #files = new Map<string, { readonly bytes: Uint8Array; readonly mtime: number }>()
  readonly #changed = new EventEmitter<FileChangeEvent[]>()
  readonly onDidChangeFile = this.#changed.event

  watch(): { dispose(): void } {
    return { dispose: () => undefined }
  }

  stat({ path }: Uri): FileStat {
    const file = this.#files.get(path)
    if (file) return { type: FileType.File, ctime: 0, mtime: file.mtime, size: file.bytes.length }
    if (path === "/" || this.#below(path).length > 0) return { type: FileType.Directory, ctime: 0, mtime: 0, size: 0 }
    throw FileSystemError.FileNotFound(path)
  }

  readDirectory({ path }: Uri): [string, FileType][] {
    const names = this.#below(path).map((each) => each.slice(path.length).replace(/^\//, "").split("/"))
    return [...new Map(names.map(([name = "", ...rest]) => [name, rest.length > 0 ? FileType.Directory : FileType.File]))]
  }

  createDirectory(): void {
    // A folder is there when a file is in it.
  }

  readFile({ path }: Uri): Uint8Array {
    const file = this.#files.get(path)
    if (!file) throw FileSystemError.FileNotFound(path)
    return file.bytes
  }

  writeFile({ path }: Uri, bytes: Uint8Array): void {
    this.#files.set(path, { bytes, mtime: Date.now() })
  }

  delete({ path }: Uri): void {
    for (const each of [path, ...this.#below(path)]) this.#files.delete(each)
  }

  rename(from: Uri, to: Uri): void {
    this.writeFile(to, this.readFile(from))
    this.delete(from)
  }

  #below(path: string): string[] {
    return [...this.#files.keys()].filter((each) => each.startsWith(path.endsWith("/") ? path : `${path}/`))
  }
}

let registered = false

/** The folder in which such files may be made. */
export function memoryFolder(name: string): Uri {
  if (!registered) workspace.registerFileSystemProvider(memoryScheme, new MemoryFiles(), { isCaseSensitive: true })
  registered = true
  return Uri.from({ scheme: memoryScheme, path: `/${name}` })
}
