// PyTorch's CPU random numbers: its Mersenne Twister (MT19937, Matsumoto & Nishimura 1998) and how it turns the stream
// into uniform, normal and whole numbers. A seeded tutorial therefore prints what it printed there.

import { cpu, type Device } from "../backends/backend.ts"
import { uint8 } from "../backends/dtype.ts"
import { faults } from "./faults.ts"
import { fromNumbers, numbersOf } from "./make.ts"
import { Tensor } from "./tensor.ts"

const N = 624
const M = 397
/** Bytes of the generator's state, and where the kept normal number lies in them. */
const stateSize = 5056
const places = { normal: 24 + 8 * N }

export class Generator {
  private readonly state = new Uint32Array(N)
  private at = N
  private drawn = false
  /** The second number of a Box-Muller pair, kept for the next call. */
  private nextNormal: number | null = null
  private seedValue = 0n

  constructor(seed: unknown = 67280421310721) {
    // `torch.Generator("cpu")` names a device, which is always this one.
    this.manual_seed(typeof seed === "bigint" || typeof seed === "number" ? seed : 67280421310721)
  }

  get device(): Device {
    return cpu
  }
  toString(): string {
    return "<torch._C.Generator object>"
  }

  /** Starts the stream again. Returns the generator. */
  manual_seed(seed: bigint | number): this {
    const whole = typeof seed === "bigint" ? seed : Math.trunc(Number(seed))
    if (typeof whole === "number" && !Number.isFinite(whole)) throw faults.value(`manual_seed: expected a whole number, found ${String(seed)}.`, "Use a number such as 0.")
    this.seedValue = BigInt(whole)
    const { state } = this
    state[0] = Number(this.seedValue & 0xffffffffn)
    for (let i = 1; i < N; i++) {
      const before = state[i - 1]! ^ (state[i - 1]! >>> 30)
      state[i] = Math.imul(1812433253, before) + i
    }
    this.at = N
    this.drawn = false
    this.nextNormal = null
    return this
  }

  initial_seed(): number {
    return Number(this.wholeSeed)
  }
  /** The seed as the 64 bits without sign that PyTorch keeps. */
  get wholeSeed(): bigint {
    return BigInt.asUintN(64, this.seedValue)
  }

  /** A seed from the system's own chance. Returns it. */
  seed(): number {
    const chosen = Math.floor(Math.random() * 2 ** 52)
    this.manual_seed(chosen)
    return chosen
  }

  /** The whole state in the bytes in which PyTorch's CPU generator gives it (its legacy layout, 5056 bytes). */
  get_state(): Tensor {
    const bytes = new Uint8Array(stateSize)
    const view = new DataView(bytes.buffer)
    view.setBigUint64(0, BigInt.asUintN(64, this.seedValue), true)
    view.setInt32(8, N - this.at + 1, true) // How many are left before the next twist.
    view.setInt32(12, 1, true)
    view.setBigUint64(16, BigInt(this.at === N && !this.drawn ? 0 : this.at), true)
    this.state.forEach((word, i) => view.setBigUint64(24 + 8 * i, BigInt(word), true))
    const { normal } = places
    if (this.nextNormal !== null) {
      view.setFloat64(normal, this.nextNormal, true)
      view.setInt32(normal + 24, 1, true)
    }
    return fromNumbers(bytes, [stateSize], uint8)
  }

  /** Takes over a state that `get_state` gave. Throws TypeError for anything else. */
  set_state(state: Tensor): this {
    if (!(state instanceof Tensor) || state.numel() !== stateSize) throw faults.argument("set_state: expected a state as get_state() gives it.", "Keep what torch.get_rng_state() returned and pass it here.")
    const view = new DataView(Uint8Array.from(numbersOf(state)).buffer)
    this.seedValue = view.getBigUint64(0, true)
    this.at = N + 1 - view.getInt32(8, true)
    this.drawn = view.getBigUint64(16, true) !== 0n
    for (let i = 0; i < N; i++) this.state[i] = Number(view.getBigUint64(24 + 8 * i, true) & 0xffffffffn)
    const { normal } = places
    this.nextNormal = view.getInt32(normal + 24, true) ? view.getFloat64(normal, true) : null
    return this
  }

  /** 32 random bits. */
  random(): number {
    if (this.at === N) this.twist()
    let y = this.state[this.at++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    y ^= y >>> 18
    return y >>> 0
  }

  /** 64 random bits: the first draw is the upper half. */
  random64(): bigint {
    const high = BigInt(this.random())
    return (high << 32n) | BigInt(this.random())
  }

  private twist(): void {
    const { state } = this
    for (let i = 0; i < N; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % N]! & 0x7fffffff)
      state[i] = state[(i + M) % N]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0)
    }
    this.at = 0
    this.drawn = true
  }

  /** Uniform in [0, 1) with the 24 bits of a float32. */
  uniform32(): number {
    return (this.random() & 0xffffff) / 16777216
  }

  /** Uniform in [0, 1) with the 53 bits of a float64. */
  uniform64(): number {
    return Number(this.random64() & 0x1fffffffffffffn) / 9007199254740992
  }

  /** One standard normal number from two uniform ones; the pair's other number is kept. */
  normal(): number {
    if (this.nextNormal !== null) {
      const kept = this.nextNormal
      this.nextNormal = null
      return kept
    }
    const turn = this.uniform64()
    const radius = Math.sqrt(-2 * Math.log1p(-this.uniform64()))
    const angle = 2 * Math.PI * turn
    this.nextNormal = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  /** A whole number in [from, to). */
  integer(from: number, to: number): number {
    const range = to - from
    return range >= 4294967296 ? Number(this.random64() % BigInt(range)) + from : (this.random() % range) + from
  }
}

/** The generator of every draw that names no other. */
export const generator = new Generator()

/** Fills with standard normal numbers: from 16 elements on in blocks of 16, as PyTorch's vectorised path does. */
export function fillNormal(values: { [index: number]: number; readonly length: number }, wide: boolean, mean = 0, std = 1, from: Generator = generator): void {
  const size = values.length
  const uniform = wide ? () => from.uniform64() : () => from.uniform32()
  if (size < 16) {
    for (let i = 0; i < size; i++) values[i] = from.normal() * std + mean
    return
  }
  for (let i = 0; i < size; i++) values[i] = uniform()
  for (let i = 0; i + 15 < size; i += 16) blockNormal(values, i, mean, std)
  if (size % 16 !== 0) {
    // The last 16 are drawn anew, so that the rest fills a whole block.
    for (let i = size - 16; i < size; i++) values[i] = uniform()
    blockNormal(values, size - 16, mean, std)
  }
}

/** Box-Muller on 16 uniform numbers: eight radii, eight angles. */
function blockNormal(values: { [index: number]: number }, at: number, mean: number, std: number): void {
  for (let j = 0; j < 8; j++) {
    const radius = Math.sqrt(-2 * Math.log(1 - values[at + j]!))
    const angle = 2 * Math.PI * values[at + j + 8]!
    values[at + j] = radius * Math.cos(angle) * std + mean
    values[at + j + 8] = radius * Math.sin(angle) * std + mean
  }
}
