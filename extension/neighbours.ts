// Neighbours: the user's own files that a snippet imports, read through VS Code (unsaved text first), since the snippet
// itself reaches no file.

import { FileType, Uri, workspace } from "vscode"
import { relativeImports } from "./snippets.ts"

const mostFiles = 100
const mostBytes = 4_000_000

/**
 * The text of every file that is imported from `source`, directly or through another, by its path. What is not found is
 * left out: the engine then says so at the import.
 */
export async function neighboursOf(uri: Uri, source: string): Promise<Readonly<Record<string, string>>> {
  if (uri.scheme === "untitled") return {}
  const files: Record<string, string> = {}
  let room = mostBytes
  const queue: { readonly from: Uri; readonly text: string }[] = [{ from: uri, text: source }]
  for (let next = queue.shift(); next; next = queue.shift()) {
    for (const specifier of relativeImports(next.text)) {
      for (const candidate of candidates(next.from, specifier)) {
        const path = pathOf(candidate)
        if (path in files) break
        const text = await textOf(candidate)
        if (text === null) continue
        room -= text.length
        if (room < 0 || Object.keys(files).length >= mostFiles) return files
        files[path] = text
        queue.push({ from: candidate, text })
        break
      }
    }
  }
  return files
}

/** How the engine names a file: its absolute path with `/` between its parts. */
export function pathOf(uri: Uri): string {
  return uri.scheme === "file" ? uri.fsPath.replaceAll("\\", "/") : uri.path
}

/** Where a relative import may lie: as written, then with TypeScript's endings; `./model.js` may be model.ts. */
function candidates(from: Uri, specifier: string): readonly Uri[] {
  const base = Uri.joinPath(from, "..", specifier)
  const paths = ["", ".ts", ".mts", ".js", ".mjs", "/index.ts", "/index.js"].map((ending) => base.path + ending)
  return [...new Set([...paths, base.path.replace(/\.([cm]?)js$/, ".$1ts")])].map((path) => base.with({ path }))
}

async function textOf(uri: Uri): Promise<string | null> {
  const open = workspace.textDocuments.find((document) => document.uri.toString() === uri.toString())
  if (open) return open.getText()
  try {
    const { size, type } = await workspace.fs.stat(uri)
    return size > mostBytes || !(type & FileType.File) ? null : new TextDecoder().decode(await workspace.fs.readFile(uri))
  } catch {
    // Not there: the next spelling may be, or the engine names the missing import.
    return null
  }
}
