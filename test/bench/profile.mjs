// A processor profile in short: which functions the time went to while workloads were measured, warming up included.
import { copyFileSync, readFileSync } from "node:fs"

/** The functions with the most time of their own, as text; the largest profile is kept at `keptAt` for an editor to open. */
export function summary(files, keptAt) {
  const profiles = files.map((file) => ({ file, ...JSON.parse(readFileSync(file, "utf8")) })).sort((a, b) => b.samples.length - a.samples.length)
  copyFileSync(profiles[0].file, keptAt)
  const own = new Map()
  let total = 0
  for (const { nodes, samples, timeDeltas } of profiles) {
    const byId = new Map(nodes.map((one) => [one.id, one]))
    const parents = new Map(nodes.flatMap((one) => (one.children ?? []).map((child) => [child, one.id])))
    const isWithin = new Map()
    const within = (id) => {
      if (id === undefined) return false
      if (!isWithin.has(id)) isWithin.set(id, byId.get(id).callFrame.functionName === "measured" || within(parents.get(id)))
      return isWithin.get(id)
    }
    let began = false
    samples.forEach((id, i) => {
      began ||= within(id)
      if (!began) return
      const { functionName } = byId.get(id).callFrame
      own.set(functionName, (own.get(functionName) ?? 0) + timeDeltas[i])
      total += timeDeltas[i]
    })
  }
  const lines = [...own].sort((a, b) => b[1] - a[1]).slice(0, 30).map(([name, time]) => `${((100 * time) / total).toFixed(1).padStart(6)} %  ${name || "(anonymous)"}`)
  return [...lines, `The profile: ${keptAt}`].join("\n")
}
