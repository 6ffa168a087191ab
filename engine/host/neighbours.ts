// Reads the files that a snippet imports from beside it (`./model.ts`), and those that they import in turn. Apart
// because only here the command line touches the disk for a snippet: the snippet itself never does.

import { readFileSync } from "node:fs"
import { dirname, resolve } from "node:path"

const endings = ["", ".ts", ".mts", ".js", ".mjs", "/index.ts", "/index.js"]

/** Text of every neighbour by its absolute path with `/` between its parts. What is not there is left for the compiler to say. */
export async function neighboursOf(fileName: string, source: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  // TypeScript takes a fifth of a second to load: most snippets import torch alone.
  if (!/["']\.{1,2}\//.test(source)) return files
  const { importsOf } = await import("../snippet/compile.ts")

  const visit = (from: string, text: string): void => {
    for (const specifier of importsOf(text)) {
      const found = read(resolve(dirname(from), specifier))
      if (!found || files[found.path] !== undefined) continue
      files[found.path] = found.text
      visit(found.path, found.text)
    }
  }
  visit(resolve(fileName), source)
  return files
}

function read(path: string): { readonly path: string; readonly text: string } | null {
  // TypeScript's own habit: `./model.js` in the source is `model.ts` on the disk.
  const candidates = [...endings.map((ending) => path + ending), path.replace(/\.([cm]?)js$/, ".$1ts")]
  for (const candidate of candidates) {
    try {
      return { path: candidate.replaceAll("\\", "/"), text: readFileSync(candidate, "utf8") }
    } catch {
      // Not there, or a folder: the next ending may be.
    }
  }
  return null
}
