// What a snippet can import: every part of torch and torchvision, and the learner's own neighbouring files. Apart from
// the run because finding a module is a matter of names and paths alone.
import { Fault } from "../protocol/faults.ts"
import { closest } from "./advice.ts"

type Namespace = Readonly<Record<string, unknown>>

/** The parts of the library that an import path starts from. */
export type Roots = Readonly<Record<"torch" | "torchvision", object>>

/** A part of the library, `torch/nn/functional` or `torch.nn.functional`, as a CommonJS module; null for another path. */
export function libraryModule(specifier: string, roots: Roots): Namespace | null {
  const namespace = libraryPart(specifier, roots)
  // Everything is found through the prototype, so that what a part gains later is seen as well.
  return namespace === null ? null : (Object.create(namespace, { __esModule: { value: true }, default: { value: namespace } }) as Namespace)
}

function libraryPart(specifier: string, roots: Roots): object | null {
  const [first = "", ...path] = specifier.split(/[/.]/)
  let at: unknown = first === "torch" || first === "torchvision" ? roots[first] : null
  for (const name of path) {
    if (typeof at !== "object" || at === null || !(name in at)) return null
    at = Reflect.get(at, name)
  }
  return typeof at === "object" && at !== null ? at : null
}

/** The fault of an import that leads nowhere. */
export function noModule(specifier: string, site: number): Fault {
  const fault = specifier.startsWith(".")
    ? new Fault("ImportError", `There is no file "${specifier}" beside this one.`, "Check the path; it starts from this file's folder, and the file must be saved.")
    : new Fault(
        "ImportError",
        `A snippet cannot import "${specifier}".`,
        specifier.startsWith("torch") ? 'Import from "torch", for example `import { nn } from "torch"`.' : 'It can import "torch", its parts such as "torch/nn/functional", "torchvision", and files beside it such as "./model".',
      )
  fault.site = site
  return fault
}

/** The fault of a name that a part of the library does not have. */
export function noExport(specifier: string, name: string, module: Namespace, site: number): Fault {
  const known: string[] = []
  for (const key in module) known.push(key)
  const near = closest(name, known)
  const fault = new Fault("ImportError", `"${specifier}" has no \`${name}\`.`, near === null ? "Check the name; completions list what there is." : `Did you mean \`${near}\`?`)
  fault.site = site
  return fault
}

/** The paths at which a neighbour may lie, the likeliest first: as a path beside `from`, with the usual endings. */
export function neighbourPaths(from: string, specifier: string): string[] {
  const path = joined(from, specifier)
  // TypeScript's own habit: `./model.js` in the source is `model.ts` on the disk.
  const endings = ["", ".ts", ".mts", ".js", ".mjs", "/index.ts", "/index.js"].map((ending) => path + ending)
  return [...new Set([...endings, path.replace(/\.([cm]?)js$/, ".$1ts")])]
}

/** The text of a neighbour and its path, among the files that came with the run. */
export function findNeighbour(from: string, specifier: string, files: Readonly<Record<string, string>>): { path: string; text: string } | null {
  const byPath = new Map(Object.entries(files).map(([path, text]) => [normal(path), { path, text }]))
  for (const candidate of neighbourPaths(from, specifier)) {
    const found = byPath.get(candidate)
    if (found !== undefined) return { path: candidate, text: found.text }
  }
  return null
}

/** A path as seen from the main file's folder: `./lib/model.ts`. */
export function relativePath(main: string, path: string): string {
  const base = normal(main).split("/").slice(0, -1)
  const parts = path.split("/")
  let shared = 0
  while (shared < base.length && shared < parts.length - 1 && base[shared] === parts[shared]) shared++
  const up = base.slice(shared).map(() => "..")
  return [...(up.length === 0 ? ["."] : up), ...parts.slice(shared)].join("/")
}

function joined(from: string, specifier: string): string {
  const parts = normal(from).split("/").slice(0, -1)
  for (const part of normal(specifier).split("/")) {
    if (part === "..") parts.pop()
    else if (part !== "." && part !== "") parts.push(part)
  }
  return parts.join("/")
}

/** Forward slashes and no `./` at the start: the same for paths, URIs and Windows. */
function normal(path: string): string {
  return path.replaceAll("\\", "/").replace(/^(\.\/)+/, "")
}
