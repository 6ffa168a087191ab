// Images looked at through a grid: each place of the result says where in the input it looks (spatial transformers,
// Jaderberg et al. 2015). Written in tensor calls throughout, so that gradients of every order follow.
import type { Functions } from "../autograd/methods.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Kit } from "./entry.ts"
import type { Family } from "./family.ts"
import { product } from "./window.ts"

interface Sampled {
  readonly self: Tensor
  readonly grid: Tensor
  readonly mode: string
  readonly padding_mode: string
  readonly align_corners: boolean
}

/** One of the neighbours of every place: which, how much it counts, and how that changes as the place moves. */
interface Corner {
  readonly flat: Tensor
  readonly inside: Tensor
  readonly weight: Tensor
  /** ∂weight/∂place by spatial dimension. */
  readonly slopes: readonly Tensor[]
}

const volume = [[[[[1, 2], [4, 3]], [[0, 1], [2, -1]]]]] as const
const image = [[[[1, 2, 4], [3, 0, 1]]]] as const

function sampler(rank: 2 | 3) {
  return structural<Sampled>(`grid_sampler_${rank}d(self: Tensor, grid: Tensor, mode: string, padding_mode: string, align_corners: boolean)`, {
    doc: "The input at the places that a grid names, between its elements as mode says.",
    forward: (_, args) => {
      const parts = cornersOf(args).map(({ flat, inside, weight }) => taken(args.self, flat).mul(weight.mul(inside).unsqueeze(1)))
      return parts.reduce((sum, one) => sum.add(one)).reshape([args.self.sizes[0]!, args.self.sizes[1]!, ...args.grid.sizes.slice(1, -1)])
    },
    saves: ["self", "grid"],
    backward: ([g], args, _, t, needs) => {
      const { self, grid } = args
      const corners = cornersOf(args)
      const incoming = g!.reshape([self.sizes[0]!, self.sizes[1]!, -1])
      return { self: needs("self") ? toImage(t, incoming, self, corners) : null, grid: needs("grid") ? toGrid(t, incoming, args, corners).reshape(grid.sizes) : null }
    },
    gradName: `GridSampler${rank}DBackward0`,
    in: [],
    samples: rank === 2 ? [[image, [[[[0.1, -0.3], [0.4, 0.2]]]], "bilinear", "zeros", false]] : [[volume, [[[[[0.1, -0.3, 0.2]]]]], "bilinear", "border", true]],
  })
}

/** Elements of every channel at flat places [N, P]. */
const taken = (self: Tensor, flat: Tensor): Tensor => {
  const [n, c] = self.sizes as [number, number]
  return self.reshape([n, c, -1]).gather(2, flat.unsqueeze(1).expand([n, c, flat.sizes[1]!]))
}

function toImage(t: Functions, incoming: Tensor, self: Tensor, corners: readonly Corner[]): Tensor {
  const [n, c] = self.sizes as [number, number]
  let total = incoming.new_zeros([n, c, product(self.sizes.slice(2))])
  for (const { flat, inside, weight } of corners) total = t.scatter_add(total, 2, flat.unsqueeze(1).expand([n, c, flat.sizes[1]!]), incoming.mul(weight.mul(inside).unsqueeze(1)))
  return total.reshape(self.sizes)
}

function toGrid(t: Functions, incoming: Tensor, args: Sampled, corners: readonly Corner[]): Tensor {
  const rank = args.grid.sizes[args.grid.ndim - 1]!
  const { scales } = placesOf(args)
  const values = corners.map(({ flat, inside }) => taken(args.self, flat).mul(inside.unsqueeze(1)).mul(incoming).sum(1))
  // The grid names x first, which is the last dimension of the image.
  return t.stack(
    Array.from({ length: rank }, (_, k) => {
      const d = rank - 1 - k
      return corners.map((corner, i) => values[i]!.mul(corner.slopes[d]!)).reduce((sum, one) => sum.add(one)).mul(scales[d]!)
    }),
    -1,
  )
}

/** Where the grid looks, in elements, by spatial dimension [N, P]; and how that moves with the grid. */
function placesOf({ self, grid, padding_mode, align_corners }: Sampled): { places: Tensor[]; scales: Tensor[] } {
  const rank = grid.sizes[grid.ndim - 1]!
  const places: Tensor[] = []
  const scales: Tensor[] = []
  for (let d = 0; d < rank; d++) {
    const size = self.sizes[d + 2]!
    const raw = grid.select(-1, rank - 1 - d).reshape([grid.sizes[0]!, -1])
    const step = align_corners ? (size - 1) / 2 : size / 2
    let at = align_corners ? raw.add(1).mul(step) : raw.add(1).mul(step).sub(0.5)
    let scale = at.detach().new_full(at.sizes, step)
    if (padding_mode === "reflection") {
      // There and back between the borders: the fold of a triangle wave.
      const low = align_corners ? 0 : -0.5
      const span = align_corners ? size - 1 : size
      if (span === 0) at = at.mul(0)
      else {
        const away = at.sub(low).abs()
        const turned = at.detach().sub(low).lt(0)
        const flips = away.detach().div(span).floor()
        const extra = away.sub(flips.mul(span))
        const odd = flips.remainder(2).ne(0)
        at = odd.logical_not().to(at.dtype).mul(extra.add(low)).add(odd.to(at.dtype).mul(extra.neg().add(span + low)))
        scale = scale.mul(turned.logical_xor(odd).to(at.dtype).mul(-2).add(1))
      }
    }
    if (padding_mode !== "zeros") {
      scale = scale.masked_fill(at.detach().le(0).logical_or(at.detach().ge(size - 1)), 0)
      at = at.clamp(0, size - 1)
    }
    places.push(at)
    scales.push(scale)
  }
  return { places, scales }
}

function cornersOf(args: Sampled): Corner[] {
  const { self, mode } = args
  const { places } = placesOf(args)
  const sizes = self.sizes.slice(2)
  const lows = places.map((at) => (mode === "nearest" ? at.detach().round() : at.detach().floor()))
  const parts = places.map((at, d) => at.sub(lows[d]!))
  const count = mode === "nearest" ? 1 : 2 ** places.length
  return Array.from({ length: count }, (_, bits) => {
    const up = (d: number): boolean => mode !== "nearest" && ((bits >> d) & 1) === 1
    const at = lows.map((low, d) => (up(d) ? low.add(1) : low))
    const inside = at.map((one, d) => one.ge(0).logical_and(one.le(sizes[d]! - 1))).reduce((all, one) => all.logical_and(one)).to(self.dtype)
    const flat = at.map((one, d) => one.clamp(0, sizes[d]! - 1).mul(product(sizes.slice(d + 1)))).reduce((sum, one) => sum.add(one)).long()
    const share = (d: number): Tensor => (mode === "nearest" ? parts[d]!.detach().mul(0).add(1) : up(d) ? parts[d]! : parts[d]!.neg().add(1))
    const weight = lows.map((__, d) => share(d)).reduce((all, one) => all.mul(one))
    const slopes = lows.map((low, k) => lows.map((__, d) => (d === k ? low.mul(0).add(mode === "nearest" ? 0 : up(d) ? 1 : -1) : share(d))).reduce((all, one) => all.mul(one)))
    return { flat, inside, weight, slopes }
  })
}

export const gridSampling: Family<"grid_sampler_2d" | "grid_sampler_3d" | "grid_sample"> = {
  grid_sampler_2d: sampler(2),
  grid_sampler_3d: sampler(3),
  grid_sample: composite<Omit<Sampled, "align_corners"> & { align_corners: boolean | null }>('grid_sample(self: Tensor, grid: Tensor, mode: string = "bilinear", padding_mode: string = "zeros", align_corners: boolean = null)', {
    doc: "The input at the places that a grid names: −1 is the first element's side, 1 the last one's; x comes first.",
    compose: (t, { self, grid, mode, padding_mode, align_corners }, kit) => {
      check(kit, self, grid, mode, padding_mode)
      if (align_corners === null) kit.warn("grid_sample: align_corners was not given, so the corners are the outer edges of the pixels (false).", "Write { align_corners: false } or { align_corners: true }, as for affine_grid.")
      return (self.ndim === 4 ? t.grid_sampler_2d : t.grid_sampler_3d)(self, grid, mode, padding_mode, align_corners ?? false)
    },
    in: ["functional"],
    samples: [[image, [[[[0.1, -0.3], [0.4, 0.2]]]]]],
    rejects: [{ args: [[[1, 2]], [[0, 0]]], throws: "RuntimeError" }],
  }),
}

function check(kit: Kit, self: Tensor, grid: Tensor, mode: string, padding: string): void {
  if (mode !== "bilinear" && mode !== "nearest") throw kit.fault("ValueError", `grid_sample: the mode "${mode}" is not available.`, 'Use "bilinear" or "nearest".')
  if (!["zeros", "border", "reflection"].includes(padding)) throw kit.fault("ValueError", `grid_sample: "${padding}" is not a padding_mode.`, 'Use "zeros", "border" or "reflection".')
  if (self.ndim !== grid.ndim || (self.ndim !== 4 && self.ndim !== 5) || self.sizes[0] !== grid.sizes[0] || grid.sizes[grid.ndim - 1] !== self.ndim - 2 || self.sizes.slice(2).includes(0))
    throw kit.fault("RuntimeError", `grid_sample: expected an input [N, C, H, W] and a grid [N, H, W, 2] (or volumes with 3), found shapes [${self.sizes.join(", ")}] and [${grid.sizes.join(", ")}].`, "affine_grid makes a grid.")
  if (self.dtype !== grid.dtype) throw kit.fault("RuntimeError", `grid_sample: expected input and grid of one type, found ${self.dtype.name} and ${grid.dtype.name}.`, "Convert one of them.")
}
