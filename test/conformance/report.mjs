// The fast tool for whoever fixes causes: counts by group, and the failing cases with got and want.
//   node test/conformance/report.mjs [programs|ops|explain|verdicts] [--topic T] [--op OP] [--id ID] [--fail] [--causes] [--raise]
// Apart from the tests so that one topic runs in a second.

import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

const own = fileURLToPath(new URL("../../node_modules/node/bin/node", import.meta.url))
// The modules beside this one are TypeScript: an older Node hands over to the one of the dev dependencies.
if (Number(process.versions.node.split(".")[0]) < 24 && existsSync(own)) {
  process.exit(spawnSync(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" }).status ?? 1)
}

const { programCases, opCases, explainCases, verdictCases } = await import("./cases.ts")
const { scorePrograms, scoreOps, scoreExplanations, scoreVerdicts, countByGroup, readFloor, writeFloor, raised } = await import("./score.ts")

const args = process.argv.slice(2)
const option = name => args.includes(name) ? args[args.indexOf(name) + 1] : undefined
const topic = option("--topic")
const op = option("--op")
const id = option("--id")
const wanted = one => (id === undefined || one.id.includes(id))
const chosen = topic !== undefined ? "programs" : op !== undefined ? "ops" : ["programs", "ops", "explain", "verdicts"].find(one => one === args[0])
const judged = async (title, score, cases) => chosen === undefined || chosen === title ? await score(cases().filter(wanted)) : []

// A missing build or a dead command line is a sentence for whoever reads, not a stack.
process.on("uncaughtException", error => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})

const programs = await judged("programs", scorePrograms, () => programCases().filter(one => topic === undefined || one.topic.startsWith(topic)))
const ops = await judged("ops", scoreOps, () => opCases().filter(one => op === undefined || one.op === op))
const explain = await judged("explain", scoreExplanations, explainCases)
const verdicts = await judged("verdicts", scoreVerdicts, verdictCases)

show("programs", programs)
show("ops", ops)
show("explain", explain)
show("verdicts", verdicts)
if (args.includes("--raise")) {
  const floor = readFloor()
  const better = (title, outcomes) => raised(floor[title] ?? {}, countByGroup(outcomes))
  writeFloor({ programs: better("programs", programs), ops: better("ops", ops), explain: better("explain", explain), verdicts: better("verdicts", verdicts) })
}

function show(title, outcomes) {
  if (outcomes.length === 0) return
  const failing = outcomes.filter(({ verdict }) => !verdict.ok)
  console.log(`${title} ${outcomes.length - failing.length}/${outcomes.length}`)
  const groups = [...countByGroup(outcomes)].filter(([, { passed, total }]) => title !== "ops" || passed < total)
  console.log("  " + groups.map(([group, { passed, total }]) => `${group} ${passed}/${total}`).join(", "))
  if (args.includes("--causes")) showCauses(failing)
  if (args.includes("--fail") || id !== undefined) failing.forEach(showCase)
}

function showCauses(failing) {
  const causes = new Map()
  for (const { id: name, verdict } of failing) {
    const cause = verdict.why.replace(/ \(line \d+\)$/, "").replace(/[-+]?\d+(\.\d+)?(e[-+]?\d+)?/g, "N").slice(0, 140)
    causes.set(cause, [...causes.get(cause) ?? [], name])
  }
  for (const [cause, names] of [...causes].sort(([, a], [, b]) => b.length - a.length)) {
    console.log(`  ${names.length} × ${cause}\n      ${names.slice(0, 6).join(" ")}${names.length > 6 ? " …" : ""}`)
  }
}

function showCase({ id: name, source, verdict, got, want }) {
  const indent = text => text.trimEnd().split("\n").map(line => "    " + line).join("\n")
  console.log(`\n── ${name}: ${verdict.why}\n${indent(source)}\n  got\n${indent(got)}\n  want\n${indent(want)}`)
}
