// Places: from the protocol's lines and columns, which count from 1, to VS Code's, which count from 0, and back.

import { Position, Range, type TextDocument } from "vscode"
import type { Span } from "../engine/protocol/api.ts"
import type { Place } from "./finding.ts"

/** A span as a range; an empty one covers the rest of its line, so that something is underlined. */
export function rangeOf(span: Span, document?: TextDocument): Range {
  const start = new Position(Math.max(0, span.line - 1), Math.max(0, span.column - 1))
  const end = new Position(Math.max(0, span.endLine - 1), Math.max(0, span.endColumn - 1))
  if (start.isBefore(end)) return document ? document.validateRange(new Range(start, end)) : new Range(start, end)
  const line = document && start.line < document.lineCount ? document.lineAt(start.line) : undefined
  return line && start.character < line.text.trimEnd().length ? new Range(start, line.range.end) : (line?.range ?? new Range(start, start))
}

/** A position as a place, with the name that stands there. */
export function placeOf(document: TextDocument, position: Position): Place {
  const place = { line: position.line + 1, column: position.character + 1 }
  const range = document.getWordRangeAtPosition(position, /[A-Za-z_$][\w$]*/)
  if (!range) return place
  const before = document.lineAt(range.start.line).text.slice(0, range.start.character)
  const isMember = /(?<!\.\.)\.\s*$/.test(before)
  return { ...place, word: { text: document.getText(range), column: range.start.character + 1, isMember } }
}
