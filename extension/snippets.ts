// Snippets: which text is ours, where its programs and cells lie, and what is sent to the engine for each.
// Apart from documents.ts because it knows text alone. Lines count from 1, ends are inclusive.

/** What is known of a document here: its language, its text, and whether New Snippet made it. */
export interface SnippetText {
  readonly languageId: string
  readonly text: string
  readonly isScratch?: boolean
}

/** One thing that runs by itself: a whole TypeScript file, or one fence of a Markdown file. */
export interface Program {
  readonly kind: "file" | "fence"
  /** Where its Run lens stands: the file's first line, or the fence's opening line. */
  readonly headLine: number
  readonly startLine: number
  readonly endLine: number
  readonly cells: readonly Cell[]
}

/** The lines from one `// %%` to the next; empty list of cells where a program has no such mark. */
export interface Cell {
  readonly startLine: number
  readonly endLine: number
  /** False for the lines above the first mark. */
  readonly isMarked: boolean
}

const torchImport = /^[ \t]*(?:import|export)\b[^"'`;]*["'](?:torch|torchvision)(?:\/[^"'\n]*)?["']/m
const cellMark = /^\s*\/\/\s*%%/

/** Tells whether TypeScript text imports torch or torchvision. */
export function importsTorch(text: string): boolean {
  return torchImport.test(text)
}

/** The programs of a document, in order; empty when it is no snippet. */
export function programsIn(document: SnippetText): readonly Program[] {
  const { languageId, text, isScratch } = document
  if (languageId === "typescript") {
    if (!isScratch && !importsTorch(text)) return []
    const lines = linesOf(text)
    return [{ kind: "file", headLine: 1, startLine: 1, endLine: lines.length, cells: cellsIn(lines, 1, lines.length) }]
  }
  return languageId === "markdown" && /torch/.test(text) ? fencesIn(linesOf(text)) : []
}

/** The program that a line belongs to; the first one where it belongs to none. */
export function programAt(programs: readonly Program[], line: number): Program | undefined {
  return programs.find(({ headLine, endLine }) => headLine <= line && line <= endLine) ?? programs[0]
}

/** The cell that a line belongs to. */
export function cellAt(program: Program, line: number): Cell | undefined {
  return program.cells.find(({ startLine, endLine }) => startLine <= line && line <= endLine)
}

/**
 * The text to run: the program down to `throughLine`, at the very lines where it stands in the document, so that every
 * place that comes back is a place of the document. A run starts fresh, so what stands above a cell runs with it.
 */
export function sourceOf(text: string, program: Program, throughLine = program.endLine): string {
  const lines = linesOf(text)
  const end = closedLine(lines, program, Math.min(throughLine, program.endLine))
  if (program.kind === "file" && end >= lines.length) return text
  return lines.map((line, index) => (index + 1 >= program.startLine && index + 1 <= end ? line : "")).join("\n")
}

/** The specifiers of relative imports in TypeScript text: `./model`, `../data.ts`. */
export function relativeImports(text: string): readonly string[] {
  const found = new Set<string>()
  for (const match of text.matchAll(/\b(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"'\n]+)["']/g)) {
    const [, specifier] = match
    if (specifier !== undefined) found.add(specifier)
  }
  return [...found]
}

function linesOf(text: string): string[] {
  return text.split(/\r\n|\n|\r/)
}

function cellsIn(lines: readonly string[], first: number, last: number): readonly Cell[] {
  const marks: number[] = []
  for (let line = first; line <= last; line += 1) if (cellMark.test(lines[line - 1] ?? "")) marks.push(line)
  const cells = marks.map((startLine, index) => ({ startLine, endLine: (marks[index + 1] ?? last + 1) - 1, isMarked: true }))
  const [mark] = marks
  if (mark !== undefined && mark > first) cells.unshift({ startLine: first, endLine: mark - 1, isMarked: false })
  return cells
}

function fencesIn(lines: readonly string[]): readonly Program[] {
  const programs: Program[] = []
  let open: { readonly fence: string; readonly line: number; readonly isTypeScript: boolean } | null = null
  lines.forEach((text, index) => {
    const [, fence = "", info = ""] = /^ {0,3}(`{3,}|~{3,})\s*(.*)$/.exec(text) ?? []
    if (!fence) return
    if (!open) {
      open = { fence, line: index + 1, isTypeScript: /^(?:ts|typescript)\b/i.test(info) }
    } else if (fence[0] === open.fence[0] && fence.length >= open.fence.length && info === "") {
      const { line, isTypeScript } = open
      if (isTypeScript && importsTorch(lines.slice(line, index).join("\n"))) {
        programs.push({ kind: "fence", headLine: line, startLine: line + 1, endLine: index, cells: cellsIn(lines, line + 1, index) })
      }
      open = null
    }
  })
  return programs
}

/** Moves the end down to where every bracket, template and comment is closed: half a loop is no program. */
function closedLine(lines: readonly string[], program: Program, throughLine: number): number {
  const scan = { depth: 0, inside: "" as "" | "*" | "`" }
  for (let line = program.startLine; line <= program.endLine; line += 1) {
    scanLine(lines[line - 1] ?? "", scan)
    if (line >= throughLine && scan.depth <= 0 && scan.inside === "") return line
  }
  return throughLine
}

/** Follows brackets over one line, past strings and comments. Regular expressions are taken for division: rare here. */
function scanLine(text: string, scan: { depth: number; inside: "" | "*" | "`" }): void {
  let quote = ""
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at)
    const two = text.slice(at, at + 2)
    if (scan.inside === "*") {
      if (two === "*/") {
        scan.inside = ""
        at += 1
      }
    } else if (scan.inside === "`" || quote) {
      if (char === "\\") at += 1
      else if (scan.inside === "`" && char === "`") scan.inside = ""
      else if (char === quote) quote = ""
    } else if (two === "//") return
    else if (two === "/*") scan.inside = "*"
    else if (char === "`") scan.inside = "`"
    else if (char === '"' || char === "'") quote = char
    else if ("([{".includes(char)) scan.depth += 1
    else if (")]}".includes(char)) scan.depth -= 1
  }
}
