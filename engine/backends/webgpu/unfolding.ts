// A convolution's image laid out window by window, a line of places at a time, and what lies so added up into an image
// again. Apart from the products between: a driver of software is slow where every element is looked for on its own.
import type { Shader } from "./commands.ts"
import type { Gpu } from "./gpu.ts"
import { fillWindow, lookingAlong, meeting, meets, place, setUp, shared, sized, type Convolution } from "./windows.ts"

const size = 64

const opening = (from: string): string => `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
@group(0) @binding(2) var<storage, read> ${from}: array<f32>;
${shared}`

const main = `@compute @workgroup_size(${size})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.y * plan[1] + id.x;
  if (i >= plan[0]) { return; }
${setUp}`

/** A row is a channel and an element of the window; one invocation fills a row's line of places. */
const unfoldShader: Shader = {
  key: "unfold lines",
  label: "convolution",
  buffers: 2,
  print: () => `${opening("x_")}
${lookingAlong}
${main}
  let width = ${sized("output", 2)};
  let lines = places / width;
  let row = i / lines;
  let k = row % kernelSize;
  let line = lineOf(i % lines, k / ${sized("kernel", 2)});
  let begin = i32(${place("xAt")} + (part * ${place("channels")} + row / kernelSize) * imageSize) + line;
  let inputWidth = select(${sized("input", 2)}, 0u, line < 0);
  let stride = i32(${sized("stride", 2)});
  let step = ${place("perPlace")};
  var x = onLine(0u, k % ${sized("kernel", 2)});
  var to = (part / ${place("groups")}) * ${place("perSample")} + inGroup * ${place("perGroup")} + row * ${place("perRow")} + (i % lines) * width * step;
  for (var n = 0u; n < width; n++) {
    var value = 0.0;
    if (x >= 0 && u32(x) < inputWidth) { value = x_[u32(begin + x)]; }
    result_[to] = value;
    to += step;
    x += stride;
  }
}
`,
}

/** Adds up what the places have for an element of the image; a place's row has an element of the window for every channel. */
const foldShader: Shader = {
  key: "fold",
  label: "convolution_backward",
  buffers: 2,
  print: () => `${opening("rows_")}
${meeting}
${main}
  let at = i % imageSize;
  let atX = at % ${sized("input", 2)};
  let atY = (at / ${sized("input", 2)}) % ${sized("input", 1)};
  let atZ = at / ${sized("input", 2)} / ${sized("input", 1)};
  let row = ${place("channels")} * kernelSize;
  let begin = part * places * row + (i / imageSize) * kernelSize;
  let width = ${sized("kernel", 2)};
  // What the innermost loop needs, read once.
  let endX = i32(atX + ${sized("padding", 2)});
  let dilation = ${sized("dilation", 2)};
  let stride = ${sized("stride", 2)};
  let outputWidth = ${sized("output", 2)};
  var total = 0.0;
  for (var kZ = 0u; kZ < ${sized("kernel", 0)}; kZ++) {
    let z = ${meets(0, "atZ", "kZ")};
    if (z < 0) { continue; }
    for (var kY = 0u; kY < ${sized("kernel", 1)}; kY++) {
      let y = ${meets(1, "atY", "kY")};
      if (y < 0) { continue; }
      let line = u32(z * i32(${sized("output", 1)}) + y) * ${sized("output", 2)};
      let lineBegin = begin + line * row + (kZ * ${sized("kernel", 1)} + kY) * width;
      for (var kX = 0u; kX < width; kX++) {
        let x = meets(endX - i32(kX * dilation), stride, outputWidth);
        if (x >= 0) { total += rows_[lineBegin + u32(x) * row + kX]; }
      }
    }
  }
  result_[${place("outAt")} + part * ${place("channels")} * imageSize + i] = total;
}
`,
}

/** Steps in the unfolded image from one sample, group, row and place to the next. */
export interface Steps {
  readonly perSample: number
  readonly perGroup: number
  readonly perRow: number
  readonly perPlace: number
}

const product = (sizes: readonly number[]): number => sizes.reduce((total, one) => total * one, 1)

function dispatch(gpu: Gpu, shader: Shader, options: Convolution, [to, from]: readonly [number, number], items: number, numbers: Parameters<typeof fillWindow>[3]): void {
  const { groups, row } = gpu.grid(items, size)
  gpu.dispatch(shader, [to, from], [groups[0], groups[1], options.batch * options.groups], ({ at, words }) => {
    words.set([items, row], at)
    fillWindow(words, at, options, numbers)
  })
}

/** Records that the image, from its element `xAt` on, is laid out in `to`. */
export function unfold(gpu: Gpu, options: Convolution, to: number, image: number, xAt: number, steps: Steps): void {
  const { channels, window } = options
  dispatch(gpu, unfoldShader, options, [to, image], channels * product(window.kernel) * window.output[0]! * window.output[1]!, { xAt, ...steps })
}

/** Records that rows, one a place, each with an element of the window for every channel, are added up into the image in `to`. */
export function fold(gpu: Gpu, options: Convolution, to: number, rows: number, outAt: number): void {
  dispatch(gpu, foldShader, options, [to, rows], options.channels * product(options.window.input), { outAt })
}
