// Every fault that the operators' table says to throw, and those of the snippets that first-year learners break, as a
// Korean reader meets them: the message and the hint are Korean from the sentence that was really said.
import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { inUsersWords } from "../../extension/faultWords.ts"
import { Fault } from "../../engine/protocol/faults.ts"
import { resetState } from "../../engine/torch.ts"
import { programCases, verdictCases } from "../conformance/cases.ts"
import { argumentsOf, families, outputsOf } from "./tableCalls.ts"
import { run } from "./snippetRunning.ts"

const bundle = JSON.parse(readFileSync(new URL("../../l10n/bundle.l10n.ko.json", import.meta.url), "utf8")) as Record<string, string>
const korean = { bundle, t: (message: string, ...args: (string | number | boolean)[]) => (bundle[message] ?? message).replace(/\{(\d+)\}/g, (_, gap: string) => String(args[Number(gap)] ?? "")) }

/** What stays English of a fault. */
function english({ message, hint }: { readonly message: string; readonly hint?: string | undefined }): string[] {
  return [message, ...(hint === undefined ? [] : [hint])].filter((text) => !/[가-힣]/.test(inUsersWords(text, korean)))
}

test("every fault that the operators' table rejects its arguments with is told in Korean", async () => {
  const left: string[] = []
  let count = 0
  for (const [, operators] of await families()) {
    for (const operator of operators) {
      for (const { args } of operator.entry.rejects) {
        resetState()
        try {
          outputsOf(operator, argumentsOf(operator.entry, args))
        } catch (error) {
          count++
          if (error instanceof Fault) left.push(...english(error).map((text) => `${operator.title}: ${text}`))
        }
      }
    }
  }
  expect(count).toBeGreaterThan(150)
  expect(left).toEqual([])
}, 60_000)

test("every fault and warning of the recorded programs and verdict snippets is told in Korean, those that a program catches too", async () => {
  const caught: Fault[] = []
  Reflect.set(globalThis, "tellCaught", (error: unknown) => caught.push(...(error instanceof Fault ? [error] : [])))
  const left = new Set<string>()
  let count = 0
  const sources = [...programCases().filter(({ ts }) => ts.includes("catch")).map(({ ts }) => ts.replace(/catch \((\w+)(?:: \w+)?\) \{/g, "catch ($1) { globalThis.tellCaught($1);")), ...verdictCases().map(({ source }) => source)]
  for (const source of sources) {
    caught.length = 0
    const { result } = await run(source, { trace: false, timeLimit: 5, files: {} })
    for (const fault of [...(result.error ? [result.error] : []), ...result.warnings, ...caught]) {
      count++
      // What the learner throws is the learner's.
      if (!source.includes(fault.message)) for (const text of english(fault)) left.add(text)
    }
  }
  expect(count).toBeGreaterThan(20)
  expect([...left]).toEqual([])
}, 120_000)
