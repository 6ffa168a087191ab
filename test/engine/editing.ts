// Applies the edits of a cure to a source, as the editor does.
import type { TextEdit } from "../../engine/protocol/api.ts"

/** The source after the edits, whose places are all of the source before. */
export function edited(source: string, edits: readonly TextEdit[]): string {
  const starts = [0]
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) starts.push(at + 1)
  const offset = (line: number, column: number): number => starts[line - 1]! + column - 1
  let text = source
  const fromTheEnd = [...edits].sort((a, b) => b.span.line - a.span.line || b.span.column - a.span.column)
  for (const { span, text: made } of fromTheEnd) text = text.slice(0, offset(span.line, span.column)) + made + text.slice(offset(span.endLine, span.endColumn))
  return text
}
