// A real engine for the panel's page: runs a snippet and answers what the panel asks, as the extension would.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { EngineApi, ExplainAnswer, ExplainQuestion, HostApi, PanelModel, RunResult } from "../../../engine/protocol/api.ts"
import { connect } from "../../../engine/protocol/rpc.ts"
import { engineProcess } from "../../../extension/engineProcess.ts"
import { root } from "../../workbench/places.ts"

export class PanelEngine {
  readonly api: EngineApi
  private readonly end: () => void
  private source = ""
  private runId = 0

  constructor() {
    const cache = mkdtempSync(join(tmpdir(), "panel-engine-"))
    const seat = engineProcess(join(root, "dist", "engineProcess.mjs"), cache)(() => undefined)
    const silent: HostApi = { output: () => undefined, log: () => undefined }
    const api = connect<EngineApi, HostApi>(seat.channel, silent, { log: () => undefined })
    this.api = api
    this.end = () => {
      api.dispose("the journey is over")
      seat.kill()
      rmSync(cache, { recursive: true, force: true })
    }
  }

  /** Runs a snippet and gives the panel's model of the graph of one of its names. */
  async model(source: string, name: string): Promise<PanelModel> {
    this.source = source
    this.runId += 1
    const result = await this.api.run({ runId: this.runId, source, fileName: "/home/lesson/lesson.ts", device: "cpu", timeLimit: 20, memoryLimit: 1000, trace: true })
    if (result.error) throw new Error(`${result.error.name}: ${result.error.message}`)
    return { title: name, uri: "file:///home/lesson/lesson.ts", runId: this.runId, stale: false, graph: await this.api.graph(idOf(result, name)) }
  }

  /** Answers the panel's calls. */
  readonly answer = async (method: string, args: readonly unknown[]): Promise<unknown> => {
    if (method !== "explain") return null
    return await this.explain(args[0] as ExplainQuestion)
  }

  close(): void {
    this.end()
  }

  private async explain(question: ExplainQuestion): Promise<ExplainAnswer> {
    try {
      const explanation = await this.api.explain!({ ...question, first: true })
      return { kind: "explained", explanation, source: this.source }
    } catch (error) {
      return { kind: "refused", why: error instanceof Error ? error.message : String(error) }
    }
  }
}

function idOf({ trace }: RunResult, name: string): number {
  const value = trace.records.findLast((record) => record.kind === "binding" && record.name === name)?.samples.at(-1)?.value
  if (value?.kind !== "tensor") throw new Error(`The snippet has no tensor ${name}.`)
  return value.id
}
