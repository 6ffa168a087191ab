// One factor of a path as data: the slope with its place, its mathematics, and what a person would say beside it
// (which row meets which column, how many are averaged). Apart from the paths, which know numbers only.
import type { Node } from "../autograd/node.ts"
import type { FactorNote, FactorTerm, PathFactor } from "../protocol/api.ts"
import { elementCount } from "../tensor/size.ts"
import { elementAt } from "../tensor/tensor.ts"
import { placeText } from "./element.ts"
import { idOfNode } from "./graph.ts"
import type { KeptRun } from "./keptRun.ts"
import { withNaming } from "./naming.ts"
import type { PathStep } from "./paths.ts"
import { broadcastIndex } from "./slopes.ts"

/** The factor of a step; `begun` is the place of the pass that the first steps start from. */
export function factorOf(kept: KeptRun, step: PathStep, begun: number): PathFactor {
  const { node, nr, flat, slope } = step
  const output = node.outputs[nr]
  const variable = kept.names.get(node)
  const expression = kept.expression(node)
  const placed = {
    ...(output === undefined ? {} : { element: placeText(flat, output.sizes) }),
    ...(variable === undefined ? {} : { variable }),
    ...(variable !== undefined || expression === undefined ? {} : { expression }),
  }
  if (step.edge < 0) {
    const span = kept.span(begun)
    return { node: "backward", slope, line: span?.line ?? 0, ...(span === undefined ? {} : { span }), ...placed, note: { kind: "weight" } }
  }
  const span = kept.span(node.site)
  const rule = ruleOf(node, step.edge)
  const terms = rule === undefined ? [] : termsOf(kept, step, rule)
  const note = noteOf(step)
  return {
    node: node.name(),
    id: kept.naming === null ? "" : withNaming(kept.naming, () => idOfNode(node)),
    slope,
    line: span?.line ?? 0,
    ...(span === undefined ? {} : { span }),
    ...placed,
    ...(rule === undefined ? {} : { rule }),
    ...(terms.length === 0 ? {} : { terms }),
    ...(note === null ? {} : { note }),
    ...(node.scope === null || node.scope.length === 0 ? {} : { scope: node.scope }),
  }
}

function ruleOf(node: Node, edge: number): string | undefined {
  const { slopes, letters } = node.mathematics()
  return slopes.find((slope) => slope.startsWith(`∂y/∂${letters[edge]} `))
}

/** What the rule's letters stand for: inputs by name, saved numbers where elements meet one by one, how many are averaged. */
function termsOf(kept: KeptRun, { node, nr, flat, edge, slope, to }: PathStep, rule: string): FactorTerm[] {
  const { names, letters } = node.mathematics()
  const output = node.outputs[nr]!.sizes
  const isElementwise = node.entry?.kind === "elementwise"
  const letter = letters[edge]!
  const right = rule.slice(rule.indexOf("=") + 1)
  const isUsed = (wanted: string): boolean => wanted !== "" && new RegExp(`(^|[^\\p{L}])${wanted}([^\\p{L}]|$)`, "u").test(right)
  const terms = new Map<string, FactorTerm>()
  const saved = node.savedTensors()
  letters.forEach((one, i) => {
    if (one !== letter && !isUsed(one)) return
    const parameter = Object.keys(names).find((each) => names[each] === one)
    const name = nameOfInput(kept, node, i) ?? kept.nameOf(saved.find((each) => each.name === parameter)?.tensor ?? null)
    terms.set(one, { letter: one, ...(name === undefined ? {} : { name }), ...(i === edge ? { place: placeText(to, node.inputSizes(i) ?? []) } : {}) })
  })
  if (isElementwise) {
    for (const { name, tensor } of saved) {
      const one = names[name]
      if (one === undefined || tensor === null || !isUsed(one)) continue
      const at = broadcastIndex(flat, output, tensor.sizes)
      terms.set(one, { ...terms.get(one), letter: one, place: placeText(at, tensor.sizes), value: elementAt(tensor, at) })
    }
  } else if (right.trim() === letters.find((one) => one !== letter && one === right.trim())) {
    // The slope is the element of the other factor itself.
    const one = right.trim()
    const meets = partnerOf(node, flat, to, edge, output)
    terms.set(one, { ...terms.get(one), letter: one, value: slope, ...(meets === null ? {} : { place: meets }) })
  }
  const input = node.inputSizes(edge)
  if (isUsed("n") && input !== null) terms.set("n", { letter: "n", value: Math.round(elementCount(input) / Math.max(1, elementCount(output))) })
  return [...terms.values()]
}

/** What the learner calls an input: its name, else the expression that made it. */
function nameOfInput(kept: KeptRun, node: Node, edge: number): string | undefined {
  const maker = node.edges[edge]?.node ?? null
  if (maker === null) return undefined
  if (maker.variable !== null) return kept.nameOf(maker.variable)
  return kept.names.get(maker) ?? kept.expression(maker)
}

/** The element of the other factor that a product's element meets: of `a` in row i it is `b` in column j. */
function partnerOf(node: Node, flat: number, to: number, edge: number, output: readonly number[]): string | null {
  const input = node.inputSizes(edge)
  const name = node.entry?.signature.name
  if (input === null || name === undefined || !/^(mm|mv|dot|bmm)$/.test(name)) return null
  const [out, own] = [indicesOf(flat, output), indicesOf(to, input)]
  const batch = name === "bmm" ? [out[0]!] : []
  const [row, column] = [out[batch.length], out[batch.length + 1]]
  const meets = edge === 0 ? own.at(-1)! : own[batch.length]!
  const partner = name === "dot" ? [meets] : name === "mv" ? (edge === 0 ? [meets] : [row!, meets]) : edge === 0 ? [...batch, meets, column!] : [...batch, row!, meets]
  return partner.map((index) => `[${index}]`).join("")
}

function indicesOf(flat: number, sizes: readonly number[]): number[] {
  return [...placeText(flat, sizes).matchAll(/\d+/g)].map(([index]) => Number(index))
}

const products = /^(mm|bmm|mv|dot|vdot|addmm|addmv|baddbmm|addbmm|matmul|linear|inner|outer|addr)$/
const windows = /(conv|avg_pool|unfold|fold|lp_pool)/
const chosen = /^(max|min|amax|amin|aminmax|median|nanmedian|mode|kthvalue|topk|sort|msort|cummax|cummin|where|maximum|minimum|fmax|fmin|.*max_pool\dd.*|index_select|gather|take|masked_select|embedding)$/
const moved = /^(view|reshape|_reshape_alias|flatten|unflatten|ravel|t|transpose|permute|movedim|squeeze|unsqueeze|select|slice|index|narrow|alias|clone|contiguous|copy|cat|stack|hstack|vstack|split|split_with_sizes|chunk|unbind|flip|roll|rot90|diagonal|diag|diag_embed|as_strided|constant_pad_nd|pixel_shuffle|pixel_unshuffle|_to_copy|tril|triu|repeat_interleave|expand_as|to|detach)$/
const copying = /^(expand|repeat|broadcast_to)$/

function noteOf({ node, nr, flat, edge, slope, to }: PathStep): FactorNote | null {
  const name = (node.entry?.signature.name ?? "").replace(/_$/, "")
  const output = node.outputs[nr]?.sizes
  const input = node.inputSizes(edge)
  if (output === undefined || input === null) return null
  const [many, few] = [elementCount(input), elementCount(output)]
  if (name === "mean" || name === "sum" || name === "nansum") return many === few ? null : { kind: name === "mean" ? "mean" : "sum", count: Math.round(many / Math.max(1, few)) }
  if (products.test(name)) return meeting(name, placeText(flat, output), placeText(to, input), edge, output.length)
  if (copying.test(name) || (node.entry?.kind === "elementwise" && few > many)) return { kind: "copies", count: Math.round(few / Math.max(1, many)) }
  if (windows.test(name)) return { kind: "window" }
  if (chosen.test(name)) return slope === 1 ? { kind: "chosen" } : null
  return moved.test(name) ? { kind: "moved" } : null
}

/** Where a row meets a column: `y[i][j]` is made of `a[i][k] · b[k][j]`. */
function meeting(name: string, output: string, input: string, edge: number, rank: number): FactorNote | null {
  const places = [...input.matchAll(/\[(\d+)\]/g)].map(([, place]) => place!)
  const outputs = [...output.matchAll(/\[(\d+)\]/g)].map(([, place]) => place!)
  const isAdded = /^add/.test(name)
  const factor = isAdded ? edge - 1 : edge
  if (factor < 0 || places.length === 0) return null
  const row = /^(mm|bmm|addmm|matmul|linear|baddbmm|mv|addmv)$/.test(name) && rank > 0 ? (outputs.at(rank > 1 ? -2 : -1) ?? "") : ""
  const column = /^(mm|bmm|addmm|matmul|linear|baddbmm)$/.test(name) && rank > 1 ? (outputs.at(-1) ?? "") : ""
  const meets = factor === 0 ? places.at(-1)! : (places.at(column === "" ? -1 : -2) ?? "")
  return { kind: "product", row, column, meeting: meets }
}
