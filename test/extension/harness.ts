// The small harness of the suite that runs inside VS Code, where no test runner is at hand.
// A test file imports `test` and `onNode` from here and nothing else of it; index.ts runs what was registered.

interface Test {
  readonly name: string
  readonly body: () => void | Promise<void>
  readonly timeoutMs: number
}

const tests: Test[] = []
const left: { readonly name: string; readonly reason: string }[] = []

/** Whether this is the extension host of a browser, as in VS Code for the web. */
export const isInBrowser = "importScripts" in globalThis

/** Registers a test; its name is a claim. It fails when the body throws, rejects or outlasts the time limit. */
export function test(name: string, body: () => void | Promise<void>, timeoutMs = 30_000): void {
  tests.push({ name, body, timeoutMs })
}

/** Registers a test of what only a host with Node has; in a browser it is told as left out, for this reason. */
export function onNode(reason: string, name: string, body: () => void | Promise<void>, timeoutMs?: number): void {
  if (isInBrowser) left.push({ name, reason })
  else test(name, body, timeoutMs)
}

/** Runs the registered tests one after another, writes a line for each, and resolves with the names of those that failed. */
export async function runTests(write: (line: string) => void): Promise<string[]> {
  const failed: string[] = []
  for (const { name, reason } of left) write(`left out ${name}: ${reason}`)
  for (const { name, body, timeoutMs } of tests) {
    const started = Date.now()
    try {
      await withinTime(Promise.resolve().then(body), timeoutMs)
      write(`ok ${name} (${Date.now() - started} ms)`)
    } catch (reason) {
      failed.push(name)
      const why = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)
      // One line a test, so that whoever counts lines needs no parser.
      write(`not ok ${name}: ${why.replaceAll("\n", "\\n")}`)
    }
  }
  return failed
}

function withinTime(body: Promise<void>, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not finished after ${timeoutMs} ms`)), timeoutMs)
    body.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
