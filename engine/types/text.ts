// The text of dist/types/torch.d.ts from this project's own operator table. The build and the tests call it.
import { table } from "../ops/table.ts"
import { declarations } from "./declarations.ts"
import { generateTypes } from "./generate.ts"
import { typedOperators } from "./operators.ts"

/** The files written by hand, in the order in which they are put together. */
export const handWrittenFiles = ["torch.d.ts", "nn.d.ts", "learning.d.ts"] as const

/** What the editor is given. `handWritten` are the texts of `handWrittenFiles`. */
export function typesText(handWritten: readonly string[]): string {
  return generateTypes(handWritten, declarations(typedOperators(table)))
}
