// The TypeScript server plugin: in files that import torch it brings the types and hides what TypeScript cannot know
// about operators on tensors. Other files are left as they are. CommonJS, loaded by the editor's own TypeScript.
import type ts from "typescript"
import { hideWrongMembers, lostMemberDetails, lostMembers } from "./plugin/completions.ts"
import { keepTrueDiagnostics } from "./plugin/diagnostics.ts"
import { plainly, plainSignatures, sayTensor } from "./plugin/quickInfo.ts"
import { bringTypes } from "./plugin/resolution.ts"
import { snippetFiles } from "./plugin/snippetFiles.ts"
import { tensorSense } from "./plugin/tensorSense.ts"

export interface PluginConfig {
  /** Where torch.d.ts lies; by default in the extension that this plugin is a part of. */
  readonly typesFile?: string
}

type Typescript = typeof ts

/** In TypeScript 5.6 and later, not in its public types: the diagnostics of what is on the screen. */
interface RegionDiagnostics {
  getRegionSemanticDiagnostics?(fileName: string, ranges: readonly ts.TextRange[]): { readonly diagnostics: readonly ts.Diagnostic[]; readonly spans: readonly ts.TextSpan[] } | undefined
}

export default function init({ typescript }: { typescript: Typescript }): ts.server.PluginModule {
  return {
    create(info) {
      const { languageService: service } = info
      const config = (info.config ?? {}) as PluginConfig
      const snippets = snippetFiles(typescript, info)
      bringTypes(typescript, info, snippets, config.typesFile ?? typesBeside())

      /** The program, and the file if it is a snippet. */
      const snippet = (fileName: string): { program: ts.Program; file: ts.SourceFile } | undefined => {
        const program = service.getProgram()
        const file = program?.getSourceFile(fileName)
        return program && file && snippets.isSnippet(file) ? { program, file } : undefined
      }
      const sense = (program: ts.Program) => tensorSense(typescript, program.getTypeChecker())
      const kept = <D extends ts.Diagnostic>(fileName: string, diagnostics: readonly D[]): D[] => {
        const found = snippet(fileName)
        return keepTrueDiagnostics(typescript, diagnostics, found && { file: found.file, sense: sense(found.program) })
      }

      const { getRegionSemanticDiagnostics } = service as RegionDiagnostics
      const changed: Partial<ts.LanguageService> & RegionDiagnostics = {
        getSemanticDiagnostics: (fileName) => kept(fileName, service.getSemanticDiagnostics(fileName)),
        getSuggestionDiagnostics: (fileName) => kept(fileName, service.getSuggestionDiagnostics(fileName)),
        getQuickInfoAtPosition(fileName, position, ...rest) {
          const quickInfo = service.getQuickInfoAtPosition(fileName, position, ...rest)
          const found = quickInfo && snippet(fileName)
          return found ? sayTensor(typescript, quickInfo, found.file, position, sense(found.program)) : quickInfo
        },
        getCompletionsAtPosition(fileName, position, ...rest) {
          const completions = service.getCompletionsAtPosition(fileName, position, ...rest)
          const program = service.getProgram()
          const file = program?.getSourceFile(fileName)
          if (!program || !file) return completions
          if (completions?.isMemberCompletion) return hideWrongMembers(typescript, completions, file, position, sense(program), snippets.isSnippet(file))
          return (snippets.isSnippet(file) ? lostMembers(typescript, file, position, sense(program)) : undefined) ?? completions
        },
        getCompletionEntryDetails(fileName, position, name, ...rest) {
          const details = service.getCompletionEntryDetails(fileName, position, name, ...rest)
          const found = snippet(fileName)
          if (!found) return details
          return details ? { ...details, displayParts: plainly(details.displayParts) } : lostMemberDetails(typescript, found.file, position, name, sense(found.program))
        },
        getSignatureHelpItems(fileName, position, options) {
          const help = service.getSignatureHelpItems(fileName, position, options)
          return help && snippet(fileName) ? plainSignatures(help) : help
        },
        ...(getRegionSemanticDiagnostics
          ? {
              getRegionSemanticDiagnostics(fileName, ranges) {
                const region = getRegionSemanticDiagnostics.call(service, fileName, ranges)
                return region && { ...region, diagnostics: kept(fileName, region.diagnostics) }
              },
            }
          : {}),
      }
      return { ...service, ...changed }
    },
  }
}

/** The plugin lies in the extension's node_modules/NAME/, the types in its dist/types/. */
function typesBeside(): string {
  return `${__dirname.replace(/\\/g, "/")}/../../dist/types/torch.d.ts`
}
