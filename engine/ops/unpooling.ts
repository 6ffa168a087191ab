// The way back from pools: what was taken from a place is put there again.
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Kit } from "./entry.ts"
import type { Family } from "./family.ts"
import { each, product, type Each } from "./window.ts"

interface Unpooled {
  readonly self: Tensor
  readonly indices: Tensor
  readonly kernel_size: Each
  readonly stride: Each | null
  readonly padding: Each
  readonly output_size: readonly number[] | null
}

interface Put {
  readonly self: Tensor
  readonly indices: Tensor
  readonly plane: readonly number[]
}

export const unpooling: Family<"_max_unpool2d" | "_max_unpool3d" | "max_unpool1d" | "max_unpool2d" | "max_unpool3d"> = {
  _max_unpool2d: putBack(2),
  _max_unpool3d: putBack(3),
  max_unpool1d: layer(1),
  max_unpool2d: layer(2),
  max_unpool3d: layer(3),
}

function putBack(rank: 2 | 3) {
  return structural<Put>(`max_unpool${rank}d(self: Tensor, indices: Tensor, plane: Shape)`, {
    doc: "Each element at the place in its plane that an index names, zero elsewhere.",
    forward: (kit, { self, indices, plane }) => {
      const planes = (one: Tensor): Tensor => kit.view(kit.dense(one), [product(one.sizes.slice(0, -rank)), product(one.sizes.slice(-rank))], [product(one.sizes.slice(-rank)), 1], kit.dense(one).offset)
      const size = product(plane)
      const wrong = kit.numbers(indices).find((one) => !(one >= 0 && one < size))
      if (wrong !== undefined) throw kit.fault("RuntimeError", `max_unpool${rank}d: the index ${wrong} lies outside of a plane of [${plane.join(", ")}].`, "Use the indices that max_pool gave with return_indices, and its sizes.")
      const out = kit.zeros([...self.sizes.slice(0, -rank), ...plane], self.dtype)
      kit.kernel("planePut", [planes(self), planes(indices)], [planes(out)], { how: "set" })
      return out
    },
    saves: ["indices"],
    backward: ([g], { indices }, _, t) => ({ self: t._plane_take(g!, indices, rank) }),
    gradName: `MaxUnpool${rank}DBackward0`,
    in: [],
    samples: [rank === 2 ? [[[[1, 2]]], [[[0n, 3n]]], [2, 2]] : [[[[[1, 2]]]], [[[[0n, 3n]]]], [1, 2, 2]]],
  })
}

function layer(rank: number) {
  const name = `max_unpool${rank}d`
  return composite<Unpooled>(`${name}(self: Tensor, indices: Tensor, kernel_size: Dims, stride: Dims = null, padding: Dims = 0, output_size: Shape = null)`, {
    doc: "Puts the elements that max_pool took back to their places, zero elsewhere.",
    compose: (t, args, kit) => {
      const { self, indices } = args
      if (indices.dtype.name !== "int64") throw kit.fault("RuntimeError", `${name}: expected indices of type int64, found ${indices.dtype.name}.`, "Use the indices that max_pool gave with return_indices.")
      if (self.sizes.join() !== indices.sizes.join()) throw kit.fault("RuntimeError", `${name}: expected indices of shape [${self.sizes.join(", ")}] like the input, found [${indices.sizes.join(", ")}].`, "Use the indices that max_pool gave for this input.")
      if (self.ndim !== rank + 1 && self.ndim !== rank + 2) throw kit.fault("RuntimeError", `${name}: expected an input of ${rank + 1} or ${rank + 2} dimensions, found shape [${self.sizes.join(", ")}].`, "Give it as [batch, channels, …].")
      const plane = planeOf(kit, name, args, rank)
      if (rank === 1) return t._max_unpool2d(self.unsqueeze(-1), indices.unsqueeze(-1), [...plane, 1]).squeeze(-1)
      return (rank === 2 ? t._max_unpool2d : t._max_unpool3d)(self, indices, plane)
    },
    in: ["functional"],
    samples: [rank === 1 ? [[[1, 2]], [[0n, 3n]], 2] : rank === 2 ? [[[[1, 2]]], [[[0n, 3n]]], 2] : [[[[[1, 2]]]], [[[[0n, 3n]]]], 2]],
    rejects: [{ args: [[[1, 2]], [[0, 1]], 2], throws: "RuntimeError" }],
  })
}

/** The plane's sizes before the pool: as the window says, or as given if that is within one stride of it. */
function planeOf(kit: Kit, what: string, { self, kernel_size, stride, padding, output_size }: Unpooled, rank: number): number[] {
  const kernel = each(kit, what, "kernel_size", kernel_size, rank)
  const steps = stride === null ? kernel : each(kit, what, "stride", stride, rank)
  const around = each(kit, what, "padding", padding, rank)
  const usual = self.sizes.slice(-rank).map((size, d) => (size - 1) * steps[d]! + kernel[d]! - 2 * around[d]!)
  if (!output_size) return usual
  const given = output_size.length === rank + 2 ? output_size.slice(2) : output_size
  if (given.length !== rank) throw kit.fault("ValueError", `${what}: expected ${rank} or ${rank + 2} numbers for output_size, found ${output_size.length}.`, "Give the size of the plane before the pool.")
  given.forEach((size, d) => {
    if (size <= usual[d]! - steps[d]! || size >= usual[d]! + steps[d]!) throw kit.fault("ValueError", `${what}: expected output_size between ${usual[d]! - steps[d]!} and ${usual[d]! + steps[d]!} at dimension ${d}, found ${size}.`, "Give the size of the plane before the pool.")
  })
  return [...given]
}
