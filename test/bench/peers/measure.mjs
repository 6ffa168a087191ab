// How long a peer's workload takes, the same for all of them; with `wait`, which a GPU has, several runs are sent off before
// anybody waits.

/** Milliseconds that a round of short runs takes at least, so that what waiting costs does not count much. */
const roundAtLeast = 40
/** Milliseconds of warming up and of measuring; a run that takes longer is measured twice all the same. */
const [warming, measuring] = [500, 1000]

/** Median and best of many runs in milliseconds, each divided by its parts, and a value to compare. */
export async function measured({ run, check, wait, parts = 1 }) {
  const round = async (count) => {
    const from = performance.now()
    for (let i = 0; i < count; i++) await run()
    await wait?.()
    return (performance.now() - from) / count
  }
  let count = 1
  const warm = performance.now() + warming
  do {
    const each = await round(count)
    if (wait && each * count < roundAtLeast) count = Math.min(count * 4, Math.ceil(roundAtLeast / each))
  } while (performance.now() < warm)
  const rounds = []
  const end = performance.now() + measuring
  do rounds.push(await round(count))
  while (performance.now() < end || rounds.length < 2)
  rounds.sort((a, b) => a - b)
  return { unit: "ms", time: rounds[rounds.length >> 1] / parts, best: rounds[0] / parts, check: await check() }
}
