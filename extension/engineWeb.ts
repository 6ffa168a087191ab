// engineWeb: starts the engine in a browser, in a web worker: what engineProcess.ts is where there is Node.

import { Uri, workspace } from "vscode"
import type { EngineApi, HostApi } from "../engine/protocol/api.ts"
import { webChannel } from "../engine/protocol/channels.ts"
import { connect } from "../engine/protocol/rpc.ts"
import type { StartSeat } from "./seat.ts"
import { WebEngine } from "./webEngine.ts"
import { weightCache, workspaceFiles } from "./webFiles.ts"
import { WebWeights } from "./webWeights.ts"

/** A starter whose worker runs this script of the extension; downloads are kept in the folder `cache`. */
export function engineWeb(script: Uri, cache: Uri): StartSeat {
  let address: Promise<string> | null = null
  let started = 0
  return (log) => {
    // A worker may only be made from an address of its own origin, which an extension's folder is not.
    address ??= readScript(script).catch((error: unknown) => {
      address = null
      throw error
    })
    const { port1, port2 } = new MessageChannel()
    const engine = new WebEngine({
      scriptUrl: address,
      files: workspaceFiles,
      weights: new WebWeights({ cache: weightCache(cache), log }),
      host: { output: (runId, text) => host.output(runId, text), log: (message) => host.log(message), progress: (runId, file, fraction) => void host.progress?.(runId, file, fraction) },
    })
    const host = connect<HostApi, EngineApi>(webChannel(port2), engine)
    started += 1
    const kill = (): void => {
      engine.dispose()
      host.dispose()
      port1.close()
    }
    return { channel: webChannel(port1), name: `worker ${started}`, kill }
  }
}

async function readScript(script: Uri): Promise<string> {
  const bytes = new Uint8Array(await workspace.fs.readFile(script))
  return URL.createObjectURL(new Blob([bytes], { type: "text/javascript" }))
}
