// Quick info says Tensor where TypeScript says number, boolean or any of something that is a tensor.
import type ts from "typescript"
import type { TensorSense } from "./tensorSense.ts"

const words = new Set(["number", "boolean", "any"])

/** The quick info of a place in a snippet with the type that a learner knows. */
export function sayTensor(typescript: typeof ts, quickInfo: ts.QuickInfo, file: ts.SourceFile, position: number, sense: TensorSense): ts.QuickInfo {
  const parts = withoutNamespace(quickInfo.displayParts ?? [])
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

/** `torch.Tensor` is written `Tensor`. */
function withoutNamespace(parts: readonly ts.SymbolDisplayPart[]): ts.SymbolDisplayPart[] {
  return parts.filter((part, i) => {
    const before = part.text === "torch" && parts[i + 1]?.text === "." && isTensorName(parts[i + 2])
    const dot = part.text === "." && parts[i - 1]?.text === "torch" && isTensorName(parts[i + 1])
    return !before && !dot
  })
}

const isTensorName = (part: ts.SymbolDisplayPart | undefined): boolean => part?.text === "Tensor" || part?.text === "AnyTensor"
