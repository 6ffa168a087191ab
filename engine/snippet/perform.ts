// A performance of a snippet: fresh state, compile, execute, with whoever listens. Apart from what is made of it, because
// an explanation performs the same snippet several times; it knows nothing of threads, and nothing of syntax.
import type { FaultData, RunRequest, Span } from "../protocol/api.ts"
import { nowhere, stopped, timeLimit, type Fault } from "../protocol/faults.ts"
import { allocation } from "../tensor/allocation.ts"
import { generator } from "../tensor/random.ts"
import { settleGpu } from "../backends/webgpu/device.ts"
import { position } from "../tensor/position.ts"
import { warnings } from "../tensor/warnings.ts"
import { len, printText, resetState, slice, torch, torchvision } from "../torch.ts"
import { resetNaming } from "./naming.ts"
import { locate } from "./place.ts"
import { Program } from "./program.ts"
import type { Recorder } from "./recorder.ts"
import { lastThrown, makeRuntime, type Recording } from "./runtime.ts"
import type { SiteTable } from "./sites.ts"

/** What a run asks of whoever holds the thread. */
export interface RunHost {
  /** Text that print writes, as it is written. */
  output(text: string): void
  /** The cheap question of every loop: true ends the run. */
  stopRequested(): boolean
  /** Milliseconds that this thread has waited for downloads: they do not count against the time limit. */
  waited?(): number
  /** Told the place of each turn of a loop. */
  atSite?(site: number): void
  /** Told where the sites are, by number, before anything runs. */
  places?(spans: readonly Span[]): void
  /** Runs compiled code, which is one expression, in the snippet's realm and gives its value. */
  evaluate(code: string, fileName: string): unknown
  /** A fresh realm, for running the snippet once more; the same one where there is none. */
  again?(): { evaluate(code: string, fileName: string): unknown; close(): void }
}

// Captured now: the host closes the realm of the engine before the first run.
const { setInterval, clearInterval, performance } = globalThis
export const clock = performance
/** How often a run that waits for a promise looks whether it should end; milliseconds. */
const lookEvery = 50

export interface Staging {
  readonly table: SiteTable
  /** When the whole run began; its time limit counts from there. */
  readonly began: number
  /** Keeps what print wrote. */
  readonly recorder: Recorder | null
  /** Told what happens; with null, nothing that only records is compiled. */
  readonly watcher: Recording | null
  /** What the random numbers start from; by chance where none is given. */
  readonly seed?: number
}

export interface Performed {
  readonly stdout: string
  readonly error: FaultData | undefined
  readonly warnings: readonly FaultData[]
  readonly seed: number
}

/** Performs a snippet once. Always resolves: what goes wrong in it is the `error`. */
export async function perform(request: RunRequest, host: RunHost, staging: Staging): Promise<Performed> {
  const { table, recorder, watcher } = staging
  const control = controlOf(request, host, table, staging.began)
  const printer = printerOf(host, recorder, request.showFrom === undefined)
  const floating: PromiseLike<unknown>[] = []
  resetState()
  if (staging.seed !== undefined) generator.manual_seed(staging.seed)
  const seed = generator.initial_seed()
  resetNaming(table)
  position.site = 0
  lastThrown.value = undefined
  lastThrown.site = 0
  allocation.held = () => watcher?.held() ?? []

  const runtime = makeRuntime({
    table,
    recorder: watcher,
    turn: recorder === null ? control.turn : (site) => {
      control.turn(site)
      recorder.turned(site)
    },
    show: printer.show,
    floating: (promise) => {
      floating.push(promise)
      // Looked at when the program has run; until then nobody may call it unhandled.
      promise.then(undefined, () => undefined)
    },
  })
  const program = new Program({ ...request, trace: watcher !== null }, {
    table,
    roots: { torch, torchvision },
    runtime,
    globals: [torch, torchvision, printer.print, slice, len, printer.console],
    evaluate: (code, fileName) => host.evaluate(code, fileName),
    compiled: () => host.places?.(table.sites.map((site) => site?.span ?? { ...nowhere, line: 0, column: 0, endLine: 0, endColumn: 0 })),
  })

  let failure: { readonly error: unknown } | null = null
  const frames = Error.stackTraceLimit
  Error.stackTraceLimit = 60
  try {
    await control.whileRunning(program.run())
    // A call of an async function that nobody awaits belongs to the run all the same.
    for (const promise of floating) await control.whileRunning(Promise.resolve(promise))
    // What a GPU refuses is the snippet's fault, not that of whoever reads its values afterwards.
    await settleGpu()
  } catch (error) {
    failure = { error }
  }
  const error = failure === null ? undefined : locate(failure.error, table, program.files)
  Error.stackTraceLimit = frames
  return { stdout: printer.text(), error, warnings: warnings.map((warning) => locate(warning, table, program.files)), seed }
}

interface Control {
  turn(site: number): void
  whileRunning<T>(promise: PromiseLike<T>): Promise<T>
}

/** The places where a run can be stopped: each turn of a loop, each entry of a function, and while it waits. */
function controlOf(request: RunRequest, host: RunHost, table: SiteTable, began: number): Control {
  const waited = host.waited ?? (() => 0)
  const waitedBefore = waited()
  const limited = request.timeLimit > 0
  const isLate = (): boolean => limited && clock.now() > began + request.timeLimit * 1000 + waited() - waitedBefore
  let turns = 0

  function ending(site: number): Fault {
    const line = table.get(site)?.span.line
    const fault = isLate() ? timeLimit(request.timeLimit, line) : stopped((performance.now() - began) / 1000, line)
    fault.site = site
    return fault
  }

  return {
    turn(site) {
      position.site = site
      host.atSite?.(site)
      // The clock costs more than the question, so it is looked at less often.
      if (host.stopRequested() || (limited && (++turns & 31) === 0 && isLate())) throw ending(site)
    },
    async whileRunning(promise) {
      let timer: ReturnType<typeof setInterval> | undefined
      const ended = new Promise<never>((_resolve, reject) => {
        timer = setInterval(() => {
          if (host.stopRequested() || isLate()) reject(ending(position.site))
        }, lookEvery)
      })
      try {
        return await Promise.race([promise, ended])
      } finally {
        clearInterval(timer)
      }
    },
  }
}

/** `print` and `console`, which write the same text. */
function printerOf(host: RunHost, recorder: Recorder | null, isShown: boolean) {
  const written: string[] = []
  let shown = isShown

  function print(...args: unknown[]): void {
    const site = position.site
    if (!shown) return
    const { values, sep, end } = printArguments(args)
    const text = sep === " " ? printText(values) : values.map((value) => printText([value])).join(sep)
    recorder?.printed(site, text)
    written.push(text, end)
    host.output(text + end)
  }
  return {
    print,
    console: { log: print, info: print, debug: print, warn: print, error: print },
    show: () => {
      shown = true
    },
    text: () => written.join(""),
  }
}

/** What print is given: values, and Python's two options where the last argument holds nothing else. */
function printArguments(args: unknown[]): { values: unknown[]; sep: string; end: string } {
  const last: unknown = args[args.length - 1]
  if (args.length > 1 && typeof last === "object" && last !== null && !Array.isArray(last)) {
    const entries = Object.entries(last)
    const isOptions = entries.length > 0 && entries.every(([key, value]) => (key === "sep" || key === "end") && typeof value === "string")
    if (isOptions) return { values: args.slice(0, -1), sep: " ", end: "\n", ...(last as { sep?: string; end?: string }) }
  }
  return { values: args, sep: " ", end: "\n" }
}
