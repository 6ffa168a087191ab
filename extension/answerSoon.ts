// answerSoon: what the other end of a channel answers in time. Apart because a webview that is loading, or hidden, never
// answers at all.

/** The answer; null where it does not come in time or fails, which `failed` is told. */
export async function answerSoon<Answer>(answer: Promise<Answer>, ms: number, failed: (why: string) => void): Promise<Answer | null> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), ms)))
  try {
    return await Promise.race([answer, late])
  } catch (error) {
    failed(error instanceof Error ? error.message : String(error))
    return null
  } finally {
    clearTimeout(timer)
  }
}
