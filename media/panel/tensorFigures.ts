// All values of a tensor in figures: least, greatest, mean, what is not finite, and a histogram with its words.
import type { ValueStatistics } from "../../engine/protocol/api.ts"
import { drawn, element } from "./dom.ts"
import { cellText } from "./tensorPlane.ts"
import type { TensorWords } from "./tensorWords.ts"

const barWidth = 10
const height = 64

/** The figures and the histogram. */
export function tensorFigures(statistics: ValueStatistics, dtype: string, words: TensorWords): HTMLElement {
  const { count, least, greatest, mean, deviation, zeros, nan, infinite } = statistics
  const number = (value: number | null): string => (value === null ? "–" : cellText(value, dtype))
  const real = (value: number | null): string => (value === null ? "–" : spoken(value))
  const facts: readonly (readonly [string, string, boolean])[] = [
    [words.least, number(least), false],
    [words.greatest, number(greatest), false],
    [words.mean, real(mean), false],
    [words.deviation, real(deviation), false],
    [words.count, count.toLocaleString(), false],
    [words.zeros, zeros.toLocaleString(), false],
    [words.nan, nan.toLocaleString(), nan > 0],
    [words.infinite, infinite.toLocaleString(), infinite > 0],
  ]
  const list = element("dl", { class: "figures", "aria-label": words.figures }, ...facts.map(([label, text, isOdd]) =>
    element("div", isOdd ? { class: "alarm" } : {}, element("dt", {}, label), element("dd", {}, isOdd ? `⚠ ${text}` : text))))
  return element("section", { class: "summary" }, list, ...histogram(statistics, dtype, words))
}

function histogram({ bins, least, greatest, count }: ValueStatistics, dtype: string, words: TensorWords): HTMLElement[] {
  if (least === null || greatest === null || dtype === "bool") return []
  if (bins.length < 2) return [element("p", { class: "hint" }, words.same(spoken(least)))]
  const edge = (at: number): number => least + ((greatest - least) * at) / bins.length
  const most = Math.max(...bins)
  const top = bins.indexOf(most)
  const text = words.histogramText(count, spoken(least), spoken(greatest), most, spoken(edge(top)), spoken(edge(top + 1)))
  const width = bins.length * barWidth
  const picture = drawn("svg", { class: "histogram", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": text })
  picture.append(drawn("title", {}, text))
  bins.forEach((bin, at) => {
    // A single value among thousands must still be seen.
    const tall = bin === 0 ? 0 : Math.max(2, (bin / most) * (height - 4))
    const sign = edge(at + 0.5) < 0 ? "negative" : "positive"
    picture.append(drawn("rect", { class: sign, x: at * barWidth + 0.5, y: height - tall, width: barWidth - 1, height: tall }))
  })
  picture.append(drawn("line", { class: "floor", x1: 0, x2: width, y1: height - 0.5, y2: height - 0.5 }))
  if (least < 0 && greatest > 0) {
    const zero = (-least / (greatest - least)) * width
    picture.append(drawn("line", { class: "zero", x1: zero, x2: zero, y1: 0, y2: height }))
  }
  const ends = element("div", { class: "ends", "aria-hidden": "true" }, element("span", {}, cellText(least, dtype)), element("span", {}, cellText(greatest, dtype)))
  return [element("figure", { class: "bars" }, picture, ends)]
}

/** A number within a sentence, whose own full stop PyTorch's would be taken for. */
function spoken(value: number): string {
  return cellText(value, "float64").replace(/\.$/, "")
}
