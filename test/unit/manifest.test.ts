// package.json as the product's contract and the marketplace want it.

import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"

interface Manifest {
  readonly [key: string]: unknown
  readonly keywords: readonly string[]
  readonly activationEvents: readonly string[]
  readonly icon: string
  readonly capabilities: { readonly untrustedWorkspaces: { readonly supported: unknown; readonly description: string; readonly restrictedConfigurations: readonly string[] } }
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string }[]
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when?: string; readonly group?: string }[]>>
    readonly keybindings: readonly { readonly command: string; readonly key: string; readonly when: string }[]
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly default: unknown; readonly scope: string; readonly order: number; readonly markdownDescription: string }>> }
    readonly walkthroughs: readonly { readonly steps: readonly { readonly description: string; readonly completionEvents: readonly string[] }[] }[]
  }
}

const root = fileURLToPath(new URL("../../", import.meta.url))
const manifest = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as Manifest
const english = JSON.parse(readFileSync(`${root}package.nls.json`, "utf8")) as Record<string, string>
const { contributes } = manifest
const said = (text: string): string => english[text.replace(/^%|%$/g, "")] ?? text

test("the commands of the contract carry the titles of the contract, all in one category", () => {
  const titles = Object.fromEntries(contributes.commands.map(({ command, title }) => [command, said(title)]))
  expect(titles).toMatchObject({
    "autograd.run": "Run File", "autograd.runCell": "Run Cell", "autograd.runSelection": "Run Selection", "autograd.stop": "Stop",
    "autograd.restart": "Restart Engine", "autograd.clear": "Clear Results", "autograd.toggleLive": "Toggle Live Run",
    "autograd.showGraph": "Show Graph", "autograd.explain": "Explain Gradient", "autograd.selectDevice": "Select Device",
    "autograd.newSnippet": "New Snippet", "autograd.openLesson": "Open Lesson", "autograd.addTypes": "Add Types to Workspace",
    "autograd.showOutput": "Show Output",
  })
  expect(new Set(contributes.commands.map(({ category }) => category))).toEqual(new Set(["Autograd"]))
})

test("the settings of the contract are there, with defaults, scopes and short descriptions", () => {
  const { properties } = contributes.configuration
  expect(Object.fromEntries(Object.entries(properties).map(([name, { default: value }]) => [name, value]))).toEqual({
    "autograd.device": "auto", "autograd.runOn": "command", "autograd.timeLimit": 30, "autograd.memoryLimit": 2048, "autograd.threads": 0,
    "autograd.inlineValues": true, "autograd.codeLens": true, "autograd.hover": true,
  })
  const poor = Object.entries(properties).filter(([, { scope, order, markdownDescription }]) => !scope || !order || said(markdownDescription).length > 100)
  expect(poor).toEqual([])
})

test("keys act in snippets alone, the one that runs a file also in the panel that shows one", () => {
  expect(contributes.keybindings.map(({ key, command }) => `${key} ${command}`)).toEqual([
    "ctrl+alt+enter autograd.run", "ctrl+alt+enter autograd.run", "shift+enter autograd.runCell", "shift+enter autograd.runSelection",
  ])
  const elsewhere = contributes.keybindings.filter(({ when }) => !when.includes("autograd.isSnippet") || !when.includes("editorTextFocus"))
  expect(elsewhere.map(({ command, when }) => [command, when.includes("activeWebviewPanelId == autograd.graph")])).toEqual([["autograd.run", true]])
})

test("the editor's title shows one icon at a time, in snippets and in the panel alone", () => {
  const icons = (contributes.menus["editor/title"] ?? []).filter(({ group }) => group?.startsWith("navigation"))
  expect(icons.map(({ when }) => when)).toEqual(["autograd.isSnippet && !autograd.isRunning", "autograd.isSnippet && autograd.isRunning", "activeWebviewPanelId == autograd.graph"])
  expect((contributes.menus["editor/title"] ?? []).filter(({ when }) => !/autograd\.(isSnippet|graph)/.test(when ?? ""))).toEqual([])
})

test("an untrusted folder limits the extension, and its settings do not count there", () => {
  const { supported, description, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces
  expect([supported, said(description).includes("nothing runs"), restrictedConfigurations]).toEqual([
    "limited", true, ["autograd.device", "autograd.runOn", "autograd.timeLimit", "autograd.memoryLimit", "autograd.threads"],
  ])
})

test("the extension does not wake for everything", () => {
  expect(manifest.activationEvents.filter((event) => event === "*" || event === "onStartupFinished")).toEqual([])
})

test("one walkthrough of at most six steps, each with a button and an end", () => {
  expect(contributes.walkthroughs).toHaveLength(1)
  const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps)
  expect([steps.length <= 6, steps.filter(({ description, completionEvents }) => !said(description).includes("](command:autograd.") || completionEvents.length === 0)]).toEqual([true, []])
})

test("what the marketplace shows is all set", () => {
  const missing = ["displayName", "description", "publisher", "license", "repository", "bugs", "qna", "pricing", "icon", "galleryBanner", "categories", "keywords"].filter((key) => !manifest[key])
  expect([missing, manifest.keywords.length <= 30, manifest.icon.endsWith(".png") && existsSync(`${root}${manifest.icon}`)]).toEqual([[], true, true])
})
