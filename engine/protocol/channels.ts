// Channels: the few lines that each kind of pipe needs. Apart from rpc.ts, which works over any of them. The pipes are
// described by what is used of them, so that this file imports neither Node, nor the DOM, nor vscode.

import type { Channel } from "./rpc.ts"

/** What is used of a child process, or of `process` in the child itself. */
export interface ProcessPipe {
  send?(message: unknown, sent: (error: Error | null) => void): boolean
  on(event: "message" | "disconnect" | "exit", listener: (...details: unknown[]) => void): unknown
  off(event: "message" | "disconnect" | "exit", listener: (...details: unknown[]) => void): unknown
}

/** A pipe to a forked Node process (either end); fork it with `serialization: "advanced"`. */
export function processChannel(pipe: ProcessPipe): Channel {
  return {
    post(message) {
      if (!pipe.send) throw new Error("This process has no pipe to the other end.")
      // A pipe that broke meanwhile is told by `exit` or `disconnect`; without a callback Node would throw it at nobody.
      pipe.send(message, () => undefined)
    },
    listen(receive, closed) {
      const exit = (code: unknown, signal: unknown): void => closed(typeof signal === "string" ? `signal ${signal}` : `exit code ${String(code)}`)
      const disconnect = (): void => {
        // The exit event follows and says why; where it does not (the child's own end), this is all there is.
        setTimeout(() => closed("disconnected"), 200)
      }
      pipe.on("message", receive)
      pipe.on("disconnect", disconnect)
      pipe.on("exit", exit)
      return () => {
        pipe.off("message", receive)
        pipe.off("disconnect", disconnect)
        pipe.off("exit", exit)
      }
    },
  }
}

/** What is used of a Node worker, of its parentPort, or of one end of Node's MessageChannel. */
export interface NodePort {
  postMessage(message: unknown): void
  on(event: "message" | "exit" | "close", listener: (detail: unknown) => void): unknown
  off(event: "message" | "exit" | "close", listener: (detail: unknown) => void): unknown
}

/** A pipe to a worker thread (either end), or a MessageChannel of node:worker_threads. */
export function threadChannel(port: NodePort): Channel {
  return {
    post: (message) => port.postMessage(message),
    listen(receive, closed) {
      const exit = (code: unknown): void => closed(`thread ended with code ${String(code)}`)
      const close = (): void => closed("port closed")
      port.on("message", receive)
      port.on("exit", exit)
      port.on("close", close)
      return () => {
        port.off("message", receive)
        port.off("exit", exit)
        port.off("close", close)
      }
    },
  }
}

/** What is used of a web worker, of `self` in it, or of one end of the web's MessageChannel. */
export interface WebPort {
  postMessage(message: unknown): void
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void
  removeEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void
  start?(): void
}

/** A pipe to a web worker (either end) or over the web's MessageChannel. */
export function webChannel(port: WebPort): Channel {
  return {
    post: (message) => port.postMessage(message),
    listen(receive) {
      const listener = (event: { readonly data: unknown }): void => receive(event.data)
      port.addEventListener("message", listener)
      port.start?.()
      return () => port.removeEventListener("message", listener)
    },
  }
}

/** What is used of `vscode.Webview`. */
export interface WebviewPipe {
  postMessage(message: unknown): unknown
  onDidReceiveMessage(listener: (message: unknown) => void): { dispose(): unknown }
}

/** The extension's end of a webview. `onDidDispose` (of the panel) tells when the webview is gone. */
export function webviewChannel(
  webview: WebviewPipe,
  onDidDispose?: (listener: () => void) => { dispose(): unknown },
): Channel {
  return {
    post: (message) => void webview.postMessage(message),
    listen(receive, closed) {
      const messages = webview.onDidReceiveMessage(receive)
      const disposal = onDidDispose?.(() => closed("the panel was closed"))
      return () => {
        messages.dispose()
        disposal?.dispose()
      }
    },
  }
}

/** The webview's end: `api` is what `acquireVsCodeApi()` gives, `page` is `window`. */
export function pageChannel(api: { postMessage(message: unknown): void }, page: Pick<WebPort, "addEventListener" | "removeEventListener">): Channel {
  return webChannel({
    postMessage: (message) => api.postMessage(message),
    addEventListener: (type, listener) => page.addEventListener(type, listener),
    removeEventListener: (type, listener) => page.removeEventListener(type, listener),
  })
}
