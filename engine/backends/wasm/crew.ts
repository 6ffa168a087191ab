// Threads that help with large kernels: what is agreed between the thread that computes and its helpers. Apart from the
// scratch memory because this knows calls and that one knows numbers. A kernel call is divided into calls that write to
// different places, so that the result is the same to the bit whoever runs which; they lie on a board in shared memory,
// and everybody takes the next one until none is left. A helper that sleeps, or is still starting, costs nothing: the
// caller takes all of them itself.

export type Run = (...args: number[]) => number

/** What a helper is started with. */
export interface Gear {
  readonly memory: WebAssembly.Memory
  readonly board: SharedArrayBuffer
}

/** How a kernel reaches the helpers. */
export type Announce = (module: WebAssembly.Module) => void

/** What the host has for threads; without it there is one. */
export const hands: {
  /** Starts so many helpers more. */
  hire: ((count: number, gear: Gear) => Announce) | null
  /** Copies bytes: JavaScript's own copying into shared memory is three to twenty times slower. */
  copy: (from: Uint8Array, to: Uint8Array, at: number, start: number, end: number) => void
  /** Threads that the machine runs at once. */
  cores: number
} = { hire: null, copy: (from, to, at, start, end) => to.set(from.subarray(start, end), at), cores: 1 }

/**
 * How many threads compute, the caller counted: 0 is as many as the machine has, up to `mostThreads`; and what that is where
 * a run does not say. `everything`: each kernel that there is in WebAssembly runs there and is divided, however small: for tests.
 */
export const terms = { threads: 0, usual: 0, everything: false }

/** Calls that were given out so far, and those of them that helpers did: for tests and measurements. */
export const tally = { given: 0, helped: 0 }

/** Copying to and from the shared memory is done by one thread: more than these would wait for it. */
const mostThreads = 8
/** The same where somebody says how many. */
const mostAsked = 64
export const threadCount = (): number => (hands.hire ? Math.min(mostAsked, terms.threads || Math.min(mostThreads, hands.cores)) : 1)

// The words of the board. A ticket is a number of the work, which tells a new one from an old one, and how many of its
// calls nobody has taken yet.
const ticketAt = 0
const doneAt = 1
const waitingAt = 2
const kernelAt = 3
const arityAt = 4
const bellAt = 5
const asleepAt = 6
const announcedAt = 7
const wantedAt = 8
const readyAt = 9
const words = 16

/** Calls that a work is divided into at most, and arguments of each. */
export const mostCalls = 128
const mostArguments = 24
export const boardBytes = words * 4 + mostCalls * mostArguments * 8

const left = (ticket: number): number => ticket & 0xff

/** Looks at the board, each some nanoseconds, before a thread goes to sleep: about the time between two kernels of a product. */
const patience = 16000
/** The same for the caller, which waits for calls that have begun. */
const callerPatience = 20_000

/** Milliseconds that helpers are left out at first when they have cost more than they gave, and at most. */
const shortestBreak = 20
const longestBreak = 1000

// Captured at load, so that the sandbox may take it away from the snippet afterwards.
const clock = globalThis.performance

class Board {
  protected readonly words: Int32Array
  protected readonly args: Float64Array

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory, 0, words)
    this.args = new Float64Array(memory, words * 4)
  }

  /** Takes a call that nobody has taken; −1 where there is none. */
  protected take(): number {
    for (;;) {
      const ticket = Atomics.load(this.words, ticketAt)
      if (left(ticket) === 0) return -1
      if (Atomics.compareExchange(this.words, ticketAt, ticket, ticket - 1) === ticket) return left(ticket) - 1
    }
  }
}

/** The caller's side: gives out work, does its share, waits for the rest. */
export class Crew extends Board {
  readonly #gear: Gear
  readonly #announcers: Announce[] = []
  readonly #modules: WebAssembly.Module[] = []
  readonly #kernels = new Map<Run, number>()
  #hired = 0
  #works = 0
  #run: Run | null = null
  #calls: readonly (readonly number[])[] = []
  #began = 0
  /** Milliseconds that helpers have gained lately. */
  #balance = 0
  #break = shortestBreak
  #breakEnds = 0

  constructor(memory: WebAssembly.Memory) {
    const board = new SharedArrayBuffer(boardBytes)
    super(board)
    this.#gear = { memory, board }
  }

  /** Has helpers for so many threads, or starts them. True where it pays to ask them now. */
  ready(threads: number): boolean {
    const missing = threads - 1 - this.#hired
    if (missing > 0 && hands.hire) {
      const announce = hands.hire(missing, this.#gear)
      for (const module of this.#modules) announce(module)
      this.#announcers.push(announce)
      this.#hired += missing
    }
    Atomics.store(this.words, wantedAt, threads - 1)
    return terms.everything || (Atomics.load(this.words, readyAt) > 0 && (this.#breakEnds === 0 || clock.now() > this.#breakEnds))
  }

  /** A kernel that helpers may run, too. */
  know(run: Run, module: WebAssembly.Module): void {
    this.#kernels.set(run, this.#modules.push(module) - 1)
    for (const announce of this.#announcers) announce(module)
    Atomics.store(this.words, announcedAt, this.#modules.length)
  }

  /** Gives a work out. `finish` follows before the next one. */
  begin(run: Run, calls: readonly (readonly number[])[]): void {
    this.#run = run
    this.#calls = calls
    this.#began = clock.now()
    const { words, args } = this
    words[kernelAt] = this.#kernels.get(run)!
    words[arityAt] = calls[0]!.length
    calls.forEach((call, c) => call.forEach((value, i) => (args[c * mostArguments + i] = value)))
    Atomics.store(words, doneAt, 0)
    this.#works = (this.#works + 1) & 0x7fffff
    Atomics.store(words, ticketAt, (this.#works << 8) | calls.length)
    Atomics.add(words, bellAt, 1)
    if (Atomics.load(words, asleepAt) > 0) Atomics.notify(words, bellAt, calls.length)
  }

  /** Does what nobody has taken, and waits for what has begun. */
  finish(): void {
    const { words } = this
    const calls = this.#calls
    const run = this.#run!
    let own = 0
    try {
      for (let c = this.take(); c >= 0; c = this.take()) {
        own++
        run(...calls[c]!)
      }
    } finally {
      while (this.take() >= 0) own++
      const others = calls.length - own
      const ended = clock.now()
      for (let looks = 0; looks < callerPatience && Atomics.load(words, doneAt) < others; looks++);
      if (Atomics.load(words, doneAt) < others) {
        Atomics.store(words, waitingAt, 1)
        for (let done = Atomics.load(words, doneAt); done < others; done = Atomics.load(words, doneAt)) Atomics.wait(words, doneAt, done)
        Atomics.store(words, waitingAt, 0)
      }
      tally.given += calls.length
      tally.helped += others
      this.#calls = []
      this.#count(own, others, ended)
    }
  }

  /** Where other programs want the processor, a helper that has begun may stand still for long: then we do without for a while. */
  #count(own: number, others: number, ended: number): void {
    const waited = clock.now() - ended
    this.#balance = 0.9 * this.#balance + (own > 0 ? (others * (ended - this.#began)) / own : 0) - waited
    if (this.#balance > 1) this.#break = shortestBreak
    else if (this.#balance < -0.5) {
      this.#breakEnds = clock.now() + this.#break
      this.#break = Math.min(longestBreak, this.#break * 2)
      this.#balance = 0
    }
  }
}

/** A helper's side. */
export class Helper extends Board {
  readonly #memory: WebAssembly.Memory
  readonly #receive: () => WebAssembly.Module | null
  readonly #kernels: Run[] = []

  /** `receive` gives the next kernel that was announced. */
  constructor({ memory, board }: Gear, receive: () => WebAssembly.Module | null) {
    super(board)
    this.#memory = memory
    this.#receive = receive
  }

  /** Helps for ever; `place` counts the helpers, and those past the number that is wanted rest. */
  serve(place: number): never {
    const { words } = this
    this.#learn()
    Atomics.add(words, readyAt, 1)
    for (;;) {
      const bell = Atomics.load(words, bellAt)
      if (place < Atomics.load(words, wantedAt)) this.#help()
      for (let looks = 0; looks < patience && Atomics.load(words, bellAt) === bell; looks++);
      if (Atomics.load(words, announcedAt) > this.#kernels.length) this.#learn()
      Atomics.add(words, asleepAt, 1)
      Atomics.wait(words, bellAt, bell)
      Atomics.sub(words, asleepAt, 1)
    }
  }

  #help(): void {
    const { words, args } = this
    if (Atomics.load(words, announcedAt) > this.#kernels.length) this.#learn()
    for (let c = this.take(); c >= 0; c = this.take()) {
      const run = this.#kernels[words[kernelAt]!]!
      run(...args.subarray(c * mostArguments, c * mostArguments + words[arityAt]!))
      Atomics.add(words, doneAt, 1)
      if (Atomics.load(words, waitingAt) > 0) Atomics.notify(words, doneAt)
    }
  }

  #learn(): void {
    for (let module = this.#receive(); module; module = this.#receive()) this.#kernels.push(new WebAssembly.Instance(module, { call: { memory: this.#memory } }).exports["run"] as Run) // Our modules export just this.
  }
}
