// Running a snippet once more, unseen: what an explanation and the harder verdicts measure. Apart from the run that the
// learner sees, which it must leave as it was.
import { recording } from "../autograd/node.ts"
import { watching, type Watcher } from "../autograd/watching.ts"
import { widenFloats } from "../backends/dtype.ts"
import { door, readOnly } from "../nn/door.ts"
import type { RunRequest } from "../protocol/api.ts"
import { position } from "../tensor/position.ts"
import { warnings } from "../tensor/warnings.ts"
import { naming } from "./naming.ts"
import { clock, perform, type Performed, type RunHost } from "./perform.ts"
import type { Recording } from "./runtime.ts"
import type { SiteTable } from "./sites.ts"

export interface Rerun {
  readonly table: SiteTable
  readonly recording: Recording
  readonly watcher: Watcher | null
  readonly seed: number | undefined
  /** Compute in doubles. */
  readonly wide?: boolean
  /** Keep what every node saved, as it was then. */
  readonly keeps?: boolean
  readonly began?: number
}

/** The same random numbers of JavaScript's own in every run. */
const chance = "(() => { let s = 1; Math.random = () => { s = (s * 48271) % 2147483647; return s / 2147483647 } })()"

/** Performs the snippet without showing anything; the state of the engine is as before afterwards. */
export async function rerun(request: RunRequest, host: RunHost, how: Rerun): Promise<Performed> {
  const known = { naming: { ...naming }, recording: { ...recording }, by: watching.by, site: position.site, warnings: [...warnings], door: door.current }
  const realm = host.again?.() ?? { evaluate: host.evaluate, close: () => undefined }
  const silent: RunHost = { output: () => undefined, stopRequested: () => host.stopRequested(), waited: () => host.waited?.() ?? 0, evaluate: (code, name) => realm.evaluate(code, name) }
  // What the learner saved stays as the run that they saw has saved it.
  door.current = known.door && readOnly(known.door)
  recording.gradients = false
  recording.keeps = how.keeps === true
  watching.by = how.watcher
  widenFloats(how.wide === true)
  try {
    if (host.again !== undefined) realm.evaluate(chance, "realm")
    return await perform(request, silent, { table: how.table, began: how.began ?? clock.now(), recorder: null, watcher: how.recording, ...(how.seed === undefined ? {} : { seed: how.seed }) })
  } finally {
    widenFloats(false)
    realm.close()
    door.current = known.door
    Object.assign(naming, known.naming)
    Object.assign(recording, known.recording)
    watching.by = known.by
    position.site = known.site
    warnings.splice(0, warnings.length, ...known.warnings)
  }
}
