// One run of a snippet in this very thread and what is left of it: the trace, the verdicts, the values that can be
// asked for. What the engine's seats call; apart from the performance, which only runs.
import { recording } from "../autograd/node.ts"
import { beginRun, deviceOfRun, gpuHasFailed } from "../backends/webgpu/device.ts"
import { watching } from "../autograd/watching.ts"
import type { RunRequest, RunResult } from "../protocol/api.ts"
import { printText, resetState, torch } from "../torch.ts"
import { boundariesOf } from "./boundaries.ts"
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
import { judge, type Judgement } from "./verdicts.ts"

export { Session, type RunHost }

/** What was run before in this thread, for requests that ask about it. */
export interface Before {
  /** Who answers for a tensor of the last run, or of a moment of it; null where there is none. */
  sessionOf(tensorId: number): Session | null
  /** The first handle that a moment of the last run may use. */
  readonly firstHandle: number
  /** What remains to be judged of the last run. */
  readonly judgement?: Judgement | undefined
}

const nothingBefore: Before = { sessionOf: () => null, firstHandle: 1 }

/** Tells a request that is about the last run, which stays as it is. */
export function isQuestion({ explain: question, steps, until, verdicts }: RunRequest): boolean {
  return question !== undefined || steps !== undefined || until !== undefined || verdicts === "rest"
}

/** Runs a snippet, or answers what is asked about one by running it unseen. Always resolves: what goes wrong in it is the result's `error`. */
export async function runHere(request: RunRequest, host: RunHost, before: Before = nothingBefore): Promise<{ result: RunResult; session: Session; judgement?: Judgement }> {
  const began = clock.now()
  beginRun(request.device, isQuestion(request))
  if (request.explain !== undefined) return { result: await explain(request, request.explain, host, began), session: new Session(new Map()) }
  if (request.steps !== undefined) {
    const subject = before.sessionOf(request.steps.tensorId)?.subject(request.steps.tensorId) ?? null
    return { result: await stepsOfRun(request, request.steps, subject, host, began), session: new Session(new Map()) }
  }
  if (request.until !== undefined) return momentOfRun(request, host, began, before.firstHandle)
  if (request.verdicts === "rest") return restOf(request, host, before.judgement)
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
  const isSoon = request.verdicts === "soon"
  // What went with a GPU cannot be looked at.
  const judgement = observer === null || gpuHasFailed() ? undefined : judge(observer, request, ran, clock.now() - began, isSoon)
  const verdicts = isSoon ? judgement?.verdicts : ((await judgement?.rest?.(host)) ?? judgement?.verdicts)
  const boundaries = recorder === null || observer === null ? [] : boundariesOf(observer, request.source)
  const result: RunResult = {
    runId: request.runId,
    stdout: ran.stdout,
    ...(ran.error === undefined ? {} : { error: ran.error }),
    warnings: ran.warnings,
    trace: { records, ...(loops.length === 0 ? {} : { loops }), ...(modules.length === 0 ? {} : { modules }), ...(boundaries.length === 0 ? {} : { boundaries }) },
    seed,
    ...(verdicts === undefined ? {} : { verdicts }),
    ...(isSoon && judgement?.rest ? { verdictsPending: true } : {}),
    durationMs: clock.now() - began,
    ...deviceOfRun(),
  }
  return { result, session: new Session(handles), ...(isSoon && judgement !== undefined ? { judgement } : {}) }
}

/** The verdicts that only another run can tell, of the run before. */
async function restOf({ runId }: RunRequest, host: RunHost, judgement: Judgement | undefined): Promise<{ result: RunResult; session: Session }> {
  const began = clock.now()
  const verdicts = (await judgement?.rest?.(host)) ?? judgement?.verdicts ?? []
  return { result: { runId, stdout: "", warnings: [], trace: { records: [] }, verdicts, durationMs: clock.now() - began, device: "cpu" }, session: new Session(new Map()) }
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

