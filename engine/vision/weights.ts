// What `weights` of a network may say: a published name, a file beside the snippet, or nothing. Apart from the network,
// which only says which weights it has.
import { faults } from "../tensor/faults.ts"
import type { Module } from "../nn/module.ts"
import { openDoor, valueOf } from "../nn/saving.ts"
import { publishedWeights, type Published } from "../protocol/weightTable.ts"

export interface WeightsChoice {
  readonly weights: unknown
  readonly pretrained: boolean
  readonly progress: boolean
  readonly num_classes: number
}

/** torchvision's enumerations: `ResNet18_Weights.IMAGENET1K_V1` and its like, as what `weights` takes. */
export const weightEnumerations: Readonly<Record<string, Readonly<Record<string, string>>>> = Object.fromEntries(
  Object.entries(publishedWeights).map(([network, files]) => {
    const title = `${network.replace("resnet", "ResNet")}_Weights`
    const names = Object.keys(files)
    return [title, Object.fromEntries([...names.map((name) => [name, `${title}.${name}`]), ["DEFAULT", `${title}.${names.at(-1)}`]])]
  }),
)

/** Fills a new network with trained weights, where some are asked for; `make` gets the number of classes. */
export function withWeights<Network extends Module>(network: Published, { weights, pretrained, progress, num_classes }: WeightsChoice, make: (classes: number) => Network): Network {
  // What is asked for is understood and there before half a second goes into random numbers.
  const asked = weights ?? (pretrained ? "IMAGENET1K_V1" : null)
  if (asked === null) return make(num_classes)
  if (typeof asked !== "string") throw faults.argument(`${network}: expected a name or a path for "weights", found ${typeof asked}.`, usage(network))
  const path = /\.(pth|pt|bin|safetensors)$/i.test(asked)
  const file = path ? asked : publishedFile(network, asked)
  if (!path && num_classes !== 1000) throw faults.value(`${network}: expected num_classes 1000, which the weights ${asked} were trained for, found ${num_classes}.`, "Take the model with its 1000 classes, then replace its last layer: model.fc = new nn.Linear(model.fc.in_features, classes).")
  const state = valueOf(path ? openDoor().read(file) : openDoor().weights(file, progress), file)
  const made = make(num_classes)
  made.load_state_dict(state)
  return made
}

/** The file that a name stands for: `IMAGENET1K_V1`, `DEFAULT`, or with the enumeration before it. */
function publishedFile(network: Published, asked: string): string {
  const files: Readonly<Record<string, string>> = publishedWeights[network]
  const name = asked.replace(/^\w+_Weights\./, "")
  const wanted = name === "DEFAULT" ? Object.keys(files).at(-1)! : name
  const isOthers = asked !== name && !asked.toLowerCase().startsWith(`${network}_weights.`)
  if (isOthers || !Object.hasOwn(files, wanted)) throw faults.value(`${network}: expected the name of trained weights (${Object.keys(files).join(", ")}, DEFAULT) or a path to a .pth, .pt, .bin or .safetensors file, found "${asked}".`, usage(network))
  return files[wanted]!
}

const usage = (network: string): string => `Write ${network}({ weights: "IMAGENET1K_V1" }) or ${network}({ weights: "./my.pth" }).`
