// A journey: one person's path through an open workbench, told as claims that hold or not.
// Claims of a path share the workbench, because opening one costs seconds.
import { openWorkbench, type Workbench, type WorkbenchOptions } from "./workbench.ts"

export interface Claim {
  readonly name: string
  /** Why it does not hold; absent when it does. */
  readonly why?: string
  readonly durationMs: number
}

const claimLimitMs = 120_000

/** Tries one thing; a claim that fails leaves a screenshot, and the path goes on. */
export type Claiming = (name: string, body: () => Promise<void>) => Promise<void>

export interface Journey {
  readonly name: string
  run(): Promise<Claim[]>
}

/** Describes a journey; a `*.journey.ts` file exports it as its default. */
export function journey(name: string, options: () => WorkbenchOptions | Promise<WorkbenchOptions>, path: (workbench: Workbench, claim: Claiming) => Promise<void>): Journey {
  return {
    name,
    async run() {
      const claims: Claim[] = []
      let workbench: Workbench | undefined
      const claim: Claiming = async (claimName, body) => {
        const started = Date.now()
        try {
          await withinTime(body())
          claims.push({ name: claimName, durationMs: Date.now() - started })
        } catch (reason) {
          const picture = await workbench?.screenshot(`failed-${name}-${claims.length}`.replace(/[^\w-]+/g, "-")).catch(() => undefined)
          const why = reason instanceof Error ? reason.message : String(reason)
          claims.push({ name: claimName, why: picture === undefined ? why : `${why}\nscreenshot: ${picture}`, durationMs: Date.now() - started })
        }
      }
      await claim("VS Code opens", async () => {
        workbench = await openWorkbench(await options())
      })
      if (workbench !== undefined) {
        const open: Workbench = workbench
        // What goes wrong between claims counts as well.
        await path(open, claim).catch((reason: unknown) => claim("the path goes on to its end", () => Promise.reject(reason)))
        await open.close()
      }
      return claims
    },
  }
}

/** A claim that waits for ever would take the later ones with it. */
function withinTime(body: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not finished after ${claimLimitMs / 1000} s`)), claimLimitMs)
    body.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Fails with both values when they differ in their JSON. */
export function same(actual: unknown, expected: unknown): void {
  const [a, e] = [JSON.stringify(actual, null, 1), JSON.stringify(expected, null, 1)]
  if (a !== e) throw new Error(`expected ${e}\nbut found ${a}`)
}

/** Fails when the text lacks one of the parts. */
export function contains(text: string, ...parts: string[]): void {
  for (const part of parts) {
    if (!text.includes(part)) throw new Error(`expected to find ${JSON.stringify(part)} in\n${text}`)
  }
}
