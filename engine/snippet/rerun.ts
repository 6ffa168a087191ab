// Running a snippet once more, unseen: what an explanation and the harder verdicts measure. Apart from the run that the
// learner sees, which it must leave as it was.
import { recording } from "../autograd/node.ts"
import { watching, type PassWatcher, type Watcher } from "../autograd/watching.ts"
import { widenFloats } from "../backends/dtype.ts"
import { door, readOnly } from "../nn/door.ts"
import type { Iteration, RunRequest } from "../protocol/api.ts"
import { Fault } from "../protocol/faults.ts"
import { position } from "../tensor/position.ts"
import { warnings } from "../tensor/warnings.ts"
import { anySeed, chanceFrom } from "./chance.ts"
import { naming } from "./naming.ts"
import { clock, perform, type Performed, type RunHost } from "./perform.ts"
import type { Recorder } from "./recorder.ts"
import type { Recording } from "./runtime.ts"
import type { SiteTable } from "./sites.ts"

export interface Rerun {
  readonly table: SiteTable
  readonly recording: Recording
  readonly watcher: Watcher | null
  /** The request's own, or any, where it is undefined. */
  readonly seed: number | undefined
  /** Compute in doubles. */
  readonly wide?: boolean
  /** Keep what every node saved, as it was then. */
  readonly keeps?: boolean
  readonly began?: number
  /** Keeps what print wrote, and counts turns. */
  readonly recorder?: Recorder
  /** Keep at each node the gradient that arrived. */
  readonly gradients?: boolean
  /** Follows the backward passes. */
  readonly pass?: PassWatcher
  /** Called when the run has ended and before the engine's state is put back. */
  readonly ended?: () => void
}

/**
 * Performs the snippet without showing anything, to its end or to that of the turn that the request names; the state of
 * the engine is as before afterwards.
 */
export async function rerun(request: RunRequest, host: RunHost, how: Rerun): Promise<Performed> {
  const known = { naming: { ...naming }, recording: { ...recording }, by: watching.by, pass: watching.pass, site: position.site, warnings: [...warnings], door: door.current }
  const realm = host.again?.() ?? { evaluate: host.evaluate, close: () => undefined }
  const turns = request.until === undefined ? null : new Turns(request.until)
  const silent: RunHost = { output: () => undefined, ...(turns === null ? {} : { atSite: (site: number) => turns.at(site) }), stopRequested: () => host.stopRequested(), waited: () => host.waited?.() ?? 0, evaluate: (code, name) => realm.evaluate(code, name) }
  // What the learner saved stays as the run that they saw has saved it.
  door.current = known.door && readOnly(known.door)
  recording.gradients = how.gradients === true
  recording.passes = 0
  recording.keeps = how.keeps === true
  watching.by = how.watcher
  watching.pass = how.pass ?? null
  widenFloats(how.wide === true)
  try {
    const seed = how.seed ?? request.seed ?? anySeed()
    if (host.again !== undefined) realm.evaluate(chanceFrom(seed), "realm")
    const performed = await perform(request, silent, { table: how.table, began: how.began ?? clock.now(), recorder: how.recorder ?? null, watcher: how.recording, seed })
    watching.pass = null
    how.ended?.()
    return turns?.isReached === true ? { ...performed, error: undefined } : performed
  } finally {
    widenFloats(false)
    realm.close()
    door.current = known.door
    Object.assign(naming, known.naming)
    Object.assign(recording, known.recording)
    watching.by = known.by
    watching.pass = known.pass
    position.site = known.site
    warnings.splice(0, warnings.length, ...known.warnings)
  }
}

/** Counts the turns of one loop, and ends the run when the wanted one is over: when the next one begins. */
class Turns {
  isReached = false
  private begun = 0
  constructor(private readonly until: Iteration) {}

  at(site: number): void {
    if (site !== this.until.loop || this.begun++ <= this.until.index) return
    this.isReached = true
    // One of those that pass through the learner's `catch`.
    throw new Fault("Stopped", "The turn that was asked for is over.")
  }
}
