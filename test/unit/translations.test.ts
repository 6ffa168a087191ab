// Every text that the extension shows has its Korean. Reads the sources as text, as VS Code's own tools do.

import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { bare, engineTexts } from "./engineTexts.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))
const read = (name: string): string => readFileSync(`${root}${name}`, "utf8")
const table = (name: string): Record<string, string> => JSON.parse(read(name)) as Record<string, string>
const placeholders = (text: string): string[] => [...new Set(text.match(/\{\d\}/g) ?? [])].sort()

const engine = engineTexts(root)
const sentences = [
  ...new Set(
    readdirSync(`${root}extension`)
      .filter((name) => name.endsWith(".ts"))
      .flatMap((name) => [...read(`extension/${name}`).matchAll(/l10n\.t\(\s*("(?:[^"\\]|\\.)*")/g)])
      .map(([, literal]) => JSON.parse(literal ?? "") as string),
  ),
]

test("every sentence of the extension has a Korean one", () => {
  const bundle = table("l10n/bundle.l10n.ko.json")
  expect(sentences.filter((sentence) => !Object.hasOwn(bundle, sentence))).toEqual([])
})

test("every sentence that a fault or a warning of the engine may be has a Korean one", () => {
  const known = new Set(Object.keys(table("l10n/bundle.l10n.ko.json")).map(bare))
  expect(engine.sentences.size).toBeGreaterThan(900)
  expect([...engine.sentences].filter(([sentence]) => !known.has(bare(sentence))).map(([sentence, file]) => `${file}: ${sentence}`)).toEqual([])
})

test("the bundle holds no sentence that nobody says", () => {
  const said = new Set([...sentences, ...engine.all].map(bare))
  expect(Object.keys(table("l10n/bundle.l10n.ko.json")).filter((sentence) => !said.has(bare(sentence)))).toEqual([])
})

test("a Korean sentence has the gaps of the English one, but for the letters of an English plural or article", () => {
  const bundle = table("l10n/bundle.l10n.ko.json")
  const wrong = Object.entries(bundle).filter(([english, korean]) => {
    const needless = (english.match(/(?<=[a-z])\{\d\}/g) ?? []).map(String)
    const wanted = placeholders(english).filter((gap) => placeholders(korean).includes(gap) || !needless.includes(gap))
    return String(wanted) !== String(placeholders(korean))
  })
  expect(wrong).toEqual([])
})

test("l10n.t is always given a literal, so that nothing escapes the check", () => {
  const calls = readdirSync(`${root}extension`).flatMap((name) => [...read(`extension/${name}`).matchAll(/l10n\.t\(\s*(.)/g)].map(([, first]) => first))
  // faultWords.ts alone looks sentences up that the engine said, and those are in the check.
  expect(calls.filter((first) => first !== '"')).toEqual(["t", "o"])
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
