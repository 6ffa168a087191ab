// Going back to a time of the last run by running it again, unseen: the moment at which a turn of a loop ended, and one
// backward pass step by step. The same listeners as in the run that was seen, so that every node has the same number.
import type { FaultData, RunRequest, RunResult, StepsQuestion, Trace } from "../protocol/api.ts"
import { Fault, faultData, staleHandle } from "../protocol/faults.ts"
import { naming } from "./naming.ts"
import { both, Observer } from "./observer.ts"
import { clock, type RunHost } from "./perform.ts"
import { Recorder } from "./recorder.ts"
import { rerun } from "./rerun.ts"
import { Session } from "./session.ts"
import { SiteTable } from "./sites.ts"
import { noPass, PassRecorder, StepFlows, type Subject } from "./steps.ts"

/** Errors that leave nothing of the run to look at. */
const fatal = /^(Stopped|TimeLimit|MemoryLimit|SyntaxError)$/

/** The run as it was at the end of the turn that the request names. `firstHandle`: the handle of its first tensor. */
export async function momentOfRun(request: RunRequest, host: RunHost, began: number, firstHandle: number): Promise<{ result: RunResult; session: Session }> {
  const table = new SiteTable()
  const recorder = new Recorder(table, firstHandle)
  const observer = new Observer(table)
  observer.flows.onGathered = (tensor) => recorder.gathered(tensor)
  let trace: Trace = { records: [] }
  let session = new Session(new Map())
  const ended = (): void => {
    const { records, modules, loops, handles } = recorder.finish(1)
    trace = { records, loops, ...(modules.length === 0 ? {} : { modules }) }
    session = new Session(handles, { ...naming })
  }
  const { error, stdout } = await rerun(request, host, { table, recording: both(recorder, observer), watcher: observer.flows, seed: undefined, gradients: true, recorder, began, ended })
  return { result: { ...answer(request, began, error === undefined || !fatal.test(error.name) ? undefined : error), stdout, trace }, session }
}

/** One backward pass of the run. The result has `steps`, or an `error` that says why it has none. */
export async function stepsOfRun(request: RunRequest, { tensorId, pass: wanted }: StepsQuestion, subject: Subject | null, host: RunHost, began: number): Promise<RunResult> {
  if (subject === null) return answer(request, began, faultData(staleHandle(tensorId)))
  if (subject.lastPass === 0) return answer(request, began, faultData(noPass()))
  const table = new SiteTable()
  const observer = new Observer(table)
  const pass = new PassRecorder(subject, wanted)
  observer.flows = new StepFlows(pass)
  const { error } = await rerun(request, host, { table, recording: both(new Recorder(table), observer), watcher: observer.flows, seed: undefined, pass, began })
  if (error !== undefined && fatal.test(error.name)) return answer(request, began, error)
  try {
    return { ...answer(request, began, undefined), steps: pass.pass }
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown
    return answer(request, began, faultData(thrown))
  }
}

function answer({ runId }: RunRequest, began: number, error: FaultData | undefined): RunResult {
  return { runId, stdout: "", ...(error === undefined ? {} : { error }), warnings: [], trace: { records: [] }, durationMs: clock.now() - began, device: "cpu" }
}
