// One run of a snippet in this very thread: fresh state, compile, execute, trace. What the engine's seats call; apart
// from them because it knows nothing of threads, and from the compiler because it knows nothing of syntax.
import { recording } from "../autograd/node.ts"
import type { RunRequest, RunResult, Span } from "../protocol/api.ts"
import { nowhere, stopped, timeLimit, type Fault } from "../protocol/faults.ts"
import { position } from "../tensor/position.ts"
import { len, printText, resetState, slice, torch, torchvision } from "../torch.ts"
import { warnings } from "../tensor/warnings.ts"
import { compile } from "./compile.ts"
import { graphOf } from "./graph.ts"
import { resetNaming } from "./naming.ts"
import { locate } from "./place.ts"
import { Program } from "./program.ts"
import { Recorder, type Handles } from "./recorder.ts"
import { lastThrown, makeRuntime } from "./runtime.ts"
import { Session } from "./session.ts"
import { SiteTable } from "./sites.ts"

export { Session }

/** What a run asks of whoever holds the thread. */
export interface RunHost {
  /** Text that print writes, as it is written. */
  output(text: string): void
  /** The cheap question of every loop: true ends the run. */
  stopRequested(): boolean
  /** Told the place of each turn of a loop. */
  atSite?(site: number): void
  /** Told where the sites are, by number, before anything runs. */
  places?(spans: readonly Span[]): void
  /** Runs compiled code, which is one expression, in the snippet's realm and gives its value. */
  evaluate(code: string, fileName: string): unknown
}

// Captured now: the host closes the realm of the engine before the first run.
const { setInterval, clearInterval, performance } = globalThis
/** How often a run that waits for a promise looks whether it should end; milliseconds. */
const lookEvery = 50

/** Runs a snippet. Always resolves: what goes wrong in it is the result's `error`. */
export async function runHere(request: RunRequest, host: RunHost): Promise<{ result: RunResult; session: Session }> {
  const began = performance.now()
  const table = new SiteTable()
  const recorder = request.trace ? new Recorder(table) : null
  const control = controlOf(request, host, table, began)
  const printer = printerOf(host, recorder, request.showFrom === undefined)
  const floating: PromiseLike<unknown>[] = []
  resetState()
  resetNaming(table)
  position.site = 0
  lastThrown.value = undefined
  lastThrown.site = 0
  recording.gradients = request.trace

  const runtime = makeRuntime({
    table,
    recorder,
    turn: control.turn,
    show: printer.show,
    floating: (promise) => {
      floating.push(promise)
      // Looked at when the program has run; until then nobody may call it unhandled.
      promise.then(undefined, () => undefined)
    },
  })
  const program = new Program(request, {
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
  } catch (error) {
    failure = { error }
  }
  const error = failure === null ? undefined : locate(failure.error, table, program.files)
  Error.stackTraceLimit = frames
  const { records, handles } = recorder?.finish() ?? { records: [], handles: new Map() as Handles }
  const result: RunResult = {
    runId: request.runId,
    stdout: printer.text(),
    ...(error === undefined ? {} : { error }),
    warnings: warnings.map((warning) => locate(warning, table, program.files)),
    trace: { records },
    durationMs: performance.now() - began,
    device: "cpu",
  }
  return { result, session: new Session(handles) }
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

interface Control {
  turn(site: number): void
  whileRunning<T>(promise: PromiseLike<T>): Promise<T>
}

/** The places where a run can be stopped: each turn of a loop, each entry of a function, and while it waits. */
function controlOf(request: RunRequest, host: RunHost, table: SiteTable, began: number): Control {
  const deadline = request.timeLimit > 0 ? began + request.timeLimit * 1000 : Infinity
  let turns = 0

  function ending(site: number): Fault {
    const line = table.get(site)?.span.line
    const fault = performance.now() > deadline ? timeLimit(request.timeLimit, line) : stopped((performance.now() - began) / 1000, line)
    fault.site = site
    return fault
  }

  return {
    turn(site) {
      position.site = site
      host.atSite?.(site)
      // The clock costs more than the question, so it is looked at less often.
      if (host.stopRequested() || ((++turns & 31) === 0 && deadline !== Infinity && performance.now() > deadline)) throw ending(site)
    },
    async whileRunning(promise) {
      let timer: ReturnType<typeof setInterval> | undefined
      const ended = new Promise<never>((_resolve, reject) => {
        timer = setInterval(() => {
          if (host.stopRequested() || performance.now() > deadline) reject(ending(position.site))
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
