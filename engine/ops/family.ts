// How a family of operators declares its names. The names are listed by what a call returns, so that the table has
// a type before its entries are checked: their backward formulas call the very methods that this type declares.
import type { Tensor } from "../tensor/tensor.ts"
import type { Entry } from "./entry.ts"

/** A pair of outputs that is also reached by name. */
export type ValuesIndices = [Tensor, Tensor] & { readonly values: Tensor; readonly indices: Tensor }

declare const returned: unique symbol

/** An entry whose call returns R. */
export type Returning<R> = Entry & { readonly [returned]?: R }

export type Family<One extends string, Pair extends string = never, Many extends string = never, Plain extends string = never> = {
  readonly [K in One]: Returning<Tensor>
} & { readonly [K in Pair]: Returning<ValuesIndices> } & { readonly [K in Many]: Returning<Tensor[]> } & { readonly [K in Plain]: Returning<number> }

export type ReturnOf<E> = E extends Returning<infer R> ? (unknown extends R ? Tensor : R) : Tensor
