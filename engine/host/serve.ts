// What the engine's thread does, whatever kind of thread it is: answers the supervisor's calls with the snippet
// compiler. Apart from worker.ts, which knows Node; a web worker brings its own surroundings to the same code.

import type { RunRequest, RunResult } from "../protocol/api.ts"
import { Fault, faultData, staleHandle } from "../protocol/faults.ts"
import { connect, type Channel } from "../protocol/rpc.ts"
import { runHere, warm, type Session } from "../snippet/run.ts"
import type { SupervisorApi, ThreadApi } from "./threadApi.ts"

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

/** Answers the supervisor until the channel closes. Returns where to report an error that nobody caught. */
export function serve(channel: Channel, surroundings: Surroundings): (error: unknown) => void {
  let session: Session | null = null
  let realm: Realm | null = null
  let ready = false
  let stray: { readonly error: unknown } | null = null

  const strayed = (error: unknown): void => {
    stray ??= { error }
  }

  function prepare(): void {
    if (ready) return
    warm()
    surroundings.close()
    ready = true
  }

  async function run(request: RunRequest): Promise<{ result: RunResult; spoiled?: string }> {
    prepare()
    if (request.explain === undefined) session = null
    stray = null
    surroundings.tidy()
    surroundings.limitMemory(request.memoryLimit)
    realm = surroundings.openRealm(strayed)
    try {
      const { evaluate } = realm
      const ran = await runHere(request, {
        output: surroundings.output,
        stopRequested: surroundings.stopRequested,
        waited: surroundings.waited,
        evaluate,
        places: (spans) => supervisor.places(spans),
        again: () => surroundings.openRealm(() => undefined),
      })
      if (request.explain === undefined) session = ran.session
      await surroundings.settled()
      const spoiled = surroundings.spoiled()
      return { result: withStray(ran.result, stray), ...(spoiled === null ? {} : { spoiled }) }
    } finally {
      realm.close()
      surroundings.limitMemory(0)
    }
  }

  const api: ThreadApi = {
    prepare: async () => prepare(),
    run,
    graph: async (tensorId) => (session ?? noRun(tensorId)).graph(tensorId),
    values: async (tensorId, of, start, size) => (session ?? noRun(tensorId)).values(tensorId, of, start, size),
  }
  const supervisor = connect<SupervisorApi, ThreadApi>(channel, api)
  return strayed
}

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

function noRun(tensorId: number): never {
  throw staleHandle(tensorId)
}
