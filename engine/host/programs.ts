// What there is to run in a file: the whole of a .ts file, each ts block of a Markdown page that imports torch, the
// cells of a notebook as one program. Apart because it is text in, text out, and says where a line came from.

/** One snippet of a file. */
export interface Program {
  readonly source: string
  /** A place of `source` as the reader of the file knows it: `12:5`, or `cell 2:3:1` in a notebook. */
  place(line: number, column: number): string
}

/** The file holds nothing that can be run; the message says why. */
export class NothingToRun extends Error {}

/** The snippets of a file, by its name's ending. Throws NothingToRun. */
export function programsOf(fileName: string, text: string): Program[] {
  if (/\.(md|markdown)$/i.test(fileName)) return inMarkdown(text)
  if (/\.ipynb$/i.test(fileName)) return [inNotebook(text)]
  if (/\.([cm]?ts|[cm]?js)$/i.test(fileName)) return [{ source: text, place: lineAndColumn }]
  throw new NothingToRun("A file that ends in .ts, .md or .ipynb was expected.")
}

function inMarkdown(text: string): Program[] {
  const lines = text.split(/\r?\n/)
  const programs: Program[] = []
  let open: { readonly mark: string; readonly isSnippet: boolean; readonly from: number } | null = null
  lines.forEach((line, index) => {
    const fence = /^\s*(`{3,}|~{3,})\s*([\w-]*)/.exec(line)
    const [, mark = "", language = ""] = fence ?? []
    if (!open) {
      if (fence) open = { mark, isSnippet: /^(ts|typescript)$/i.test(language), from: index + 1 }
      return
    }
    if (!fence || language !== "" || mark[0] !== open.mark[0] || mark.length < open.mark.length) return
    const { from, isSnippet } = open
    open = null
    const body = lines.slice(from, index)
    // Empty lines stand for the page above the block, so that line numbers are the page's own.
    if (isSnippet && body.some(importsTorch)) programs.push({ source: [...Array<string>(from).fill(""), ...body].join("\n"), place: lineAndColumn })
  })
  if (programs.length === 0) throw new NothingToRun("The page was expected to hold a ```ts block that imports torch, and holds none.")
  return programs
}

function importsTorch(line: string): boolean {
  return /\bimport\b.*["']torch(vision)?(\/[^"']*)?["']/.test(line)
}

function inNotebook(text: string): Program {
  const notebook = object(parsed(text))
  const language = languageOf(notebook)
  if (/python/i.test(language)) throw new NothingToRun("The notebook's cells were expected to be TypeScript, and they are Python: write them in the snippet language first.")
  const cells = Array.isArray(notebook.cells) ? notebook.cells.map(object) : []
  const lines: string[] = []
  const places: { readonly cell: number; readonly line: number }[] = []
  cells.forEach(({ cell_type, source }, index) => {
    if (cell_type !== "code") return
    const body = (Array.isArray(source) ? source.map(String).join("") : String(source ?? "")).split(/\r?\n/)
    body.forEach((line, at) => {
      lines.push(line)
      places.push({ cell: index + 1, line: at + 1 })
    })
  })
  if (lines.length === 0) throw new NothingToRun("The notebook was expected to hold a code cell, and holds none.")
  return {
    source: lines.join("\n"),
    place(line, column) {
      const found = places[line - 1]
      return found ? `cell ${found.cell}:${found.line}:${column}` : lineAndColumn(line, column)
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new NothingToRun(`The notebook was expected to be JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function languageOf(notebook: Record<string, unknown>): string {
  const metadata = object(notebook.metadata)
  return String(object(metadata.language_info).name ?? object(metadata.kernelspec).language ?? "")
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {}
}

function lineAndColumn(line: number, column: number): string {
  return `${line}:${column}`
}
