// Where a convolution's window stands: the numbers of its plan, and the WGSL that finds an image's element for a place and
// a part of the window, and the place for an element. Apart because products, unfolding and folding all look through it.
import type { KernelOptions } from "../backend.ts"
import { planHead } from "./print.ts"

export type Convolution = KernelOptions<"convolve">

/** Places in the plan behind its head. */
const names = ["xAt", "wAt", "biasAt", "outAt", "groups", "channels", "filters", "chunk", "parts", "perSample", "perGroup", "perRow", "perPlace"] as const
type Name = (typeof names)[number]
const windowAt = planHead + names.length
export const place = (name: Name): string => `plan[${planHead + names.indexOf(name)}]`
/** The window's numbers by kind and axis (0 depth, 1 height, 2 width). */
const kinds = ["input", "output", "kernel", "stride", "padding", "dilation"] as const
export const sized = (kind: (typeof kinds)[number], axis: number): string => `plan[${windowAt + kinds.indexOf(kind) * 3 + axis}]`
const volume = (kind: (typeof kinds)[number]): string => `(${[0, 1, 2].map((axis) => sized(kind, axis)).join(" * ")})`

/** Writes a convolution's numbers behind the head of the plan at `at`. */
export function fillWindow(words: Uint32Array, at: number, { window, groups, channels, filters }: Convolution, numbers: Partial<Record<Name, number>>): void {
  const all: Partial<Record<Name, number>> = { groups, channels, filters, ...numbers }
  words.set(names.map((name) => all[name] ?? 0), at + planHead)
  words.set(kinds.flatMap((kind) => [...window[kind]]), at + windowAt)
}

export const shared = `var<private> part: u32;
var<private> inGroup: u32;
var<private> kernelSize: u32;
var<private> places: u32;
var<private> imageSize: u32;`

export const setUp = `  part = group.z;
  inGroup = group.z % ${place("groups")};
  kernelSize = ${volume("kernel")};
  places = ${volume("output")};
  imageSize = ${volume("input")};`

/** Where the image's line begins on which the windows of a line of places look with a line of their elements, or -1 in the padding; and where on it. */
export const lookingAlong = `fn lineOf(at: u32, k: u32) -> i32 {
  let y = i32((at % ${sized("output", 1)}) * ${sized("stride", 1)} + (k % ${sized("kernel", 1)}) * ${sized("dilation", 1)}) - i32(${sized("padding", 1)});
  let z = i32((at / ${sized("output", 1)}) * ${sized("stride", 0)} + (k / ${sized("kernel", 1)}) * ${sized("dilation", 0)}) - i32(${sized("padding", 0)});
  let inside = y >= 0 && z >= 0 && u32(y) < ${sized("input", 1)} && u32(z) < ${sized("input", 0)};
  return select(-1, (z * i32(${sized("input", 1)}) + y) * i32(${sized("input", 2)}), inside);
}
fn onLine(at: u32, k: u32) -> i32 { return i32(at * ${sized("stride", 2)} + k * ${sized("dilation", 2)}) - i32(${sized("padding", 2)}); }`

/** What stands in the image where window \`at\` looks with its element \`k\`; 0 in the padding. */
export const looking = `${lookingAlong}
fn look(base: u32, at: u32, k: u32) -> f32 {
  let line = lineOf(at / ${sized("output", 2)}, k / ${sized("kernel", 2)});
  let x = onLine(at % ${sized("output", 2)}, k % ${sized("kernel", 2)});
  if (line < 0 || x < 0 || u32(x) >= ${sized("input", 2)}) { return 0.0; }
  return x_[base + u32(line + x)];
}`

/** Along an axis: the place whose window begins so far into the padded image, or -1. */
export const meeting = `fn meets(beyond: i32, stride: u32, count: u32) -> i32 {
  if (beyond < 0) { return -1; }
  var found = u32(beyond);
  // A driver of software divides slowly.
  if (stride != 1u) {
    if (found % stride != 0u) { return -1; }
    found = found / stride;
  }
  return select(-1, i32(found), found < count);
}`
/** The place along `axis` whose window meets the element `at` with its part `k`. */
export const meets = (axis: number, at: string, k: string): string =>
  `meets(i32(${at} + ${sized("padding", axis)}) - i32((${k}) * ${sized("dilation", axis)}), ${sized("stride", axis)}, ${sized("output", axis)})`
