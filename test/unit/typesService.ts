// An editor's view of snippets for the tests of the types: TypeScript's language service over files in memory,
// configured as VS Code configures a loose file, with and without the plugin.
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import init from "../../engine/types/plugin.ts"
import { handWrittenFiles, typesText as textFrom } from "../../engine/types/text.ts"

const typesFile = "/extension/dist/types/torch.d.ts"

/** What the build writes to dist/types/torch.d.ts. */
export const typesText = textFrom(handWrittenFiles.map((name) => readFileSync(fileURLToPath(new URL(`../../engine/types/${name}`, import.meta.url)), "utf8")))

/** What VS Code 1.139 gives the TypeScript server for a file that belongs to no project. */
const looseOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.Preserve,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  target: ts.ScriptTarget.ES2022,
  jsx: ts.JsxEmit.ReactJSX,
  allowImportingTsExtensions: true,
  allowNonTsExtensions: true,
  strict: true,
  noEmit: true,
  types: [],
}

/** Parsed files that all editors share: TypeScript's own library and the types. */
const registry = ts.createDocumentRegistry()

export interface ServiceOptions {
  /** With the plugin; without it, the types are a file of the workspace. */
  readonly plugin: boolean
  /** Whether files without imports are modules all the same, so that many of them fit into one program. */
  readonly modules?: boolean
}

export interface Editor {
  readonly service: ts.LanguageService
  /** Every diagnostic of a file as `line: message (code)`, suggestions included with `hints`. */
  diagnostics(fileName: string, hints?: boolean): string[]
  /** Quick info where `at` stands first in the file's text. */
  quickInfo(fileName: string, at: string): string
  /** Names offered after `at`, which must end with a dot. */
  completions(fileName: string, at: string): string[]
}

/** Opens files, by name and text. */
export function openEditor(files: Readonly<Record<string, string>>, { plugin, modules = false }: ServiceOptions): Editor {
  const texts: Record<string, string> = { ...files, [typesFile]: typesText, ...(plugin ? {} : { "/lesson/autograd-env.d.ts": typesText }) }
  const roots = Object.keys(texts).filter((name) => name !== typesFile)
  const read = (name: string): string | undefined => texts[name] ?? ts.sys.readFile(name)
  const host: ts.LanguageServiceHost = {
    getCompilationSettings: () => ({ ...looseOptions, ...(modules ? { moduleDetection: ts.ModuleDetectionKind.Force } : {}) }),
    getScriptFileNames: () => roots,
    // The registry keeps a file by its name and version.
    getScriptVersion: (name) => (texts[name] === undefined || name.endsWith(".d.ts") ? "1" : texts[name]),
    getScriptSnapshot: (name) => {
      const text = read(name)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => "/lesson",
    getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
    fileExists: (name) => name in texts || ts.sys.fileExists(name),
    readFile: read,
  }
  const plain = ts.createLanguageService(host, registry)
  // A plugin reads its types file through ts.sys; here the file is in memory.
  const typescript = { ...ts, sys: { ...ts.sys, readFile: read } }
  const info = { languageService: plain, languageServiceHost: host, config: { typesFile } } as unknown as ts.server.PluginCreateInfo
  const service = plugin ? init({ typescript }).create(info) : plain
  const textOf = (fileName: string): string => texts[fileName]!
  return {
    service,
    diagnostics(fileName, hints = false) {
      const all = [...service.getSyntacticDiagnostics(fileName), ...service.getSemanticDiagnostics(fileName), ...(hints ? service.getSuggestionDiagnostics(fileName) : [])]
      return all.map(({ start = 0, messageText, code }) => `${textOf(fileName).slice(0, start).split("\n").length}: ${ts.flattenDiagnosticMessageText(messageText, " ")} (${code})`)
    },
    quickInfo(fileName, at) {
      return ts.displayPartsToString(service.getQuickInfoAtPosition(fileName, textOf(fileName).indexOf(at))?.displayParts)
    },
    completions(fileName, at) {
      const position = textOf(fileName).indexOf(at) + at.length
      return service.getCompletionsAtPosition(fileName, position, undefined)?.entries.map(({ name }) => name) ?? []
    },
  }
}
