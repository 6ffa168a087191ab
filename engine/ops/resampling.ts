// Images made larger or smaller: every element of the result is a weighted sum of a few of the input, axis by axis.
// Apart because padding by reflection and interpolation share the one linear operator and its transpose.
import type { TapAxes, TapAxis } from "../backends/javascript/resample.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { structural, type Kit, type Namespace, type Sample } from "./entry.ts"
import { product } from "./window.ts"

/** The taps of one axis: for each place of the result the places of the input and their weights. */
export function tapAxis(input: number, places: readonly (readonly (readonly [at: number, weight: number])[])[]): TapAxis {
  const taps = Math.max(1, ...places.map((one) => one.length))
  const axis: TapAxis = { input, output: places.length, taps, at: new Int32Array(places.length * taps), weight: new Float64Array(places.length * taps) }
  places.forEach((one, i) => one.forEach(([at, weight], k) => {
    axis.at[i * taps + k] = at
    axis.weight[i * taps + k] = weight
  }))
  return axis
}

const same = (size: number): TapAxis => tapAxis(size, [[[0, 1]]])

function three(axes: readonly TapAxis[]): TapAxes {
  return [...new Array<TapAxis>(3 - axes.length).fill(same(1)), ...axes] as unknown as TapAxes // Three by construction.
}

/** The last dimensions of `self` resampled along `axes`, or back. */
export function resampled(kit: Kit, self: Tensor, axes: readonly TapAxis[], back = false): Tensor {
  const kept = self.sizes.slice(0, self.ndim - axes.length)
  const packed = kit.dense(self)
  const wide = self.dtype.name === "float64" || self.dtype.name === "float32" ? self.dtype : kit.dtype.float64
  const out = kit.zeros([...kept, ...axes.map((axis) => (back ? axis.input : axis.output))], wide)
  const planes = product(kept)
  const inside = product(self.sizes.slice(self.ndim - axes.length))
  kit.kernel(back ? "resampleBack" : "resample", [kit.view(packed, [planes, inside], [inside, 1], packed.offset)], [out], { axes: three(axes) })
  return wide === self.dtype ? out : kit.copied(out, self.dtype)
}

/** A linear operator that resamples; `axesOf` works out the taps from the arguments, `check` throws for bad ones. */
export function resampling<A extends { readonly self: Tensor }>(text: string, given: { doc: string; gradName: string; check: (kit: Kit, args: A) => void; axesOf: (args: A) => readonly TapAxis[]; in?: readonly Namespace[]; samples?: readonly Sample[] }) {
  return structural<{ readonly self: Tensor }>(text, {
    doc: given.doc,
    forward: (kit, args) => {
      given.check(kit, args as A) // The binder made what the signature names, which is A.
      return resampled(kit, args.self, given.axesOf(args as A))
    },
    backward: ([g], args, _, t) => ({ self: t._resample(g!, given.axesOf(args as A), true) }),
    gradName: given.gradName,
    in: given.in ?? [],
    samples: given.samples ?? [],
  })
}
