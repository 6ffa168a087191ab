// How faults read in Problems, and what may come from the webview.

import { expect, test } from "vitest"
import { faultText } from "../../extension/faultText.ts"
import { inUsersWords } from "../../extension/faultWords.ts"
import { modelFrom, spanFrom, stateFrom } from "../../extension/panelMessages.ts"
import { makeNonce, panelPage } from "../../extension/panelPage.ts"

const l10n = { t: (message: string, ...args: (string | number | boolean)[]) => message.replace(/\{(\d)\}/g, (_, index: string) => String(args[Number(index)])) }

test("a fault reads as its class, its message and, on a line of its own, the one thing to try", () => {
  expect(faultText({ name: "RuntimeError", message: "Shapes differ.", hint: "Transpose it." }, l10n)).toBe("RuntimeError: Shapes differ.\n→ Transpose it.")
  expect(faultText({ name: "TimeLimit", message: "Too long." }, l10n)).toBe("Too long.")
})

test("a known sentence of the engine is said in the user's words, its gaps too, any other stays as it is", () => {
  const fits = "{0}: the shapes {1} and {2} do not fit together: at dimension {3} the sizes must be equal, or one of them 1."
  const bundle = { [fits]: "«{0}|{1}|{2}|{3}»", "backward() on {0}.": "«{0}»", "a tensor": "텐서", "Stopped at line {0} after {1}.": "«{1}, {0}»", "whole numbers differ.": "«정수»", "{0} has {1} dimension{2}.": "«{0} {1}»" }
  const korean = { bundle, t: (message: string, ...args: (string | number | boolean)[]) => l10n.t(bundle[message as keyof typeof bundle] ?? message, ...args) }
  expect(inUsersWords("add: the shapes [2, 3] and [4] do not fit together: at dimension 1 the sizes must be equal, or one of them 1.", korean)).toBe("«add|[2, 3]|[4]|1»")
  expect(inUsersWords("backward() on a tensor.", korean)).toBe("«텐서»")
  expect(inUsersWords("Stopped at line 3 after 1.2 s.", korean)).toBe("«1.2 s, 3»")
  expect(inUsersWords("pow: whole numbers differ.", korean)).toBe("pow: «정수»")
  expect(inUsersWords("x has 2 dimensions.", korean)).toBe("«x 2»")
  expect(inUsersWords("Something new.", korean)).toBe("Something new.")
  expect(inUsersWords("Stopped at line 3 after 1.2 s.", l10n)).toBe("Stopped at line 3 after 1.2 s.")
})

test("a place from the webview is taken only with sane numbers", () => {
  const span = { line: 1, column: 2, endLine: 1, endColumn: 3 }
  expect(spanFrom(span)).toEqual(span)
  for (const bad of [null, 4, "x", {}, { ...span, line: -1 }, { ...span, line: 1.5 }, { ...span, column: "1" }, { ...span, file: 3 }, { ...span, endLine: Infinity }]) {
    expect(spanFrom(bad)).toBe(null)
  }
})

test("a saved model is taken as it is or inside the panel's own state, and nothing else is", () => {
  const model = { title: "out", uri: "file:///a.ts", graph: { root: "1", nodes: [], edges: [], omitted: 0 }, stale: true }
  expect([modelFrom(model), modelFrom({ model, zoom: 2 }), modelFrom({ ...model, graph: null, empty: "e" })]).toEqual([model, model, { ...model, graph: null, empty: "e" }])
  expect([undefined, null, 1, {}, { ...model, graph: {} }, { ...model, title: 3 }].map(modelFrom)).toEqual([null, null, null, null, null, null])
  expect([stateFrom({ title: "t", nodes: [] }), stateFrom({ title: "t" }), stateFrom(null)]).toEqual([{ title: "t", nodes: [] }, null, null])
})

test("the panel's page allows its own script by nonce and nothing unsafe", () => {
  const page = panelPage({ script: "s.js", style: "s.css", cspSource: "https://own", nonce: "abc", language: "ko", title: "a\"b" })
  const [, policy = ""] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? []
  expect(policy).toBe("default-src 'none'; style-src https://own; font-src https://own; script-src 'nonce-abc'")
  expect([page.includes("unsafe"), page.includes('<html lang="ko">'), page.match(/<script/g)?.length]).toEqual([false, true, 1])
})

test("no two nonces are alike", () => {
  expect(new Set(Array.from({ length: 50 }, makeNonce)).size).toBe(50)
})
