// torch.nn: modules that take the size of their input from the first one that comes.
import type { TypedClass } from "../generate.ts"
import { bias, module, running, weight } from "./modules.ts"

const placed = "*, device: device | string = null, dtype: dtype = null"
const like = (name: string, what: string): string => `${name} that takes ${what} from the first input it is called with. Call it once before its parameters are looked at.`
const convolution = (rank: number): TypedClass =>
  module(`LazyConv${rank}d(out_channels: number, kernel_size: Shape, stride: Shape = 1, padding: Shape | string = 0, dilation: Shape = 1, groups: number = 1, bias: boolean = true, padding_mode: string = "zeros", ${placed})`, like(`A Conv${rank}d`, "in_channels"), [weight, bias])
const transposed = (rank: number): TypedClass =>
  module(`LazyConvTranspose${rank}d(out_channels: number, kernel_size: Shape, stride: Shape = 1, padding: Shape = 0, output_padding: Shape = 0, groups: number = 1, bias: boolean = true, dilation: Shape = 1, padding_mode: string = "zeros", ${placed})`, like(`A ConvTranspose${rank}d`, "in_channels"), [weight, bias])
const norm = (name: string, on: boolean): TypedClass =>
  module(`Lazy${name}(eps: number = 0.00001, momentum: number = 0.1, affine: boolean = ${on}, track_running_stats: boolean = ${on}, ${placed})`, like(`A ${name}`, "num_features"), running)

export const lazies: readonly TypedClass[] = [
  module(`LazyLinear(out_features: number, bias: boolean = true, ${placed})`, like("A Linear", "in_features"), [weight, bias]),
  ...[1, 2, 3].flatMap((rank) => [convolution(rank), transposed(rank), norm(`BatchNorm${rank}d`, true), norm(`InstanceNorm${rank}d`, false)]),
]
