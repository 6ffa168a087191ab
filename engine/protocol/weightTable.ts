// The trained weights that torchvision publishes and this engine's networks fit: their files, by network and name. The
// host downloads these and nothing else; the hash in a file's name is the beginning of its SHA-256.

/** Where torchvision publishes them. */
export const publishedAt = "https://download.pytorch.org/models/"

/** Files by network and by the name that `weights` takes. */
export const publishedWeights = {
  resnet18: { IMAGENET1K_V1: "resnet18-f37072fd.pth" },
  resnet34: { IMAGENET1K_V1: "resnet34-b627a593.pth" },
  resnet50: { IMAGENET1K_V1: "resnet50-0676ba61.pth", IMAGENET1K_V2: "resnet50-11ad3fa6.pth" },
} as const

export type Published = keyof typeof publishedWeights

/** The beginning of each file's SHA-256, in hexadecimal, by its name. */
export const publishedHashes: Readonly<Record<string, string>> = Object.fromEntries(
  Object.values(publishedWeights).flatMap((files) => Object.values(files).map((file) => [file, /-([0-9a-f]+)\.pth$/.exec(file)![1]!])),
)
