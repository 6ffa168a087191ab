// `model.weight[1][0]`: which tensor and which of its elements a question means. Apart because the text is read once
// and followed in every run of the snippet.
import { Fault } from "../protocol/faults.ts"
import { Tensor } from "../tensor/tensor.ts"

type Step = { readonly key: string } | { readonly index: number }

/** A name, and the steps from what it means to an element. */
export interface Address {
  readonly text: string
  readonly root: string
  readonly steps: readonly Step[]
}

/** An element of a tensor, counted row by row. */
export interface Element {
  readonly tensor: Tensor
  readonly flat: number
}

const step = /\s*(?:\.\s*([\p{L}_$][\p{L}\p{N}_$]*)|\[\s*((?:-?\d+\s*,\s*)*-?\d+)\s*,?\s*\]|\[\s*(?:"([^"]*)"|'([^']*)')\s*\])/uy

/** Reads an address. Throws a SyntaxError fault for anything else. */
export function addressOf(text: string): Address {
  const root = /^\s*([\p{L}_$][\p{L}\p{N}_$]*)/u.exec(text)
  const steps: Step[] = []
  step.lastIndex = root?.[0].length ?? 0
  while (root !== null && step.lastIndex < text.trimEnd().length) {
    const found = step.exec(text)
    if (found === null) break
    const [, name, indices, ...keys] = found
    if (indices !== undefined) steps.push(...indices.split(",").map((index) => ({ index: Number(index) })))
    else steps.push({ key: name ?? keys.find((key) => key !== undefined)! })
    if (step.lastIndex >= text.trimEnd().length) return { text: text.trim(), root: root[1]!, steps }
  }
  if (root !== null && root[0].length >= text.trimEnd().length) return { text: text.trim(), root: root[1]!, steps }
  throw new Fault("SyntaxError", `“${text}” names no element.`, "Write a name and the element's place: x[0][1], or model.weight[0][0].")
}

/** The tensor at an address, and the indices that are left; null where there is none. */
export function tensorAt(address: Address, root: unknown): { readonly tensor: Tensor; readonly indices: readonly number[] } | null {
  let value = root
  for (const [i, one] of address.steps.entries()) {
    if (value instanceof Tensor && "index" in one) {
      const rest = address.steps.slice(i)
      const indices = rest.flatMap((each) => ("index" in each ? [each.index] : []))
      return indices.length === rest.length ? { tensor: value, indices } : null
    }
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return null
    const key = "key" in one ? one.key : Array.isArray(value) && one.index < 0 ? value.length + one.index : one.index
    value = Reflect.get(value, key)
  }
  return value instanceof Tensor ? { tensor: value, indices: [] } : null
}

/** The element that the indices name. Throws IndexError, or ValueError where they name several. */
export function elementOf(text: string, { tensor, indices }: { readonly tensor: Tensor; readonly indices: readonly number[] }): Element {
  const { sizes } = tensor
  const shape = `[${sizes.join(", ")}]`
  if (indices.length > sizes.length) throw new Fault("IndexError", `${text}: the tensor has ${sizes.length} dimension${sizes.length === 1 ? "" : "s"} (shape ${shape}), ${indices.length} indices were given.`, "Give one index a dimension.")
  let flat = 0
  sizes.forEach((size, d) => {
    const given = indices[d]
    if (given === undefined && size !== 1) throw new Fault("ValueError", `${text} means several elements, of shape ${shape}.`, `Name one, such as ${text}${"[0]".repeat(sizes.length - indices.length)}.`)
    const index = given === undefined ? 0 : given < 0 ? given + size : given
    if (index < 0 || index >= size) throw new Fault("IndexError", `${text}: index ${given} is out of range for dimension ${d}, which has ${size} elements.`, `Count from 0 to ${size - 1}.`)
    flat = flat * size + index
  })
  return { tensor, flat }
}

/** `[0][1]`: an element's place. */
export function placeText(flat: number, sizes: readonly number[]): string {
  let text = ""
  for (let d = sizes.length - 1, left = flat; d >= 0; d--) {
    text = `[${left % sizes[d]!}]${text}`
    left = Math.floor(left / sizes[d]!)
  }
  return text
}
