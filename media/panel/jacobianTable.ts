// v, J and vᵀJ as one table: a row for each element of the result, its weight in front, the product below.
import type { VectorJacobian } from "../../engine/protocol/api.ts"
import { element } from "./dom.ts"
import { number } from "./explanationPage.ts"
import type { ExplanationWords } from "./explanationWords.ts"

/** The table with its head and what was left out; `at` is the place of the element that is explained, as `[0]`. */
export function jacobianTable({ v, jacobian, product, rows, columns, rowsLeftOut, columnsLeftOut }: VectorJacobian, of: string, name: string, at: string, words: ExplanationWords): HTMLElement {
  const asked = columns.indexOf(at)
  const cell = (kind: "td" | "th", text: string, column: number, more: Readonly<Record<string, string>> = {}): HTMLElement =>
    element(kind, { ...more, ...(column === asked ? { class: "chosen" } : {}) }, text)
  const table = element("table", { class: "grid jacobian", "aria-label": words.vjpTable(of, name) },
    element("thead", {}, element("tr", {},
      element("th", { scope: "col" }, "v"),
      element("td", { class: "corner" }),
      ...columns.map((column, j) => cell("th", `∂/∂${name}${column}`, j, { scope: "col" })))),
    element("tbody", {}, ...jacobian.map((row, i) => element("tr", {},
      element("td", { class: "weight" }, number(v[i] ?? 0)),
      element("th", { scope: "row" }, `∂${of}${rows[i] ?? ""}`),
      ...row.map((value, j) => cell("td", number(value), j))))),
    element("tfoot", {}, element("tr", {},
      element("td", { class: "corner" }),
      element("th", { scope: "row" }, "vᵀJ"),
      ...product.map((value, j) => cell("td", number(value), j)))))
  const part = element("section", { class: "vjp" }, element("h3", {}, words.vjp), element("p", { class: "hint" }, words.vjpHint), element("div", { class: "scroller", role: "group", tabindex: "0", "aria-label": words.vjpTable(of, name) }, table))
  if (rowsLeftOut > 0 || columnsLeftOut > 0) part.append(element("p", { class: "note" }, words.leftOut(rowsLeftOut, columnsLeftOut)))
  return part
}
