// The compiler: a snippet's text in, JavaScript for the runtime out, with the way back to the source. Apart from the
// rewriter because this is where TypeScript's own parsing, lowering and diagnostics are used.
import { TraceMap } from "@jridgewell/trace-mapping"
import ts from "typescript"
import { Fault } from "../protocol/faults.ts"
import { syntaxAdvice } from "./advice.ts"
import { rewriter, type RewriteOptions } from "./rewrite.ts"
import { SiteTable } from "./sites.ts"

export interface CompileOptions extends Omit<RewriteOptions, "runtime"> {
  readonly table: SiteTable
}

/** One import of a module: what it is called there and where it stands. */
export interface Import {
  readonly specifier: string
  readonly site: number
  /** Names that the module must export, each with its own place. */
  readonly names: readonly { readonly name: string; readonly site: number }[]
}

export interface Compiled {
  /** An expression: a function of `parameters` that returns a promise of the end of the run. */
  readonly code: string
  /** Lines that stand in `code` before the compiled source. */
  readonly leadingLines: number
  readonly map: TraceMap
  readonly source: string
  readonly imports: readonly Import[]
  readonly file: string | undefined
}

/** TypeScript's number for "Cannot redeclare block-scoped variable". */
const redeclared = 2451

const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.CommonJS,
  target: ts.ScriptTarget.ES2022,
  moduleDetection: ts.ModuleDetectionKind.Force,
  esModuleInterop: true,
  sourceMap: true,
  removeComments: true,
  // A field that is only declared must not overwrite what the base class put there; PyTorch's modules rely on it.
  useDefineForClassFields: false,
  // TypeScript's deprecation of CommonJS lowering is no news for the learner.
  ignoreDeprecations: "6.0",
}

/** What a compiled module is called with, in this order, after the runtime object. */
export const parameters = ["exports", "require", "torch", "torchvision", "print", "slice", "len", "console"] as const

/** Compiles one file. Throws a Fault whose site is in the table when the text is not TypeScript. */
export function compile(source: string, options: CompileOptions): Compiled {
  const { table, file, trace, showFrom } = options
  const runtime = unusedName(source)
  let imports: readonly Import[] = []
  const made = ts.transpileModule(source, {
    fileName: "snippet.ts",
    reportDiagnostics: true,
    compilerOptions,
    transformers: {
      before: [
        (context) => (parsed) => {
          rejectSyntax(parsed, parseDiagnostics(parsed), table, file)
          imports = importsIn(parsed, table, file)
          const rewriting: RewriteOptions = { runtime, trace, ...(file === undefined ? {} : { file }), ...(showFrom === undefined ? {} : { showFrom }) }
          return rewriter(table, rewriting)(context)(parsed)
        },
      ],
    },
  })
  const leading = [
    `(function (${[runtime, ...parameters].join(", ")}) { "use strict"; try { Error.stackTraceLimit = 60 } catch {}`,
    "return (async () => {",
  ]
  const body = made.outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, "")
  return {
    code: `${leading.join("\n")}\n${body}\n})() })`,
    leadingLines: leading.length,
    map: new TraceMap(made.sourceMapText ?? '{"version":3,"sources":[],"names":[],"mappings":""}'),
    source,
    imports,
    file,
  }
}

/**
 * The mistakes that only TypeScript's checker finds (a name declared twice, `const` without a value): looked for when
 * JavaScript refuses the compiled code, because the checker takes longer than the whole compilation.
 */
export function rejectGrammar(source: string, table: SiteTable, file: string | undefined): void {
  const parsed = ts.createSourceFile("snippet.ts", source, { languageVersion: ts.ScriptTarget.ES2022 })
  const host: ts.CompilerHost = {
    getSourceFile: (name) => (name === "snippet.ts" ? parsed : undefined),
    getDefaultLibFileName: () => "lib.d.ts",
    writeFile: () => undefined,
    getCurrentDirectory: () => "",
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    fileExists: (name) => name === "snippet.ts",
    readFile: () => undefined,
  }
  const program = ts.createProgram(["snippet.ts"], { ...compilerOptions, noLib: true, noResolve: true }, host)
  const grammar = program.getSemanticDiagnostics(parsed).filter(({ code }) => code < 2000 || code === 2300 || code === redeclared)
  rejectSyntax(parsed, grammar, table, file)
}

/** The first thing that keeps the text from being TypeScript, as a fault. */
function rejectSyntax(parsed: ts.SourceFile, diagnostics: readonly ts.Diagnostic[], table: SiteTable, file: string | undefined): void {
  const errors = diagnostics.filter(({ category }) => category === ts.DiagnosticCategory.Error)
  // A name that is declared twice is reported at both places; the second is the mistake.
  const twice = errors.filter(({ code }) => code === redeclared)
  const first = twice.find(({ messageText }, i) => i > 0 && messageText === twice[0]?.messageText) ?? errors[0]
  if (first === undefined) return
  const message = ts.flattenDiagnosticMessageText(first.messageText, "\n")
  const start = Math.min(first.start ?? 0, parsed.text.length)
  const fault = new Fault("SyntaxError", message, syntaxAdvice(parsed.text, start, message))
  fault.site = siteOfRange(parsed, start, start + (first.length ?? 0), table, file)
  const [original] = twice
  if (original !== undefined && original !== first && original.start !== undefined) {
    fault.related = [{ message: "It is declared here first.", site: siteOfRange(parsed, original.start, original.start + (original.length ?? 0), table, file) }]
  }
  throw fault
}

function siteOfRange(parsed: ts.SourceFile, from: number, to: number, table: SiteTable, file: string | undefined): number {
  const start = parsed.getLineAndCharacterOfPosition(from)
  const end = parsed.getLineAndCharacterOfPosition(Math.max(to, from))
  const span = { line: start.line + 1, column: start.character + 1, endLine: end.line + 1, endColumn: end.character + 1, ...(file === undefined ? {} : { file }) }
  return table.add({ span, whole: span, showLine: span.endLine, kind: "operation" })
}

function importsIn(parsed: ts.SourceFile, table: SiteTable, file: string | undefined): Import[] {
  const place = (node: ts.Node) => siteOfRange(parsed, node.getStart(parsed), node.getEnd(), table, file)
  return parsed.statements.flatMap((statement): Import[] => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return []
    const { moduleSpecifier } = statement
    if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier) || isTypesOnly(statement)) return []
    const list = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : statement.exportClause
    const elements = list !== undefined && (ts.isNamedImports(list) || ts.isNamedExports(list)) ? [...list.elements] : []
    const names = elements.filter(({ isTypeOnly }) => !isTypeOnly).map(({ propertyName, name }) => ({ name: (propertyName ?? name).text, site: place(propertyName ?? name) }))
    return [{ specifier: moduleSpecifier.text, site: place(moduleSpecifier), names }]
  })
}

function isTypesOnly(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  return ts.isImportDeclaration(statement) ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword : statement.isTypeOnly
}

/** The neighbouring files that a source imports (`./x`), so that a caller can load them beforehand. */
export function importsOf(source: string): string[] {
  const found = ts.preProcessFile(source, true, true).importedFiles.map(({ fileName }) => fileName)
  return [...new Set(found.filter((specifier) => specifier.startsWith(".")))]
}

/** The parser keeps its findings on the tree; the property is not part of TypeScript's published types. */
function parseDiagnostics(parsed: ts.SourceFile): readonly ts.Diagnostic[] {
  return (parsed as { parseDiagnostics?: readonly ts.Diagnostic[] }).parseDiagnostics ?? []
}

/** A name for the runtime object that the learner's text does not contain. */
function unusedName(source: string): string {
  let name = "$$"
  while (source.includes(name)) name += "$"
  return name
}
