// Quick info says Tensor where TypeScript says number, boolean or any of something that is a tensor, and what the editor
// shows of signatures is spelled as a learner knows it.
import type ts from "typescript"
import type { TensorSense } from "./tensorSense.ts"

const words = new Set(["number", "boolean", "bigint", "any"])

/** The quick info of a place in a snippet with the type that a learner knows. */
export function sayTensor(typescript: typeof ts, quickInfo: ts.QuickInfo, file: ts.SourceFile, position: number, sense: TensorSense): ts.QuickInfo {
  const parts = plainly(quickInfo.displayParts ?? [])
  const last = parts.at(-1)
  if (!last || !words.has(last.text) || !isTensorAt(typescript, file, position, sense)) return { ...quickInfo, displayParts: parts }
  return { ...quickInfo, displayParts: [...parts.slice(0, -1), { text: "Tensor", kind: "aliasName" }] }
}

function isTensorAt(typescript: typeof ts, file: ts.SourceFile, position: number, sense: TensorSense): boolean {
  const node = identifierAt(typescript, file, position)
  if (!node) return false
  const { parent } = node
  if (typescript.isPropertyAccessExpression(parent) && parent.name === node) return sense.of(parent) === "tensor"
  if (sense.of(node) === "tensor") return true
  const declaration = sense.checker.getSymbolAtLocation(node)?.valueDeclaration
  if (!declaration) return false
  if (typescript.isFunctionLike(declaration)) return sense.ofResult(declaration) === "tensor"
  const value = typescript.isVariableDeclaration(declaration) ? declaration.initializer : undefined
  return value !== undefined && typescript.isFunctionLike(value) && sense.ofResult(value) === "tensor"
}

function identifierAt(typescript: typeof ts, file: ts.SourceFile, position: number): ts.Identifier | undefined {
  let found: ts.Identifier | undefined
  const visit = (node: ts.Node): void => {
    if (node.getStart(file) > position || node.getEnd() < position) return
    if (typescript.isIdentifier(node)) found = node
    typescript.forEachChild(node, visit)
  }
  typescript.forEachChild(file, visit)
  return found
}

/** How TypeScript spells what a learner knows under another name: runs of parts, and what stands for them. */
const spellings: readonly { readonly parts: readonly string[]; readonly instead: readonly string[] }[] = [
  { parts: ["globalThis", "."], instead: [] },
  { parts: ["(", "alias", ")", " ", "class", " ", "torch", "\n"], instead: [] },
  { parts: ["number", " ", "&", " ", "torch", ".", "TensorMembers"], instead: ["Tensor"] },
  { parts: ["torch", ".", "TensorMembers"], instead: ["Tensor"] },
  { parts: ["torch", ".", "Tensor"], instead: ["Tensor"] },
  { parts: ["torch", ".", "AnyTensor"], instead: ["Tensor"] },
]

/** Signature help in the learner's spelling. */
export function plainSignatures(help: ts.SignatureHelpItems): ts.SignatureHelpItems {
  const items = help.items.map((item) => ({
    ...item,
    prefixDisplayParts: plainly(item.prefixDisplayParts),
    suffixDisplayParts: plainly(item.suffixDisplayParts),
    parameters: item.parameters.map((parameter) => ({ ...parameter, displayParts: plainly(parameter.displayParts) })),
  }))
  return { ...help, items }
}

/** Display parts in the learner's spelling: `Tensor`, `torch.mean`. */
export function plainly(parts: readonly ts.SymbolDisplayPart[]): ts.SymbolDisplayPart[] {
  const written: ts.SymbolDisplayPart[] = []
  for (let i = 0; i < parts.length; ) {
    const spelling = spellings.find((one) => one.parts.every((text, k) => parts[i + k]?.text === text))
    if (spelling) written.push(...spelling.instead.map((text) => ({ text, kind: text === "." ? "punctuation" : "aliasName" })))
    else written.push(parts[i]!)
    i += spelling?.parts.length ?? 1
  }
  return written
}
