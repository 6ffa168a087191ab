// One run of a snippet in this very thread and what is left of it: the trace, the verdicts, the values that can be
// asked for. What the engine's seats call; apart from the performance, which only runs.
import { recording } from "../autograd/node.ts"
import { watching } from "../autograd/watching.ts"
import type { RunRequest, RunResult } from "../protocol/api.ts"
import { printText, resetState, torch } from "../torch.ts"
import { anySeed, chanceFrom } from "./chance.ts"
import { compile } from "./compile.ts"
import { explain } from "./explain.ts"
import { graphOf } from "./graph.ts"
import { resetNaming } from "./naming.ts"
import { both, Observer } from "./observer.ts"
import { clock, perform, type RunHost } from "./perform.ts"
import { Recorder, type Handles } from "./recorder.ts"
import { momentOfRun, stepsOfRun } from "./revisit.ts"
import { makeRuntime } from "./runtime.ts"
import { Session } from "./session.ts"
import { SiteTable } from "./sites.ts"
import { verdictsOf } from "./verdicts.ts"

export { Session, type RunHost }

/** What was run before in this thread, for requests that ask about it. */
export interface Before {
  /** Who answers for a tensor of the last run, or of a moment of it; null where there is none. */
  sessionOf(tensorId: number): Session | null
  /** The first handle that a moment of the last run may use. */
  readonly firstHandle: number
}

const nothingBefore: Before = { sessionOf: () => null, firstHandle: 1 }

/** Tells a request that is about the last run, which stays as it is. */
export function isQuestion({ explain: question, steps, until }: RunRequest): boolean {
  return question !== undefined || steps !== undefined || until !== undefined
}

/** Runs a snippet, or answers what is asked about one by running it unseen. Always resolves: what goes wrong in it is the result's `error`. */
export async function runHere(request: RunRequest, host: RunHost, before: Before = nothingBefore): Promise<{ result: RunResult; session: Session }> {
  const began = clock.now()
  if (request.explain !== undefined) return { result: await explain(request, request.explain, host, began), session: new Session(new Map()) }
  if (request.steps !== undefined) {
    const subject = before.sessionOf(request.steps.tensorId)?.subject(request.steps.tensorId) ?? null
    return { result: await stepsOfRun(request, request.steps, subject, host, began), session: new Session(new Map()) }
  }
  if (request.until !== undefined) return momentOfRun(request, host, began, before.firstHandle)
  const table = new SiteTable()
  const recorder = request.trace ? new Recorder(table) : null
  const observer = (request.verdicts ?? request.trace) ? new Observer(table) : null
  if (recorder !== null && observer !== null) observer.flows.onGathered = (tensor) => recorder.gathered(tensor)
  const seed = request.seed ?? anySeed()
  if (host.again !== undefined) host.evaluate(chanceFrom(seed), "realm")
  recording.gradients = request.trace
  recording.passes = 0
  watching.by = observer?.flows ?? null
  const ran = await perform(request, host, { table, began, recorder, seed, watcher: recorder !== null && observer !== null ? both(recorder, observer) : (recorder ?? observer) })
  watching.by = null
  const { records, modules, loops, handles } = recorder?.finish() ?? { records: [], modules: [], loops: [], handles: new Map() as Handles }
  const verdicts = observer === null ? undefined : await verdictsOf(observer, request, host, ran, clock.now() - began)
  const result: RunResult = {
    runId: request.runId,
    stdout: ran.stdout,
    ...(ran.error === undefined ? {} : { error: ran.error }),
    warnings: ran.warnings,
    trace: { records, ...(loops.length === 0 ? {} : { loops }), ...(modules.length === 0 ? {} : { modules }) },
    seed,
    ...(verdicts === undefined ? {} : { verdicts }),
    durationMs: clock.now() - began,
    device: "cpu",
  }
  return { result, session: new Session(handles) }
}

/** Loads and warms the compiler, the core and the recorder, so that the first run is quick. */
export function warm(): void {
  const table = new SiteTable()
  // The second time is several times faster than the first; so would the learner's be.
  for (let i = 0; i < 3; i++) {
    compile('import torch from "torch"\nconst x = torch.ones(2, { requires_grad: true })\nfor (const row of x * 2 + 1) { print(row[0]) }\nx.sum().backward()', { table, trace: true })
  }
  resetNaming(table)
  const recorder = new Recorder(table)
  const runtime = makeRuntime({ table, recorder, turn: () => undefined, show: () => undefined, floating: () => undefined })
  const x = runtime.m(1, torch, "ones", 2, 2, { requires_grad: true })
  const out = runtime.m(2, runtime.mul(3, runtime.add(4, x, 2), 3), "mean")
  runtime.m(5, out, "backward")
  printText([x, out])
  const { handles } = recorder.finish()
  for (const tensor of handles.values()) graphOf(tensor)
  resetState()
}

