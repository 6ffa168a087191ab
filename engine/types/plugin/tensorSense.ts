// Whether an expression is a tensor. TypeScript calls the sum of two tensors a number and a comparison a boolean;
// this follows operators, variables and functions to where the tensor came from.
import type ts from "typescript"

/** `maybe`: nothing is known (a parameter without a type). */
export type Verdict = "tensor" | "maybe" | "no"

export interface TensorSense {
  /** Of an expression, or of a declaration's name. */
  of(node: ts.Node): Verdict
  /** Of what a function gives. */
  ofResult(declaration: ts.SignatureDeclaration): Verdict
  /** The members of a tensor; undefined where the types are not in the program. */
  members(): ts.Type | undefined
  readonly checker: ts.TypeChecker
}

const senses = new WeakMap<ts.TypeChecker, TensorSense>()

/** One for each checker, so that what was found is remembered as long as the program lives. */
export function tensorSense(typescript: typeof ts, checker: ts.TypeChecker): TensorSense {
  const before = senses.get(checker)
  if (before) return before
  const made = makeSense(typescript, checker)
  senses.set(checker, made)
  return made
}

function makeSense(typescript: typeof ts, checker: ts.TypeChecker): TensorSense {
  const { SyntaxKind, TypeFlags } = typescript
  const verdicts = new Map<ts.Node, Verdict>()
  const assigned = new WeakMap<ts.SourceFile, Map<ts.Symbol, ts.Expression[]>>()
  const first = (...list: Verdict[]): Verdict => (list.includes("tensor") ? "tensor" : list.includes("maybe") ? "maybe" : "no")

  function of(node: ts.Node): Verdict {
    const before = verdicts.get(node)
    if (before) return before
    // While it is being asked: what refers to itself is decided by the rest.
    verdicts.set(node, "no")
    const verdict = decide(node)
    verdicts.set(node, verdict)
    return verdict
  }

  function decide(node: ts.Node): Verdict {
    const type = checker.getTypeAtLocation(node)
    if (isTensorType(type)) return "tensor"
    const unknown = (type.flags & (TypeFlags.Any | TypeFlags.Unknown)) !== 0
    if (!unknown && (type.flags & (TypeFlags.NumberLike | TypeFlags.BooleanLike | TypeFlags.BigIntLike | TypeFlags.Union)) === 0) return "no"
    const bySyntax = ofSyntax(node)
    return bySyntax === "no" && unknown && !isOperation(node) ? "maybe" : bySyntax
  }

  function ofSyntax(node: ts.Node): Verdict {
    if (typescript.isParenthesizedExpression(node) || typescript.isNonNullExpression(node) || typescript.isAsExpression(node) || typescript.isSatisfiesExpression(node)) return of(node.expression)
    if (typescript.isBinaryExpression(node)) return ofBinary(node)
    if (typescript.isPrefixUnaryExpression(node)) return node.operator === SyntaxKind.ExclamationToken ? "no" : of(node.operand)
    if (typescript.isPostfixUnaryExpression(node)) return of(node.operand)
    if (typescript.isConditionalExpression(node)) return first(of(node.whenTrue), of(node.whenFalse))
    if (typescript.isElementAccessExpression(node)) return of(node.expression)
    if (typescript.isCallExpression(node)) return ofCall(node)
    if (typescript.isPropertyAccessExpression(node)) return ofMember(node) ?? ofSymbol(checker.getSymbolAtLocation(node.name), node)
    if (typescript.isIdentifier(node)) return ofSymbol(checker.getSymbolAtLocation(node), node)
    return "no"
  }

  function ofBinary({ operatorToken, left, right }: ts.BinaryExpression): Verdict {
    switch (operatorToken.kind) {
      case SyntaxKind.CommaToken:
      case SyntaxKind.EqualsToken:
        return of(right)
      case SyntaxKind.EqualsEqualsEqualsToken:
      case SyntaxKind.ExclamationEqualsEqualsToken:
      case SyntaxKind.InstanceOfKeyword:
      case SyntaxKind.InKeyword:
        return "no"
      default:
        return first(of(left), of(right))
    }
  }

  /** A call: of a function whose body is here, or of a member of something that only we know to be a tensor. */
  function ofCall(call: ts.CallExpression): Verdict {
    const declaration = checker.getResolvedSignature(call)?.declaration
    const byBody = declaration && !typescript.isJSDocSignature(declaration) ? ofResult(declaration) : "no"
    if (byBody !== "no") return byBody
    return typescript.isPropertyAccessExpression(call.expression) ? (ofMember(call.expression, true) ?? "no") : "no"
  }

  /** `y.mean` where TypeScript lost the type of y: looked up among a tensor's members. */
  function ofMember(access: ts.PropertyAccessExpression, called = false): Verdict | undefined {
    if ((checker.getTypeAtLocation(access.expression).flags & TypeFlags.Any) === 0 || of(access.expression) !== "tensor") return undefined
    const member = members()?.getProperty(access.name.text)
    if (!member) return undefined
    const type = checker.getTypeOfSymbol(member)
    if (!called) return isTensorType(type) ? "tensor" : "no"
    return type.getCallSignatures().some((signature) => isTensorType(signature.getReturnType())) ? "tensor" : "no"
  }

  function ofSymbol(symbol: ts.Symbol | undefined, at: ts.Node): Verdict {
    const declaration = symbol?.valueDeclaration
    if (!symbol || !declaration || declaration.getSourceFile().isDeclarationFile) return "no"
    const values = [...assignments(at.getSourceFile()).get(symbol) ?? []]
    if ((typescript.isVariableDeclaration(declaration) || typescript.isPropertyDeclaration(declaration) || typescript.isParameter(declaration)) && declaration.initializer) values.push(declaration.initializer)
    return first(...values.map(of))
  }

  function ofResult(declaration: ts.SignatureDeclaration): Verdict {
    const body = (declaration as Partial<ts.FunctionLikeDeclaration>).body
    if (!body) return "no"
    const before = verdicts.get(declaration)
    if (before) return before
    verdicts.set(declaration, "no")
    const results: Verdict[] = []
    const visit = (node: ts.Node): void => {
      if (typescript.isReturnStatement(node) && node.expression) results.push(of(node.expression))
      if (!typescript.isFunctionLike(node)) typescript.forEachChild(node, visit)
    }
    if (typescript.isBlock(body)) visit(body)
    else results.push(of(body))
    const verdict = first(...results)
    verdicts.set(declaration, verdict)
    return verdict
  }

  /** What is assigned to each variable of a file, for `let y` without a value at first. */
  function assignments(file: ts.SourceFile): Map<ts.Symbol, ts.Expression[]> {
    const before = assigned.get(file)
    if (before) return before
    const found = new Map<ts.Symbol, ts.Expression[]>()
    assigned.set(file, found)
    const visit = (node: ts.Node): void => {
      if (typescript.isBinaryExpression(node) && node.operatorToken.kind === SyntaxKind.EqualsToken) {
        const symbol = checker.getSymbolAtLocation(typescript.isPropertyAccessExpression(node.left) ? node.left.name : node.left)
        if (symbol) found.set(symbol, [...(found.get(symbol) ?? []), node.right])
      }
      typescript.forEachChild(node, visit)
    }
    visit(file)
    return found
  }

  const isOperation = (node: ts.Node): boolean => typescript.isBinaryExpression(node) || typescript.isPrefixUnaryExpression(node)

  function isTensorType(type: ts.Type): boolean {
    if (type.isUnion()) return type.types.some(isTensorType)
    return type.isIntersection() && type.types.some((part) => part.symbol?.name === "TensorMembers")
  }

  let found: ts.Type | undefined
  function members(): ts.Type | undefined {
    const namespace = checker.resolveName("torch", undefined, typescript.SymbolFlags.Namespace, false)
    const symbol = namespace?.exports?.get(typescript.escapeLeadingUnderscores("TensorMembers"))
    return (found ??= symbol && checker.getDeclaredTypeOfSymbol(symbol))
  }

  return { of, ofResult, members, checker }
}
