// FEATURES.md: which of PyTorch's names are there, counted against the names in PyTorch's own documentation.
// Written from what the engine really has, so that the page cannot promise more.
import { readFileSync } from "node:fs"
import { Tensor, torch } from "../../engine/torch.ts"

const documented = JSON.parse(readFileSync(new URL("../fixtures/pytorchNames.json", import.meta.url), "utf8")) as Readonly<Record<string, string>>

/** The object that holds a namespace's names: `torch.nn.functional` and so on; Tensor's are on its prototype. */
function holderOf(namespace: string): object {
  if (namespace === "torch.Tensor") return Tensor.prototype
  let at: unknown = torch
  for (const part of namespace.split(".").slice(1)) at = (at as Record<string, unknown> | undefined)?.[part]
  return (at ?? {}) as object // A namespace that is not there holds nothing.
}

function has(holder: object, name: string): boolean {
  return name in holder
}

/** The text of FEATURES.md. */
export function featuresPage(): string {
  const rows: string[] = []
  const sections: string[] = []
  const shown = new Tensor({ array: new Float32Array(1), version: 0 } as never, torch["float32"] as never, [1], [1], 0) // Fields of an instance count as names too.
  for (const [namespace, text] of Object.entries(documented)) {
    const names = text.split(" ")
    const holder = namespace === "torch.Tensor" ? shown : holderOf(namespace)
    const there = names.filter((name) => has(holder, name))
    const missing = names.filter((name) => !there.includes(name))
    rows.push(`| \`${namespace}\` | ${there.length} | ${names.length} |`)
    sections.push(`## ${namespace}\n\n**There:** ${list(there)}\n\n**Not there:** ${list(missing)}`)
  }
  return `# What of PyTorch is there

Counted against the public names of PyTorch ${"1.13"}'s own modules; written by \`npm run features\` from the engine itself, and checked by a test. A name that is
not there says so when it is called, with the nearest name that is.

| namespace | there | documented |
| --- | ---: | ---: |
${rows.join("\n")}

${sections.join("\n\n")}
`
}

const list = (names: readonly string[]): string => (names.length ? names.map((name) => `\`${name}\``).join(", ") : "none")
