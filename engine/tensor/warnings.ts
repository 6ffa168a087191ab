// Warnings: things worth saying that do not stop the run, as PyTorch's own. The run collects them for the editor.
import type { Fault } from "../protocol/faults.ts"
import { fault } from "./faults.ts"

const most = 50

/** What was said since the state was last reset, each once for a place. */
export const warnings: Fault[] = []

/** Notes a warning at the place where the learner's code is now. */
export function warn(name: "UserWarning", message: string, hint: string): Fault {
  const made = fault(name, message, hint)
  if (warnings.length < most && !warnings.some((one) => one.site === made.site && one.message === message)) warnings.push(made)
  return made
}
