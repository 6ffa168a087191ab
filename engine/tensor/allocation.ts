// The one question asked before memory is taken: may a tensor of this size be made? The host answers.

/** `check` throws a fault when `bytes` more would pass the memory limit; without a host everything is allowed. */
export const allocation = { check(_bytes: number): void {} }
