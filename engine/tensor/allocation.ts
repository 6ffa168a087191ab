// The one question asked before memory is taken: may a tensor of this size be made? The host answers.

/**
 * `check` throws a fault when `bytes` more would pass the memory limit; without a host everything is allowed. `held` gives
 * the values that the run's names and places have now, for a host whom nothing else tells how much memory is in use.
 * `unfilled` takes memory as it was left, where the host can: clearing a large array costs a quarter of filling it.
 */
export const allocation: { check(bytes: number): void; held: () => Iterable<unknown>; unfilled: ((bytes: number) => ArrayBuffer) | null } = {
  check: () => undefined,
  held: () => [],
  unfilled: null,
}
