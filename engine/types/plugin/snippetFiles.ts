// Which files are snippets: those that import torch or torchvision, and loose ones that use the global names.
import type ts from "typescript"

export interface SnippetFiles {
  /** Whether a file of the program is a snippet. */
  isSnippet(file: ts.SourceFile): boolean
  /** Whether one of the project's files needs the types although nothing imports them. */
  globalsNeeded(): boolean
}

const ours = /^torch(?:vision)?(?:\/|$)/
const uses = /(?<![.\w$"'`/])torch(?:vision)?\s*\./
const declares = /\b(?:const|let|var|function|class|namespace|enum)\s+torch(?:vision)?\b|\b(?:const|let|var|import)\s*(?:\w+\s*,\s*)?[{*[][^=;"']*\btorch(?:vision)?\b|\bimport\s+torch(?:vision)?\b/

/** Reads each file once per version. */
export function snippetFiles(typescript: typeof ts, info: ts.server.PluginCreateInfo): SnippetFiles {
  const host = info.languageServiceHost
  const loose = isLoose(typescript, info)
  const known = new Map<string, { version: string; uses: boolean }>()
  const scriptNames = host.getScriptFileNames.bind(host)

  const usesGlobals = (fileName: string): boolean => {
    const version = host.getScriptVersion(fileName)
    const before = known.get(fileName)
    if (before?.version === version) return before.uses
    const snapshot = host.getScriptSnapshot(fileName)
    const text = snapshot?.getText(0, snapshot.getLength()) ?? ""
    const now = uses.test(text) && !declares.test(text)
    known.set(fileName, { version, uses: now })
    return now
  }

  return {
    isSnippet: (file) => !file.isDeclarationFile && (importsTorch(typescript, file) || (loose && uses.test(file.text) && !declares.test(file.text))),
    globalsNeeded: () => loose && scriptNames().some((name) => /\.[cm]?tsx?$|untitled/.test(name) && !/\.d\.[cm]?ts$/.test(name) && usesGlobals(name)),
  }
}

function importsTorch(typescript: typeof ts, file: ts.SourceFile): boolean {
  return file.statements.some(
    (statement) =>
      (typescript.isImportDeclaration(statement) || typescript.isExportDeclaration(statement)) &&
      statement.moduleSpecifier !== undefined &&
      typescript.isStringLiteral(statement.moduleSpecifier) &&
      ours.test(statement.moduleSpecifier.text),
  )
}

/** Loose files belong to no tsconfig: only there a file that imports nothing may be a snippet. */
function isLoose(typescript: typeof ts, info: ts.server.PluginCreateInfo): boolean {
  // Hosts other than the TypeScript server (a test) may have no project.
  const project = info.project as ts.server.Project | undefined
  return project === undefined || project.projectKind === typescript.server.ProjectKind.Inferred
}
