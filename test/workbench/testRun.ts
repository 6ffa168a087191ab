// Every step of `npm test`, in order of cost, and the count at the end: `N passed, N failed`.
// A step that fails does not keep the later ones from running, except the build. `--only=journeys,suite` picks steps,
// and for journeys a further `--journey=NAME` picks files. What runs in a whole VS Code is tried once more when it
// fails, in a fresh one: what holds then is counted, and named as unsteady.
import { existsSync, globSync, readFileSync, rmSync } from "node:fs"
import { basename, join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Journey } from "./journey.ts"
import { artifact, artifacts, removeTemporaryFolders, root } from "./places.ts"
import { build, runNode } from "./programs.ts"
import { runSuite, type SuiteHost } from "./suite.ts"

interface Outcome {
  readonly passed: number
  readonly failed: readonly Failure[]
  readonly skipped?: readonly string[]
  /** What failed, and held when it was tried again. */
  readonly unsteady?: readonly Failure[]
}

interface Failure {
  readonly name: string
  readonly why: string
}

const steps: Readonly<Record<string, () => Promise<Outcome>>> = { build: buildStep, check: checkStep, vitest: vitestStep, suite: () => suiteStep("node"), web: () => suiteStep("browser"), journeys: journeysStep }

const argument = (name: string) => process.argv.find((word) => word.startsWith(`--${name}=`))?.split("=")[1]?.split(",")
const only = argument("only")

rmSync(artifacts, { recursive: true, force: true })
const outcomes: Outcome[] = []
for (const [name, step] of Object.entries(steps)) {
  if (only !== undefined && !only.includes(name)) continue
  const started = Date.now()
  console.log(`\n== ${name}`)
  const outcome = await step().catch((reason: unknown): Outcome => ({
    passed: 0,
    failed: [{ name: `the step ${name} runs`, why: reason instanceof Error ? (reason.stack ?? reason.message) : String(reason) }],
  }))
  outcomes.push(outcome)
  console.log(`-- ${name}: ${outcome.passed} passed, ${outcome.failed.length} failed, ${Math.round((Date.now() - started) / 1000)} s`)
  if (name === "build" && outcome.failed.length > 0) break
}

removeTemporaryFolders()

for (const { name, why } of outcomes.flatMap(({ failed }) => failed)) console.log(`\nFAILED ${name}\n${why.replace(/^/gm, "    ")}`)
for (const { name, why } of outcomes.flatMap(({ unsteady }) => unsteady ?? [])) console.log(`\nUNSTEADY, it held the second time: ${name}\n${why.replace(/^/gm, "    ")}`)
const skipped = outcomes.flatMap((outcome) => outcome.skipped ?? [])
if (skipped.length > 0) console.log(`\nskipped:\n${skipped.map((name) => `    ${name}`).join("\n")}`)
const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0)
const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed.length, 0)
console.log(`\n${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

async function buildStep(): Promise<Outcome> {
  const text = await build()
  if (text !== "") console.log(text.trimEnd())
  // An entry that is missing means a part of the product that is missing.
  const skippedEntries = text.split("\n").filter((line) => line.startsWith("skipped "))
  return skippedEntries.length === 0 ? { passed: 1, failed: [] } : { passed: 0, failed: [{ name: "every product is built", why: skippedEntries.join("\n") }] }
}

async function checkStep(): Promise<Outcome> {
  const { code, text } = await runNode("node_modules/typescript/bin/tsc", ["--noEmit"])
  return code === 0 ? { passed: 1, failed: [] } : { passed: 0, failed: [{ name: "the sources type-check", why: text }] }
}

async function vitestStep(): Promise<Outcome> {
  const report = artifact("vitest.json")
  const { text } = await runNode("node_modules/vitest/vitest.mjs", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`], true)
  if (!existsSync(report)) throw new Error(`vitest left no report.\n${text}`)
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as VitestReport
  const tests = testResults.flatMap((file) => file.assertionResults)
  // A file that breaks while it is loaded has no tests to report.
  const broken = testResults.filter((file) => file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed"))
  return {
    passed: tests.filter(({ status }) => status === "passed").length,
    failed: [
      ...tests.filter(({ status }) => status === "failed").map(({ fullName, failureMessages }) => ({ name: fullName, why: failureMessages.join("\n") })),
      ...broken.map(({ name, message }) => ({ name: `${name} loads`, why: message })),
    ],
    skipped: tests.filter(({ status }) => status !== "passed" && status !== "failed").map(({ fullName }) => fullName),
  }
}

/** The part of vitest's JSON report that is read here. */
interface VitestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string; readonly failureMessages: readonly string[] }[]
  }[]
}

/** Tries once more what failed. */
async function steadied(run: () => Promise<Outcome>): Promise<Outcome> {
  const first = await run()
  if (first.failed.length === 0) return first
  console.log("  once more, as something failed:")
  const second = await run()
  const failing = new Set(second.failed.map(({ name }) => name))
  return { ...second, unsteady: first.failed.filter(({ name }) => !failing.has(name)) }
}

function suiteStep(host: SuiteHost): Promise<Outcome> {
  return steadied(async () => {
    const { passed, failed, leftOut, where } = await runSuite(host)
    console.log(`in ${where}`)
    for (const name of passed) console.log(`  ok ${name}`)
    for (const { name } of failed) console.log(`  NOT OK ${name}`)
    return { passed: passed.length, failed, skipped: leftOut.map((each) => `${where}: ${each}`) }
  })
}

async function journeysStep(): Promise<Outcome> {
  const wanted = argument("journey")
  const files = globSync("test/journeys/**/*.journey.ts", { cwd: root }).sort()
  const chosen = files.filter((file) => wanted === undefined || wanted.some((name) => basename(file).startsWith(name)))
  const outcomes: Outcome[] = []
  for (const file of chosen) {
    const { default: journey } = (await import(pathToFileURL(join(root, file)).href)) as { default: Journey }
    outcomes.push(await steadied(() => walked(journey)))
  }
  return { passed: outcomes.reduce((sum, { passed }) => sum + passed, 0), failed: outcomes.flatMap(({ failed }) => failed), unsteady: outcomes.flatMap(({ unsteady }) => unsteady ?? []) }
}

async function walked(journey: Journey): Promise<Outcome> {
  console.log(journey.name)
  const claims = await journey.run()
  for (const { name, why, durationMs } of claims) console.log(`  ${why === undefined ? "ok" : "NOT OK"} ${name} (${durationMs} ms)`)
  const failed = claims.flatMap(({ name, why }) => (why === undefined ? [] : [{ name: `${journey.name}: ${name}`, why }]))
  return { passed: claims.length - failed.length, failed }
}
