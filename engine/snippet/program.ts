// Loading a program: the main file and the neighbours that it imports, each compiled once and run in the order of the
// imports. Apart from the run because this knows modules and nothing of results.
import type { RunRequest } from "../protocol/api.ts"
import { compile, rejectGrammar, type Compiled, type Import } from "./compile.ts"
import { findNeighbour, libraryModule, noExport, noModule, relativePath, type Roots } from "./modules.ts"
import { fileNameOf } from "./place.ts"
import type { Runtime } from "./runtime.ts"
import type { SiteTable } from "./sites.ts"

type Exports = Record<string, unknown>
type Entry = (runtime: Runtime, exports: Exports, require: (specifier: string) => unknown, ...globals: unknown[]) => Promise<unknown>

export interface Surroundings {
  readonly table: SiteTable
  readonly roots: Roots
  readonly runtime: Runtime
  /** Values of the global names, in the order of `parameters`. */
  readonly globals: readonly unknown[]
  evaluate(code: string, fileName: string): unknown
  /** Told before compiled code runs: every site made so far is in the table. */
  compiled(): void
}

export class Program {
  /** Every compiled file, by the number that stack traces show. */
  readonly files: Compiled[] = []
  private readonly modules = new Map<string, Exports>()

  constructor(
    private readonly request: RunRequest,
    private readonly around: Surroundings,
  ) {}

  /** Runs the main file, and before it what it imports. Rejects with whatever the snippet threw. */
  async run(): Promise<void> {
    const { source, fileName, showFrom } = this.request
    await this.load(source, fileName, undefined, showFrom)
  }

  private async load(source: string, path: string, file: string | undefined, showFrom?: number): Promise<void> {
    const exports: Exports = {}
    this.modules.set(path, exports)
    const { table, evaluate, runtime, globals } = this.around
    const compiled = compile(source, { table, trace: this.request.trace, ...(file === undefined ? {} : { file }), ...(showFrom === undefined ? {} : { showFrom }) })
    const number = this.files.push(compiled) - 1
    const required = new Map<string, unknown>()
    for (const one of compiled.imports) required.set(one.specifier, await this.module(one, path, compiled))
    this.around.compiled()
    let entry: unknown
    try {
      entry = evaluate(compiled.code, fileNameOf(number))
    } catch (error) {
      // Names declared twice and the like pass TypeScript's parser; its checker can say where they are.
      if ((error as { name?: unknown }).name === "SyntaxError") rejectGrammar(source, table, file)
      throw error
    }
    await (entry as Entry)(runtime, exports, (specifier) => required.get(specifier), ...globals)
  }

  /** What an import gives: a part of the library, or the exports of a neighbour, which may still be filling. */
  private async module(one: Import, from: string, importer: Compiled): Promise<unknown> {
    const { specifier, site, names } = one
    if (!specifier.startsWith(".")) {
      const library = libraryModule(specifier, this.around.roots)
      if (library === null) throw noModule(specifier, site)
      // TypeScript drops an import that only types use; what it kept must be there.
      const absent = names.find(({ name }) => name !== "default" && !(name in library) && new RegExp(`_\\d+\\.${name}\\b`).test(importer.code))
      if (absent !== undefined) throw noExport(specifier, absent.name, library, absent.site)
      return library
    }
    const found = findNeighbour(from, specifier, this.request.files ?? {})
    if (found === null) throw noModule(specifier, site)
    const known = this.modules.get(found.path)
    if (known !== undefined) return known
    await this.load(found.text, found.path, relativePath(this.request.fileName, found.path))
    return this.modules.get(found.path)
  }
}
