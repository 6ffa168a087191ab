// torchvision.models.resnet18, 34 and 50 (He et al. 2015): torchvision's names, order and initialisation, so that a
// seed gives the same weights and a saved state fits.
import { untracked } from "../autograd/modes.ts"
import { bind } from "../tensor/bind.ts"
import { parseSignature } from "../ops/signature.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { Sequential } from "../nn/containers.ts"
import { init } from "../nn/init.ts"
import { Module } from "../nn/module.ts"
import { nn } from "../nn/namespace.ts"
import { weightEnumerations, withWeights, type WeightsChoice } from "./weights.ts"
import type { Published } from "../protocol/weightTable.ts"

type Layer = (x: Tensor) => Tensor

/** A layer of torch.nn by its class's name. */
function layer(name: string, ...args: readonly unknown[]): Layer {
  return Reflect.construct(nn[name] as new () => object, args) as Layer // Modules are called.
}

const conv3x3 = (from: number, to: number, stride = 1): Layer => layer("Conv2d", from, to, { kernel_size: 3, stride, padding: 1, bias: false })
const conv1x1 = (from: number, to: number, stride = 1): Layer => layer("Conv2d", from, to, { kernel_size: 1, stride, bias: false })

/** One block: its way through, and the shortcut that is added to it. */
abstract class Block extends Module {
  abstract through(x: Tensor): Tensor
  declare readonly downsample: Layer | null

  override forward(...inputs: readonly unknown[]): Tensor {
    const x = inputs[0] as Tensor
    const out = this.through(x)
    return (this["relu"] as Layer)(out.add_(this.downsample ? this.downsample(x) : x))
  }
}

/** Two convolutions of 3 × 3. */
class BasicBlock extends Block {
  static readonly expansion = 1
  constructor(from: number, width: number, stride: number, downsample: Layer | null) {
    super()
    Object.assign(this, {
      conv1: conv3x3(from, width, stride),
      bn1: layer("BatchNorm2d", width),
      relu: layer("ReLU", { inplace: true }),
      conv2: conv3x3(width, width),
      bn2: layer("BatchNorm2d", width),
      downsample,
    })
  }
  through(x: Tensor): Tensor {
    const { conv1, bn1, relu, conv2, bn2 } = this as unknown as Readonly<Record<string, Layer>> // Assigned by the constructor.
    return bn2!(conv2!(relu!(bn1!(conv1!(x)))))
  }
}

/** 1 × 1 down, 3 × 3, 1 × 1 up. */
class Bottleneck extends Block {
  static readonly expansion = 4
  constructor(from: number, width: number, stride: number, downsample: Layer | null) {
    super()
    Object.assign(this, {
      conv1: conv1x1(from, width),
      bn1: layer("BatchNorm2d", width),
      conv2: conv3x3(width, width, stride),
      bn2: layer("BatchNorm2d", width),
      conv3: conv1x1(width, width * Bottleneck.expansion),
      bn3: layer("BatchNorm2d", width * Bottleneck.expansion),
      relu: layer("ReLU", { inplace: true }),
      downsample,
    })
  }
  through(x: Tensor): Tensor {
    const { conv1, bn1, conv2, bn2, conv3, bn3, relu } = this as unknown as Readonly<Record<string, Layer>> // As above.
    return bn3!(conv3!(relu!(bn2!(conv2!(relu!(bn1!(conv1!(x))))))))
  }
}

type BlockClass = typeof BasicBlock | typeof Bottleneck

/** The whole network for images of three channels. */
class ResNet extends Module {
  constructor(block: BlockClass, depths: readonly [number, number, number, number], classes: number) {
    super()
    let channels = 64
    const stage = (width: number, count: number, stride: number): Sequential => {
      const wide = width * block.expansion
      const shortcut = stride !== 1 || channels !== wide ? (Reflect.construct(Sequential, [conv1x1(channels, wide, stride), layer("BatchNorm2d", wide)]) as unknown as Layer) : null
      const blocks: Block[] = [new block(channels, width, stride, shortcut)]
      channels = wide
      for (let i = 1; i < count; i++) blocks.push(new block(channels, width, 1, null))
      return new Sequential(...blocks)
    }
    this["conv1"] = layer("Conv2d", 3, 64, { kernel_size: 7, stride: 2, padding: 3, bias: false })
    this["bn1"] = layer("BatchNorm2d", 64)
    this["relu"] = layer("ReLU", { inplace: true })
    this["maxpool"] = layer("MaxPool2d", { kernel_size: 3, stride: 2, padding: 1 })
    this["layer1"] = stage(64, depths[0], 1)
    this["layer2"] = stage(128, depths[1], 2)
    this["layer3"] = stage(256, depths[2], 2)
    this["layer4"] = stage(512, depths[3], 2)
    this["avgpool"] = layer("AdaptiveAvgPool2d", [1, 1])
    this["fc"] = layer("Linear", 512 * block.expansion, classes)
    this.draw()
  }

  /** He et al.'s initialisation for the convolutions, in the order of the modules. */
  private draw(): void {
    const kaiming = init["kaiming_normal_"] as (weight: unknown, options: object) => unknown
    untracked(() => {
      for (const module of this.modules()) if (module._get_name() === "Conv2d") kaiming(module["weight"], { mode: "fan_out", nonlinearity: "relu" })
    })
  }

  override forward(...inputs: readonly unknown[]): Tensor {
    const { conv1, bn1, relu, maxpool, layer1, layer2, layer3, layer4, avgpool, fc } = this as unknown as Readonly<Record<string, Layer>> // Assigned by the constructor.
    const start = maxpool!(relu!(bn1!(conv1!(inputs[0] as Tensor))))
    const pooled = avgpool!(layer4!(layer3!(layer2!(layer1!(start)))))
    return fc!(pooled.flatten(1))
  }
}

for (const [name, made] of Object.entries({ BasicBlock, Bottleneck, ResNet })) Object.defineProperty(made, "name", { value: name })

function model(name: Published, block: BlockClass, depths: readonly [number, number, number, number]): (...args: readonly unknown[]) => ResNet {
  const signature = parseSignature(`${name}(*, weights: unknown = null, progress: boolean = true, pretrained: boolean = false, num_classes: number = 1000)`)
  // The binder made what the signature names, and WeightsChoice says the same in types.
  return (...args) => withWeights(name, bind(signature, args) as unknown as WeightsChoice, (classes) => new ResNet(block, depths, classes))
}

export const models: Readonly<Record<string, unknown>> = {
  ResNet,
  ...weightEnumerations,
  resnet18: model("resnet18", BasicBlock, [2, 2, 2, 2]),
  resnet34: model("resnet34", BasicBlock, [3, 4, 6, 3]),
  resnet50: model("resnet50", Bottleneck, [3, 4, 6, 3]),
}
