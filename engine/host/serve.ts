// What the engine's thread does, whatever kind of thread it is: answers the supervisor's calls with the snippet
// compiler. Apart from worker.ts, which knows Node; a web worker brings its own surroundings to the same code.

import { terms } from "../backends/wasm/crew.ts"
import type { RunRequest, RunResult } from "../protocol/api.ts"
import { Fault, faultData, staleHandle } from "../protocol/faults.ts"
import { connect, type Channel } from "../protocol/rpc.ts"
import { isQuestion, runHere, warm, type Session } from "../snippet/run.ts"
import type { Judgement } from "../snippet/verdicts.ts"
import type { SupervisorApi, ThreadApi } from "./threadApi.ts"

// Captured now: the engine's realm is closed before the first run.
const { setTimeout } = globalThis

/** The place that one run of a snippet lives in. */
export interface Realm {
  /** Runs compiled code in the realm and gives its value. */
  evaluate(code: string, fileName: string): unknown
  /** Ends the run's timers; none of its callbacks is called any more. */
  close(): void
}

/** What a thread brings along. */
export interface Surroundings {
  /** A fresh place to run in. `failed` gets what a timer's callback threw. */
  openRealm(failed: (error: unknown) => void): Realm
  /** Called once when everything is loaded: closes the engine's realm to the snippet. */
  close(): void
  output(text: string): void
  stopRequested(): boolean
  /** Milliseconds that snippets have waited for downloads in this thread. */
  waited(): number
  /** Sets the memory that a run may take; megabytes, 0 is no limit. */
  limitMemory(limit: number): void
  /** Frees what the last run left behind, when that is much. */
  tidy(): void
  /** Tells what a run changed that the next one would meet. */
  spoiled(): string | null
  /** Waits until every promise of the snippet that can go on has gone on. */
  settled(): Promise<void>
}

/** More handles than a run has; those of a moment of it begin at a multiple. */
const handlesOfRun = 1_000_000

/** Answers the supervisor until the channel closes. Returns where to report an error that nobody caught. */
export function serve(channel: Channel, surroundings: Surroundings): (error: unknown) => void {
  let session: Session | null = null
  /** A moment of the last run. */
  let moment: Session | null = null
  let moments = 0
  let judgement: Judgement | undefined
  let realm: Realm | null = null
  let ready = false
  let stray: { readonly error: unknown } | null = null

  function ownerOf(tensorId: number): Session | null {
    return [session, moment].find((one) => one?.has(tensorId)) ?? null
  }

  function sessionOf(tensorId: number): Session {
    const owner = ownerOf(tensorId)
    if (owner === null) throw staleHandle(tensorId)
    return owner
  }

  const strayed = (error: unknown): void => {
    stray ??= { error }
  }

  function prepare(): void {
    if (ready) return
    warm()
    surroundings.close()
    ready = true
  }

  /** Runs follow one another: a question that comes while the rehearsal runs waits for it. */
  let last: Promise<unknown> = Promise.resolve()
  let asked = false

  function inTurn(request: RunRequest, output: (text: string) => void): Promise<{ result: RunResult; spoiled?: string }> {
    const turn = last.then(() => run(request, output))
    last = turn.catch(() => undefined)
    return turn
  }

  async function rehearse(): Promise<void> {
    for (const source of rehearsals) {
      if (asked) return
      await inTurn({ ...rehearsal, source }, () => undefined)
    }
    // Nobody is to be answered about it.
    if (!asked) session = null
  }

  async function run(request: RunRequest, output: (text: string) => void): Promise<{ result: RunResult; spoiled?: string }> {
    prepare()
    if (!isQuestion(request)) {
      session = moment = null
      judgement = undefined
    }
    stray = null
    surroundings.tidy()
    surroundings.limitMemory(request.memoryLimit)
    terms.threads = request.threads ?? terms.usual
    realm = surroundings.openRealm(strayed)
    try {
      const { evaluate } = realm
      const ran = await runHere(request, {
        output,
        stopRequested: surroundings.stopRequested,
        waited: surroundings.waited,
        evaluate,
        places: (spans) => supervisor.places(spans),
        again: () => surroundings.openRealm(() => undefined),
      }, { sessionOf: ownerOf, firstHandle: (request.until === undefined ? moments : ++moments) * handlesOfRun, judgement })
      if (!isQuestion(request)) {
        session = ran.session
        judgement = ran.judgement
      } else if (request.verdicts === "rest") {
        // What was stopped is still to be looked for.
        if (!surroundings.stopRequested()) judgement = { verdicts: ran.result.verdicts ?? [], rest: null }
      }
      else if (request.until !== undefined && request.explain === undefined && request.steps === undefined) moment = ran.session
      await surroundings.settled()
      const spoiled = surroundings.spoiled()
      return { result: withStray(ran.result, stray), ...(spoiled === null ? {} : { spoiled }) }
    } finally {
      realm.close()
      surroundings.limitMemory(0)
    }
  }

  const api: ThreadApi = {
    prepare: async () => {
      prepare()
      // After the answer, and not before a run that is asked for already: nobody waits for this.
      setTimeout(() => void rehearse(), 0)
    },
    run: (request) => {
      asked = true
      return inTurn(request, surroundings.output)
    },
    graph: async (tensorId) => sessionOf(tensorId).graph(tensorId),
    values: async (tensorId, of, start, size) => sessionOf(tensorId).values(tensorId, of, start, size),
    statistics: async (tensorId, of) => sessionOf(tensorId).statistics(tensorId, of),
  }
  const supervisor = connect<SupervisorApi, ThreadApi>(channel, api)
  return strayed
}

/** What a first lesson is made of: run unseen before the learner's first run, so that theirs is as quick as later ones. */
const rehearsals = ["mean", "sum"].map((name) => `import torch from "torch"
const x = torch.ones(2, 2, { requires_grad: true })
const y = x + 2
const z = y * y * 3
const out = z.${name}()
out.backward()
print(x.grad)
for (let i = 0; i < 2; i++) { const loss = ((x * i - 1) ** 2).mean(); print(i, loss.item()) }
`)
const rehearsal: Omit<RunRequest, "source"> = { runId: 0, fileName: "rehearsal.ts", device: "cpu", timeLimit: 1, memoryLimit: 0, trace: true }

/** A promise that failed with nobody waiting, or a timer's callback that threw, is the run's error where it has none. */
function withStray(result: RunResult, stray: { readonly error: unknown } | null): RunResult {
  if (!stray || result.error) return result
  const { error } = stray
  const thrown = typeof error === "object" && error !== null ? (error as Partial<Record<"name" | "message" | "hint", unknown>>) : { message: error }
  const fault = new Fault(
    typeof thrown.name === "string" ? thrown.name : "Error",
    String(thrown.message ?? error),
    typeof thrown.hint === "string" ? thrown.hint : "It was thrown where nothing waits for it: in a timer, or in a promise without await.",
  )
  return { ...result, error: faultData(fault) }
}
