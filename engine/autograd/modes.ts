// Whether operations are recorded: PyTorch's gradient modes, as one stack of states.

export const modes = { grad: true, inference: false, anomaly: false }

export function resetModes(): void {
  modes.grad = true
  modes.inference = false
  modes.anomaly = false
}

/** Runs `body` without recording. */
export function untracked<R>(body: () => R): R {
  const before = modes.grad
  modes.grad = false
  try {
    return body()
  } finally {
    modes.grad = before
  }
}

/** What `using _ = torch.no_grad()` holds: puts the earlier modes back when the block ends. */
export class ModeGuard {
  constructor(private readonly before: Readonly<typeof modes>) {}
  [Symbol.dispose](): void {
    Object.assign(modes, this.before)
  }
  toString(): string {
    return "<grad mode>"
  }
}

/**
 * Changes modes until the guard is disposed of; with a function, runs it in the changed modes, gives back what it
 * returns and restores them also when it throws. A promise is waited for.
 */
export function withModes(change: Partial<typeof modes>, body?: unknown): unknown {
  const guard = new ModeGuard({ ...modes })
  Object.assign(modes, change)
  if (typeof body !== "function") return guard
  let result: unknown
  try {
    result = (body as () => unknown)()
  } catch (error) {
    guard[Symbol.dispose]()
    throw error
  }
  if (result instanceof Promise) return result.finally(() => guard[Symbol.dispose]())
  guard[Symbol.dispose]()
  return result
}
