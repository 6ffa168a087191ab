// Reading a GPU's buffer without awaiting, in a browser's worker, where nothing is shared and mapAsync needs a turn of the
// event loop. A canvas can be looked at at once: three bytes go into each pixel, whose fourth is the alpha 255, because a
// pixel that is not opaque is multiplied by its alpha and rounded. So what comes back is exact to the bit.

/** Captured now: the realm is closed before the first run. */
const Canvas = globalThis.OffscreenCanvas as typeof OffscreenCanvas | undefined

const usage = { copyTo: 2, attachment: 16, storage: 128, copyFrom: 4, uniform: 64, copyToBuffer: 8 } as const
const sizeOfGroup = 64
/** Workgroups along one dimension that every device allows. */
const mostGroups = 32768
/** Pixels of the canvases: a small read is not to draw a large one. Rows are multiples of 256 bytes, as a copy wants it. */
const sizes: readonly (readonly [width: number, height: number])[] = [[64, 1], [64, 64], [256, 256], [1024, 1024], [2048, 2048]]
/** The first pixel of a picture says which one it is: a device that was lost draws nothing, and says so only later. */
const markPixels = 1

const code = `
struct Plan { words: u32, pixels: u32, first: u32, mark: u32 }
@group(0) @binding(0) var<storage, read> words: array<u32>;
@group(0) @binding(1) var<storage, read_write> picture: array<u32>;
@group(0) @binding(2) var<uniform> plan: Plan;
@compute @workgroup_size(${sizeOfGroup})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let pixel = id.x + id.y * groups.x * ${sizeOfGroup}u;
  if (pixel >= plan.pixels) { return; }
  if (pixel == 0u) { picture[0] = plan.mark | 0xff000000u; return; }
  let byte = plan.first + 3u * (pixel - 1u);
  let last = plan.words - 1u;
  let shift = (byte & 3u) * 8u;
  var three = words[min(byte >> 2u, last)] >> shift;
  if (shift > 8u) { three |= words[min((byte >> 2u) + 1u, last)] << (32u - shift); }
  picture[pixel] = three | 0xff000000u;
}`

/** A canvas of the GPU, and one beside it whose pixels can be looked at. */
interface Easel {
  readonly width: number
  readonly height: number
  readonly drawn: OffscreenCanvas
  readonly context: GPUCanvasContext
  readonly seen: OffscreenCanvasRenderingContext2D
  readonly packed: GPUBuffer
}

/** Whether there are canvases here. */
export function canReadBack(): boolean {
  return Canvas !== undefined
}

export class WebReadback {
  readonly #device: GPUDevice
  readonly #pipeline: GPUComputePipeline
  readonly #plan: GPUBuffer
  readonly #easels = new Map<number, Easel>()
  #mark = 0

  constructor(device: GPUDevice) {
    this.#device = device
    this.#pipeline = device.createComputePipeline({ label: "read-back", layout: "auto", compute: { module: device.createShaderModule({ label: "read-back", code }), entryPoint: "main" } })
    this.#plan = device.createBuffer({ label: "read-back plan", size: 16, usage: usage.uniform | usage.copyToBuffer })
  }

  /** The bytes of a buffer made with the usage STORAGE, whose size is a multiple of 4; null when the device draws no more. */
  read(source: GPUBuffer, bytes: number): ArrayBuffer | null {
    const into = new Uint8Array(bytes)
    for (let first = 0; first < bytes; ) {
      const easel = this.#easelFor(Math.ceil((bytes - first) / 3) + markPixels)
      const count = Math.min(bytes - first, 3 * (easel.width * easel.height - markPixels))
      if (!this.#part(easel, source, bytes, first, count, into)) return null
      first += count
    }
    return into.buffer
  }

  #part(easel: Easel, source: GPUBuffer, bytes: number, first: number, count: number, into: Uint8Array): boolean {
    const { width, drawn, context, seen, packed } = easel
    const device = this.#device
    const pixels = Math.ceil(count / 3) + markPixels
    const rows = Math.ceil(pixels / width)
    this.#mark = (this.#mark % 0xffffff) + 1
    device.queue.writeBuffer(this.#plan, 0, new Uint32Array([bytes / 4, pixels, first, this.#mark]))
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    pass.setPipeline(this.#pipeline)
    const resources = [source, packed, this.#plan].map((buffer, binding) => ({ binding, resource: { buffer } }))
    pass.setBindGroup(0, device.createBindGroup({ layout: this.#pipeline.getBindGroupLayout(0), entries: resources }))
    const groups = Math.ceil(pixels / sizeOfGroup)
    const across = Math.min(groups, mostGroups)
    pass.dispatchWorkgroups(across, Math.ceil(groups / across))
    pass.end()
    encoder.copyBufferToTexture({ buffer: packed, bytesPerRow: width * 4 }, { texture: context.getCurrentTexture() }, [width, rows])
    device.queue.submit([encoder.finish()])
    seen.drawImage(drawn, 0, 0, width, rows, 0, 0, width, rows)
    const { data } = seen.getImageData(0, 0, width, rows)
    if ((data[0]! | (data[1]! << 8) | (data[2]! << 16)) !== this.#mark) return false
    for (let from = 4 * markPixels, to = first; to < first + count; from += 4, to += 3) {
      into[to] = data[from]!
      into[to + 1] = data[from + 1]!
      into[to + 2] = data[from + 2]!
    }
    return true
  }

  /** The smallest that holds so many pixels, else the largest. */
  #easelFor(pixels: number): Easel {
    const fitting = sizes.findIndex(([width, height]) => width * height >= pixels)
    const size = fitting < 0 ? sizes.length - 1 : fitting
    let easel = this.#easels.get(size)
    if (!easel) this.#easels.set(size, (easel = this.#makeEasel(...sizes[size]!)))
    return easel
  }

  #makeEasel(width: number, height: number): Easel {
    if (!Canvas) throw new Error("There is no canvas here; canReadBack() was expected to be asked first.")
    const drawn = new Canvas(width, height)
    const context = drawn.getContext("webgpu")
    const seen = new Canvas(width, height).getContext("2d", { alpha: false, willReadFrequently: true, colorSpace: "srgb" })
    if (!context || !seen) throw new Error("This browser draws no WebGPU on a canvas.")
    context.configure({ device: this.#device, format: "rgba8unorm", usage: usage.copyTo | usage.attachment, alphaMode: "opaque", colorSpace: "srgb" })
    seen.globalCompositeOperation = "copy"
    seen.imageSmoothingEnabled = false
    const packed = this.#device.createBuffer({ label: "read-back picture", size: width * height * 4, usage: usage.storage | usage.copyFrom })
    return { width, height, drawn, context, seen, packed }
  }
}
