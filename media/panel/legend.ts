// The legend under the picture: what each outline and glyph means, and which way the arrows point.
import { glyph } from "./card.ts"
import { drawn, element } from "./dom.ts"
import type { Strings } from "./strings.ts"

/** The legend as a list and a sentence. */
export function legend(strings: Strings): HTMLElement {
  const list = element("ul", {})
  for (const kind of ["leaf", "tensor", "grad_fn", "fold"] as const) {
    const mark = drawn("svg", { class: `mark ${kind}`, viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" }, drawn("g", { class: "glyph" }, ...glyph(kind)))
    list.append(element("li", { title: strings.kindLong[kind] }, mark, strings.kind[kind]))
  }
  return element("div", { class: "legend", role: "group", "aria-label": strings.legend }, list, element("p", {}, strings.direction))
}
