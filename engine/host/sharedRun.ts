// The memory that the supervisor and its thread share: why to stop, where the snippet is, and what it has printed.
// Apart because both sides must agree on the layout, and because it works while the thread never yields: a loop that
// awaits nothing can still be told to stop, and what it printed is still read, also after the thread was ended.

export type StopCause = "none" | "stopped" | "timeLimit" | "memoryLimit"

const causes: readonly StopCause[] = ["none", "stopped", "timeLimit", "memoryLimit"]
const causeAt = 0
const siteAt = 1
const writtenAt = 2
const readAt = 3
const heededAt = 4
const answersAt = 5
const headerBytes = 32
/** Room for printed text between two looks of the supervisor; a thread that prints faster waits. */
const ringBytes = 256 * 1024

/** Makes the memory for one thread. */
export function makeSharedRun(): SharedArrayBuffer {
  return new SharedArrayBuffer(headerBytes + ringBytes)
}

/** One side's view of the shared memory. */
export class SharedRun {
  readonly numbers: Int32Array
  /** Where the engine's `position` lives. */
  readonly siteCell: Int32Array
  readonly #ring: Uint8Array
  readonly #encoder = new TextEncoder()
  #decoder = new TextDecoder()

  constructor(memory: SharedArrayBuffer) {
    this.numbers = new Int32Array(memory, 0, headerBytes / 4)
    this.siteCell = this.numbers.subarray(siteAt, siteAt + 1)
    this.#ring = new Uint8Array(memory, headerBytes)
  }

  /** Supervisor, before a run: no cause, no place, no text. */
  reset(): void {
    this.numbers.fill(0)
    this.#decoder = new TextDecoder()
  }

  get cause(): StopCause {
    return causes[Atomics.load(this.numbers, causeAt)] ?? "none"
  }

  /** The first cause stays: a time limit that passes while a stop is under way changes nothing. */
  ask(cause: StopCause): void {
    Atomics.compareExchange(this.numbers, causeAt, 0, causes.indexOf(cause))
  }

  /** Thread: the cheap question of every loop. A plain read serves: the compiler cannot hoist it out of a call. */
  stopRequested(): boolean {
    if (this.numbers[causeAt] === 0) return false
    this.numbers[heededAt] = 1
    return true
  }

  /** Supervisor: the snippet has seen the request and is winding down. */
  get heeded(): boolean {
    return Atomics.load(this.numbers, heededAt) !== 0
  }

  /** Supervisor: the place that the snippet was at last. */
  get site(): number {
    return Atomics.load(this.siteCell, 0)
  }

  /** Thread: how many questions about files have been answered. */
  get answers(): number {
    return Atomics.load(this.numbers, answersAt)
  }

  /** Thread: sleeps until there are more answers than `seen`, for some milliseconds at most. */
  awaitAnswer(seen: number, longest: number): void {
    Atomics.wait(this.numbers, answersAt, seen, longest)
  }

  /** Supervisor: an answer lies in the port. */
  answered(): void {
    Atomics.add(this.numbers, answersAt, 1)
    Atomics.notify(this.numbers, answersAt)
  }

  /** Thread: hands text over, waiting where the supervisor is behind. */
  write(text: string): void {
    const bytes = this.#encoder.encode(text)
    let done = 0
    while (done < bytes.length) {
      const written = Atomics.load(this.numbers, writtenAt)
      const read = Atomics.load(this.numbers, readAt)
      const free = ringBytes - ((written - read) >>> 0)
      if (free === 0) {
        Atomics.wait(this.numbers, readAt, read, 50)
        continue
      }
      const from = (written >>> 0) % ringBytes
      const length = Math.min(free, bytes.length - done, ringBytes - from)
      this.#ring.set(bytes.subarray(done, done + length), from)
      done += length
      Atomics.store(this.numbers, writtenAt, (written + length) | 0)
    }
  }

  /** Supervisor: what was printed since the last look. */
  drain(): string {
    let text = ""
    for (;;) {
      const written = Atomics.load(this.numbers, writtenAt)
      const read = Atomics.load(this.numbers, readAt)
      const waiting = (written - read) >>> 0
      if (waiting === 0) return text
      const from = (read >>> 0) % ringBytes
      const length = Math.min(waiting, ringBytes - from)
      // A decoder refuses shared memory, hence the copy; it keeps a character that is cut at the end for the next time.
      text += this.#decoder.decode(this.#ring.slice(from, from + length), { stream: true })
      Atomics.store(this.numbers, readAt, (read + length) | 0)
      Atomics.notify(this.numbers, readAt)
    }
  }
}
