// The transport's promises: every call is answered or fails, and garbage harms nobody.

import { MessageChannel as NodeMessageChannel } from "node:worker_threads"
import { afterEach, expect, test } from "vitest"
import { pageChannel, threadChannel, webChannel, webviewChannel } from "../../engine/protocol/channels.ts"
import { Fault } from "../../engine/protocol/faults.ts"
import { connect, type Channel, type Disposal } from "../../engine/protocol/rpc.ts"

interface Calculator {
  add(a: number, b: number): Promise<number>
  divide(a: number, b: number): Promise<number>
  note(text: string): void
  never(): Promise<void>
  give(): Promise<unknown>
}

interface Asker {
  double(value: number): Promise<number>
}

const open: Disposal[] = []
afterEach(() => {
  for (const end of open.splice(0)) end.dispose()
})

/** Two ends of one pipe in memory; each message is cloned, as every real pipe does. */
function pair(): { left: Channel; right: Channel; cut(reason: string): void; inject(message: unknown): void } {
  const ends = [0, 1].map(() => ({ receive: (_: unknown): void => undefined, closed: (_: string): void => undefined }))
  const [a, b] = ends as [(typeof ends)[0], (typeof ends)[0]]
  const channel = (own: typeof a, other: typeof a): Channel => ({
    post(message) {
      const copy = structuredClone(message)
      queueMicrotask(() => other.receive(copy))
    },
    listen(receive, closed) {
      own.receive = receive
      own.closed = closed
      return () => {
        own.receive = () => undefined
      }
    },
  })
  return {
    left: channel(a, b),
    right: channel(b, a),
    cut: (reason) => {
      a.closed(reason)
      b.closed(reason)
    },
    inject: (message) => b.receive(message),
  }
}

function calculator(notes: string[] = []): Calculator {
  return {
    add: async (a, b) => a + b,
    async divide(a, b) {
      if (b === 0) throw new Fault("ValueError", "b was expected to be a number other than 0", "Try 1.")
      if (b < 0) throw new RangeError("a bug of ours")
      return a / b
    },
    note: (text) => void notes.push(text),
    never: () => new Promise(() => undefined),
    give: async () => () => 1,
  }
}

function joined(options: { notes?: string[]; logs?: string[] } = {}): { remote: Calculator & Disposal; pipe: ReturnType<typeof pair> } {
  const pipe = pair()
  const log = (message: string): void => void options.logs?.push(message)
  const remote = connect<Calculator>(pipe.left, {}, { log })
  open.push(remote, connect<object, Calculator>(pipe.right, calculator(options.notes), { log }))
  return { remote, pipe }
}

const outcome = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (value) => value,
    (error: unknown) => (error instanceof Fault ? { name: error.name, message: error.message, hint: error.hint } : error),
  )

test("a call resolves with what the other end returned", async () => {
  const { remote } = joined()
  expect(await Promise.all([remote.add(1, 2), remote.add(3, 4)])).toEqual([3, 7])
})

test("both ends call each other over one pipe", async () => {
  const pipe = pair()
  const mine = connect<Calculator, Asker>(pipe.left, { double: async (value) => value * 2 })
  const asker: Asker & Disposal = connect<Asker, Calculator>(pipe.right, { ...calculator(), add: async (a, b) => asker.double(a + b) })
  open.push(mine, asker)
  expect(await mine.add(1, 2)).toBe(6)
})

test("a fault crosses with its class, message and hint, and is not logged as a bug", async () => {
  const logs: string[] = []
  const { remote } = joined({ logs })
  const fault = await outcome(remote.divide(1, 0))
  expect([fault, logs]).toEqual([{ name: "ValueError", message: "b was expected to be a number other than 0", hint: "Try 1." }, []])
})

test("a bug in a handler is answered and logged with its stack", async () => {
  const logs: string[] = []
  const { remote } = joined({ logs })
  const fault = await outcome(remote.divide(1, -1))
  expect(fault).toEqual({ name: "RangeError", message: "a bug of ours", hint: undefined })
  expect(logs.join()).toMatch(/divide failed: RangeError: a bug of ours\s+at /)
})

test("an unknown method is a fault, and so is what every object has by birth", async () => {
  const { remote } = joined()
  const calls = ["multiply", "constructor", "toString", "__proto__", "hasOwnProperty"]
  const asked = remote as unknown as Record<string, () => Promise<unknown>>
  const names = await Promise.all(calls.map(async (name) => ((await outcome(asked[name]?.() ?? Promise.resolve())) as Fault).name))
  expect(names).toEqual(calls.map(() => "UnknownMethod"))
})

test("a void method arrives in order and its answer may be dropped", async () => {
  const notes: string[] = []
  const { remote } = joined({ notes })
  for (const text of ["a", "b", "c"]) remote.note(text)
  await remote.add(0, 0)
  expect(notes).toEqual(["a", "b", "c"])
})

test("an answer that cannot be cloned becomes a fault instead of silence", async () => {
  const { remote } = joined()
  expect(await outcome(remote.give())).toMatchObject({ name: "DataCloneError" })
})

test("an argument that cannot be cloned rejects the call", async () => {
  const { remote } = joined()
  const ask = remote as unknown as { add(a: unknown, b: unknown): Promise<unknown> }
  await expect(ask.add(() => 1, 2)).rejects.toThrow(/could not be cloned/)
})

test("closing the channel rejects every waiting call and every later one", async () => {
  const { remote, pipe } = joined()
  const waiting = [remote.never(), remote.never()].map(outcome)
  pipe.cut("signal SIGKILL")
  const faults = await Promise.all([...waiting, outcome(remote.add(1, 2))])
  expect(faults.map((fault) => (fault as Fault).name)).toEqual(["ChannelClosed", "ChannelClosed", "ChannelClosed"])
  expect((faults[0] as Fault).message).toContain("signal SIGKILL")
})

test("onClose is told once when the other end goes, and not after dispose", () => {
  const told: string[] = []
  const pipe = pair()
  connect(pipe.left, {}, { onClose: (reason) => void told.push(reason) })
  const other = connect(pipe.right, {}, { onClose: (reason) => void told.push(reason) })
  other.dispose()
  pipe.cut("first")
  pipe.cut("second")
  expect(told).toEqual(["first"])
})

test("a connection can be awaited without being taken for a promise", async () => {
  const { remote } = joined()
  expect(await (await Promise.resolve(remote)).add(1, 1)).toBe(2)
})

test("garbage is dropped and logged, and calls go on working", async () => {
  const logs: string[] = []
  const notes: string[] = []
  const { remote, pipe } = joined({ logs, notes })
  const circular: Record<string, unknown> = { kind: "call" }
  circular.self = circular
  const garbage: unknown[] = [
    undefined, null, 0, "", "call", [], {}, circular, Symbol.iterator.toString(), new Map(),
    { kind: "call" }, { kind: "call", id: 1 }, { kind: "call", id: "1", method: "note", args: [] }, { kind: "call", id: -1, method: "note", args: ["x"] },
    { kind: "call", id: 1, method: 7, args: [] }, { kind: "call", id: 1, method: "note", args: { length: 1 } }, { kind: "call", id: NaN, method: "note", args: [] },
    { kind: "reply" }, { kind: "reply", id: 1 }, { kind: "reply", id: 1, result: null }, { kind: "reply", id: 1, result: {} },
    { kind: "reply", id: 1, result: { fault: "no" } }, { kind: "reply", id: 1, result: { fault: { name: 1, message: 2 } } }, { kind: "reply", id: 99, result: { ok: 1 } },
    { kind: "shout", id: 1, method: "note", args: ["x"] },
  ]
  for (const message of garbage) pipe.inject(message)
  expect({ sum: await remote.add(2, 3), notes, logged: logs.length }).toEqual({ sum: 5, notes: [], logged: garbage.length })
})

test("random shapes never break a connection", async () => {
  const { remote, pipe } = joined({ logs: [] })
  let seed = 7
  const random = (bound: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed % bound
  }
  const pieces: unknown[] = ["call", "reply", 1, -3, 1.5, null, undefined, [], ["x"], {}, { ok: 1 }, { fault: {} }, { fault: null }, "note", "nothing", true]
  for (let i = 0; i < 2000; i += 1) {
    const message: Record<string, unknown> = {}
    for (const key of ["kind", "id", "method", "args", "result"]) if (random(4) > 0) message[key] = pieces[random(pieces.length)]
    pipe.inject(message)
  }
  expect(await remote.add(20, 22)).toBe(42)
})

test("a thread's port carries calls, and its closing is told", async () => {
  const { port1, port2 } = new NodeMessageChannel()
  open.push(connect<object, Calculator>(threadChannel(port2), calculator()))
  const remote = connect<Calculator>(threadChannel(port1), {})
  expect(await remote.add(1, 2)).toBe(3)
  const waiting = outcome(remote.never())
  port2.close()
  expect(await waiting).toMatchObject({ name: "ChannelClosed" })
})

test("the web's MessageChannel carries calls", async () => {
  const { port1, port2 } = new MessageChannel()
  open.push(connect<object, Calculator>(webChannel(port2), calculator()))
  const remote = connect<Calculator>(webChannel(port1), {})
  expect(await remote.add(1, 2)).toBe(3)
  port1.close()
})

test("a webview and its page call each other", async () => {
  const page = new EventTarget()
  const toExtension = new Set<(message: unknown) => void>()
  const webview = {
    postMessage: (message: unknown) => page.dispatchEvent(new MessageEvent("message", { data: structuredClone(message) })),
    onDidReceiveMessage(listener: (message: unknown) => void) {
      toExtension.add(listener)
      return { dispose: () => toExtension.delete(listener) }
    },
  }
  const vscodeApi = { postMessage: (message: unknown) => toExtension.forEach((listener) => listener(structuredClone(message))) }
  type Listener = (event: { readonly data: unknown }) => void
  const window = {
    addEventListener: (type: "message", listener: Listener) => page.addEventListener(type, listener as unknown as EventListener),
    removeEventListener: (type: "message", listener: Listener) => page.removeEventListener(type, listener as unknown as EventListener),
  }
  const closers: (() => void)[] = []
  const extensionEnd = connect<Calculator, Asker>(
    webviewChannel(webview, (listener) => {
      closers.push(listener)
      return { dispose: () => undefined }
    }),
    { double: async (value) => value * 2 },
  )
  const pageEnd = connect<Asker, Calculator>(pageChannel(vscodeApi, window), calculator())
  open.push(extensionEnd, pageEnd)
  const answers = [await extensionEnd.add(1, 2), await pageEnd.double(4)]
  const waiting = outcome(extensionEnd.never())
  closers.forEach((close) => close())
  expect([...answers, ((await waiting) as Fault).message]).toEqual([3, 8, "The call got no answer: the connection is closed (the panel was closed)."])
})
