// Where `torch` and `torchvision` come from: the shipped types, unless the workspace has its own.
import type ts from "typescript"
import type { SnippetFiles } from "./snippetFiles.ts"

/** The file that `autograd.addTypes` writes: it declares the same modules, and twice would be an error. */
const ownTypes = /(?:^|[\\/])autograd-env\.d\.ts$/

/** Changes the host so that imports of torch resolve, and snippets without an import find the globals. */
export function bringTypes(typescript: typeof ts, info: ts.server.PluginCreateInfo, snippets: SnippetFiles, typesFile: string): void {
  const host = info.languageServiceHost
  const modules = declaredModules(typescript.sys.readFile(typesFile) ?? "")
  const scriptNames = host.getScriptFileNames.bind(host)
  const hasOwnTypes = (): boolean => scriptNames().some((name) => ownTypes.test(name))

  host.getScriptFileNames = () => {
    const names = scriptNames()
    return snippets.globalsNeeded() && !hasOwnTypes() ? [...names, typesFile] : names
  }

  const resolve = host.resolveModuleNameLiterals?.bind(host) ?? plainResolution(typescript, host)
  host.resolveModuleNameLiterals = (literals, containingFile, redirected, options, containing, reused) => {
    const found = resolve(literals, containingFile, redirected, options, containing, reused)
    if (!literals.some(({ text }) => modules.has(text)) || hasOwnTypes()) return found
    return found.map((one, i) => (one.resolvedModule || !modules.has(literals[i]!.text) ? one : { ...one, resolvedModule: shipped(typescript, typesFile) }))
  }
}

function shipped(typescript: typeof ts, typesFile: string): ts.ResolvedModuleFull {
  return { resolvedFileName: typesFile, extension: typescript.Extension.Dts, isExternalLibraryImport: true, resolvedUsingTsExtension: false }
}

/** The module names that a declaration file declares. */
export function declaredModules(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/^declare module "([^"]+)"/gm)].map((match) => match[1]!))
}

function plainResolution(typescript: typeof ts, host: ts.LanguageServiceHost): NonNullable<ts.LanguageServiceHost["resolveModuleNameLiterals"]> {
  return (literals, containingFile, redirected, options) =>
    literals.map(({ text }) =>
      typescript.resolveModuleName(text, containingFile, options, { ...typescript.sys, fileExists: (name) => host.fileExists(name), readFile: (name) => host.readFile(name) }, undefined, redirected),
    )
}
