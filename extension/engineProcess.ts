// engineProcess: starts the engine in a process of its own. The only file of the extension that needs Node: in a browser
// engineWeb.ts takes its place.

import { fork } from "node:child_process"
import { processChannel } from "../engine/protocol/channels.ts"
import { memoryEnvironment } from "../engine/protocol/environment.ts"
import type { Channel } from "../engine/protocol/rpc.ts"
import type { StartSeat } from "./seat.ts"

/** A starter that forks this script, which keeps downloads in `cache`; what the process writes by itself goes to the log. */
export function engineProcess(script: string, cache: string): StartSeat {
  return (log) => {
    const child = fork(script, [], {
      serialization: "advanced",
      // The extension host's own flags (an inspector port, say) are not the engine's.
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...memoryEnvironment, ...environment(), AUTOGRAD_LAB_CACHE: cache },
    })
    child.stdout?.on("data", (text: Buffer) => log(text.toString("utf8").trimEnd()))
    child.stderr?.on("data", (text: Buffer) => log(text.toString("utf8").trimEnd()))
    const pipe = processChannel(child)
    const channel: Channel = {
      post: (message) => {
        if (child.connected) pipe.post(message)
      },
      listen(receive, closed) {
        const unlisten = pipe.listen(receive, closed)
        // A process that never started has no exit to tell of; a broken pipe shows here too.
        const failed = (error: Error): void => {
          log(String(error.stack ?? error))
          if (child.pid === undefined || !child.connected) closed(error.message)
        }
        child.on("error", failed)
        return unlisten
      },
    }
    return { channel, name: `pid ${child.pid ?? "none"}`, kill: () => void child.kill("SIGKILL") }
  }
}

/** The user's environment without what would change how Node starts; in Electron the process has to act as Node. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_INSPECT_RESUME_ON_START: _inspect, VSCODE_INSPECTOR_OPTIONS: _inspector, ...rest } = process.env
  return { ...rest, ELECTRON_RUN_AS_NODE: "1" }
}
