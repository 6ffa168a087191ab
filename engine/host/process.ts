// The engine process: what the extension forks. Its main thread never runs a snippet: it answers the pipe, watches the
// thread that does, and ends it when it must. It ends by itself when the pipe closes.

import type { EngineApi, HostApi } from "../protocol/api.ts"
import { processChannel } from "../protocol/channels.ts"
import { connect } from "../protocol/rpc.ts"
import { Seat } from "./node.ts"
import { weightsFrom } from "./weightStore.ts"

/** Time for the last answer to leave the process; milliseconds. */
const farewell = 50

if (!process.send) {
  console.error("This file is started by the editor or by autograd-lab, over a pipe. To run a snippet: autograd-lab run FILE.ts")
  process.exit(2)
}

// Ctrl+C in a terminal reaches the whole group of processes: our owner decides what it means.
process.on("SIGINT", () => undefined)

const seat = new Seat({
  workerUrl: new URL("./engineWorker.mjs", import.meta.url),
  spare: process.env.AUTOGRAD_LAB_SPARE !== "no",
  weights: weightsFrom(process.env),
  log: (message) => host.log(message),
  // `process.exit` would wait for the very thread that does not end.
  onUnstoppable: () => void setTimeout(() => process.kill(process.pid, "SIGKILL"), farewell),
})

const engine: EngineApi = {
  prepare: () => seat.prepare(),
  run: (request) =>
    seat.run(
      request,
      (text) => host.output(request.runId, text),
      (text, fraction) => void host.progress?.(request.runId, text, fraction),
    ),
  stop: async () => seat.stop(),
  graph: (tensorId) => seat.graph(tensorId),
  values: (tensorId, of, start, size) => seat.values(tensorId, of, start, size),
  statistics: (tensorId, of) => seat.statistics(tensorId, of),
  explain: (question) => seat.explain(question),
  stopExplaining: () => seat.stopExplaining(),
  verdicts: (runId) => seat.verdicts(runId),
  moment: (iteration) => seat.moment(iteration),
  steps: (question) => seat.steps(question),
}

const host = connect<HostApi, EngineApi>(processChannel(process), engine, {
  log: (message) => host.log(message),
  onClose: () => process.exit(0),
})
