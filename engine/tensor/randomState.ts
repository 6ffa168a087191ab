// torch.manual_seed and its kin: the usual generator's state as functions of torch.
import { generator } from "./random.ts"
import type { Tensor } from "./tensor.ts"

/** Puts the generator back when a block (`using`) or a function ends. */
class Fork {
  private readonly state = generator.get_state();
  [Symbol.dispose](): void {
    generator.set_state(this.state)
  }
}

const own = {
  manual_seed: (seed: number | bigint) => generator.manual_seed(seed),
  seed: () => generator.seed(),
  initial_seed: () => (generator.wholeSeed <= BigInt(Number.MAX_SAFE_INTEGER) ? generator.initial_seed() : generator.wholeSeed),
  get_rng_state: () => generator.get_state(),
  set_rng_state: (state: Tensor) => void generator.set_state(state),
}

/** `torch.random.fork_rng()`: what is drawn inside does not move the generator outside. */
function fork_rng(body?: unknown): unknown {
  const fork = new Fork()
  if (typeof body !== "function") return fork
  try {
    return (body as () => unknown)()
  } finally {
    fork[Symbol.dispose]()
  }
}

export const randomState = { ...own, default_generator: generator, random: { ...own, fork_rng } }
