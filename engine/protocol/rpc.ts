// connect: the whole transport between two processes. Apart from the channels, because it knows only `post` and
// `listen`; the same code joins the extension to the engine, the engine to its thread, and the panel to the extension.
//
// Every call is answered, a method that returns nothing as well: so a closed channel or a throwing handler is never
// silent. Whoever calls a `void` method may drop the answer; a fault in it is then told to the other side's log alone.

import { Fault } from "./faults.ts"

/** One end of a pipe. `closed` is called once when the other end is gone, where the pipe can know that. */
export interface Channel {
  post(message: unknown): void
  /** Starts delivery; the returned function ends it. */
  listen(receive: (message: unknown) => void, closed: (reason: string) => void): () => void
}

export interface Disposal {
  /** Ends the connection: every waiting call is rejected, later ones too. */
  dispose(reason?: string): void
}

/** What crosses the channel. */
export type WireMessage = WireCall | WireReply

export interface WireCall {
  readonly kind: "call"
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

export interface WireReply {
  readonly kind: "reply"
  readonly id: number
  readonly result: { readonly ok: unknown } | { readonly fault: WireFault }
}

export interface WireFault {
  readonly name: string
  readonly message: string
  readonly hint?: string
  readonly stack?: string
}

export interface ConnectOptions {
  /** Told of dropped garbage and of handlers that threw something other than a Fault. */
  readonly log?: (message: string) => void
  /** Told once when the other end is gone; not called after `dispose`. */
  readonly onClose?: (reason: string) => void
}

interface Waiting {
  resolve(value: unknown): void
  reject(fault: Error): void
}

/** Joins two ends: calls on the result run the other end's methods, and `mine` answers the other end's calls. */
export function connect<Theirs extends object, Mine extends object = object>(
  channel: Channel,
  mine: Mine,
  options: ConnectOptions = {},
): Theirs & Disposal {
  const log = options.log ?? ((message: string) => console.warn(message))
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  let closedBecause: string | null = null

  function call(method: string, args: readonly unknown[]): Promise<unknown> {
    const promise = new Promise<unknown>((resolve, reject) => {
      if (closedBecause !== null) {
        reject(closedFault(method, closedBecause))
        return
      }
      lastId += 1
      const id = lastId
      waiting.set(id, { resolve, reject })
      try {
        channel.post({ kind: "call", id, method, args } satisfies WireCall)
      } catch (error) {
        waiting.delete(id)
        reject(asError(error))
      }
    })
    // A dropped answer of a void method must not count as an unhandled rejection; whoever awaits still gets it.
    promise.catch(() => undefined)
    return promise
  }

  function answer(id: number, result: WireReply["result"]): void {
    if (closedBecause !== null) return
    try {
      channel.post({ kind: "reply", id, result } satisfies WireReply)
    } catch (error) {
      if ("fault" in result) {
        log(`An answer could not be sent: ${asError(error).message}`)
        return
      }
      // The value does not survive structured clone: the caller is told so instead of waiting for ever.
      answer(id, { fault: wireFault(error) })
    }
  }

  async function serve({ id, method, args }: WireCall): Promise<void> {
    const handler = handlerOf(mine, method)
    if (!handler) {
      answer(id, { fault: { name: "UnknownMethod", message: `There is no method “${method}” at this end.` } })
      return
    }
    try {
      answer(id, { ok: await handler.apply(mine, [...args]) })
    } catch (error) {
      if (!(error instanceof Fault)) log(`${method} failed: ${asError(error).stack ?? String(error)}`)
      answer(id, { fault: wireFault(error) })
    }
  }

  function settle({ id, result }: WireReply): void {
    const caller = waiting.get(id)
    if (!caller) {
      log(`Dropped an answer to no call of ours: ${id}`)
      return
    }
    waiting.delete(id)
    if ("fault" in result) caller.reject(faultOf(result.fault))
    else caller.resolve(result.ok)
  }

  function receive(message: unknown): void {
    if (closedBecause !== null) return
    if (isCall(message)) void serve(message)
    else if (isReply(message)) settle(message)
    else log(`Dropped a message that is neither a call nor an answer: ${describe(message)}`)
  }

  function close(reason: string): void {
    if (closedBecause !== null) return
    closedBecause = reason
    unlisten()
    const calls = [...waiting.values()]
    waiting.clear()
    for (const caller of calls) caller.reject(closedFault("The call", reason))
  }

  const unlisten = channel.listen(receive, (reason) => {
    if (closedBecause !== null) return
    close(reason)
    options.onClose?.(reason)
  })

  const methods = new Map<string, (...args: unknown[]) => Promise<unknown>>()
  const dispose = (reason = "it was disposed"): void => close(reason)
  // The proxy invents a method for each name that is asked of it; the interface that a caller named says which exist.
  return new Proxy(Object.create(null) as Theirs & Disposal, {
    get(_target, name): unknown {
      if (name === "dispose") return dispose
      // A promise asks every value whether it is a `then`: a connection is not.
      if (typeof name !== "string" || name === "then") return undefined
      let method = methods.get(name)
      if (!method) {
        method = (...args) => call(name, args)
        methods.set(name, method)
      }
      return method
    },
  })
}

/** A fault that says that the other end is gone: `name` is `ChannelClosed`. */
function closedFault(what: string, reason: string): Fault {
  return new Fault("ChannelClosed", `${what} got no answer: the connection is closed (${reason}).`)
}

function handlerOf(mine: object, method: string): ((...args: unknown[]) => unknown) | null {
  // What every object has by birth (`constructor`, `toString` …) is not part of any interface.
  if (method in Object.prototype) return null
  const handler: unknown = Reflect.get(mine, method)
  return typeof handler === "function" ? (handler as (...args: unknown[]) => unknown) : null
}

function isCall(message: unknown): message is WireCall {
  return isObject(message) && message.kind === "call" && isId(message.id) && typeof message.method === "string" && Array.isArray(message.args)
}

function isReply(message: unknown): message is WireReply {
  if (!isObject(message) || message.kind !== "reply" || !isId(message.id) || !isObject(message.result)) return false
  const { result } = message
  if (!("fault" in result)) return "ok" in result
  return isObject(result.fault) && typeof result.fault.name === "string" && typeof result.fault.message === "string"
}

function isId(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null
}

function wireFault(error: unknown): WireFault {
  if (error instanceof Fault) {
    const { name, message, hint } = error
    return { name, message, ...(hint === undefined ? {} : { hint }) }
  }
  const { name, message, stack } = asError(error)
  return { name, message, ...(stack === undefined ? {} : { stack }) }
}

function faultOf({ name, message, hint, stack }: WireFault): Fault {
  const fault = new Fault(name, message, typeof hint === "string" ? hint : undefined)
  if (typeof stack === "string") fault.stack = `${stack}\n    (at the other end of the channel)`
  return fault
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

function describe(message: unknown): string {
  try {
    return (JSON.stringify(message) ?? String(message)).slice(0, 200)
  } catch {
    return typeof message
  }
}
