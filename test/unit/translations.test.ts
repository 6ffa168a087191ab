// Every text that the extension shows has its Korean. Reads the sources as text, as VS Code's own tools do.

import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { faultGaps, faultSentences } from "../../extension/faultWords.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))
const read = (name: string): string => readFileSync(`${root}${name}`, "utf8")
const table = (name: string): Record<string, string> => JSON.parse(read(name)) as Record<string, string>
const placeholders = (text: string): string[] => [...new Set(text.match(/\{\d\}/g) ?? [])].sort()

const sentences = [
  ...new Set(
    readdirSync(`${root}extension`)
      .filter((name) => name.endsWith(".ts"))
      .flatMap((name) => [...read(`extension/${name}`).matchAll(/l10n\.t\(\s*("(?:[^"\\]|\\.)*")/g)])
      .map(([, literal]) => JSON.parse(literal ?? "") as string),
  ),
  ...faultSentences,
  ...faultGaps,
].sort()

test("every sentence of the extension has a Korean one, and the bundle holds no other", () => {
  expect(Object.keys(table("l10n/bundle.l10n.ko.json")).sort()).toEqual(sentences)
})

test("a Korean sentence uses the same placeholders as the English one", () => {
  const bundle = table("l10n/bundle.l10n.ko.json")
  // An English plural's "s" is a gap that Korean has no use for.
  const wanted = (english: string): string => String(placeholders(english.replace(/(?<=dimension)\{\d\}/g, "")))
  expect(Object.entries(bundle).filter(([english, korean]) => wanted(english) !== String(placeholders(korean)))).toEqual([])
})

test("l10n.t is always given a literal, so that nothing escapes the check", () => {
  const calls = readdirSync(`${root}extension`).flatMap((name) => [...read(`extension/${name}`).matchAll(/l10n\.t\(\s*(.)/g)].map(([, first]) => first))
  // faultWords.ts alone looks its sentences up, and both of its lists are in the check.
  expect(calls.filter((first) => first !== '"')).toEqual(["s", "t"])
})

test("package.json's texts are there in both languages", () => {
  const used = [...new Set([...read("package.json").matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key ?? ""))].sort()
  expect(Object.keys(table("package.nls.json")).sort()).toEqual(used)
  expect(Object.keys(table("package.nls.ko.json")).sort()).toEqual(used)
})

test("no Korean text was left in English", () => {
  const korean = { ...table("package.nls.ko.json"), ...table("l10n/bundle.l10n.ko.json") }
  expect(Object.entries(korean).filter(([key, text]) => !/[가-힣]/.test(text) && key !== "configuration.title")).toEqual([])
})

test("the engine still says every sentence that is translated", () => {
  const said = filesUnder("engine").filter((name) => name.endsWith(".ts")).map((name) => read(name)).join("\n")
  const bare = (text: string): string => text.replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, "{}").replaceAll("\\`", "`").replaceAll('\\"', '"')
  const wordings = [" at line ${line}", ""].map((where) => bare(said.replaceAll("${atLine(line)}", where))).join("\n")
  const gone = [...faultSentences, ...faultGaps].filter((sentence) => !wordings.includes(sentence.replace(/\{\d\}/g, "{}")))
  expect(gone).toEqual([])
})

function filesUnder(folder: string): string[] {
  return readdirSync(`${root}${folder}`, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath.slice(root.length)}/${entry.name}`)
}
