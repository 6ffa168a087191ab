// The object that compiled snippets call (`$$`): calls, indexing, assignment, truth, and the places where a run can be
// stopped. Apart from the recorder, which it only tells what happened, and without which it runs the same.
import { getItem, setItem, truth } from "../autograd/operators.ts"
import { Fault } from "../protocol/faults.ts"
import { position } from "../tensor/position.ts"
import { Size } from "../tensor/size.ts"
import { Tensor } from "../tensor/tensor.ts"
import { arithmetic, type Watcher } from "./arithmetic.ts"
import { constantChanged, noOwner, notCallable, notScoped } from "./mistakes.ts"
import type { SiteTable } from "./sites.ts"

/** What the recorder is told. */
export interface Recording extends Watcher {
  /** A place had a value; `name` where it differs from the site's own. */
  value(site: number, value: unknown, name?: string): void
  /** An optimiser's step: any leaf may change. */
  changingLeaves(): void
  /** Everything before was silent. */
  restart(): void
  /** `.grad` of something was asked for. */
  asked(site: number, owner: unknown): void
  /** What it keeps alive of the run's values. */
  held(): Iterable<unknown>
}

export interface RuntimeOptions {
  readonly table: SiteTable
  readonly recorder: Recording | null
  /** Asked at every turn of a loop and every entry of a function; throws to end the run. */
  readonly turn: (site: number) => void
  /** Told once, when the shown part of the run begins. */
  readonly show: () => void
  /** Told of each promise that a line leaves to itself. */
  readonly floating: (promise: PromiseLike<unknown>) => void
}

export type Runtime = ReturnType<typeof makeRuntime>

type Callable = (...args: unknown[]) => unknown
type Keyed = Record<PropertyKey, unknown>

/** Faults that end a run whatever the snippet catches. */
export const endings: ReadonlySet<string> = new Set(["Stopped", "TimeLimit"])

export function makeRuntime(options: RuntimeOptions) {
  const { table, recorder, turn } = options
  const operators = arithmetic(recorder)

  function recorded(site: number, value: unknown, inputs: readonly unknown[]): unknown {
    if (recorder !== null && value instanceof Tensor) recorder.operation(site, value, inputs)
    return value
  }

  function apply(site: number, f: Callable, owner: unknown, args: unknown[]): unknown {
    position.site = site
    return recorded(site, Reflect.apply(f, owner, args), args)
  }

  function indexed(site: number, x: unknown, keys: unknown[]): unknown {
    if (x instanceof Tensor && isIndex(keys)) {
      position.site = site
      return recorded(site, getItem(x, keys), [])
    }
    return (x as Keyed)[plainKey(x, keys) as PropertyKey]
  }

  function assigned(site: number, x: unknown, keys: unknown[], value: unknown): void {
    if (x instanceof Tensor && isIndex(keys)) {
      position.site = site
      recorder?.changing(x)
      setItem(x, keys, value)
    } else {
      ;(x as Keyed)[plainKey(x, keys) as PropertyKey] = value
    }
  }

  /** A property or an element with its object and key, evaluated once: the target of `x[i] += 1`. */
  class Place {
    readonly current: unknown
    constructor(
      private readonly site: number,
      private readonly isElement: boolean,
      readonly owner: unknown,
      private readonly keys: unknown[],
    ) {
      this.current = isElement ? indexed(site, owner, keys) : property(site, owner, keys[0] as string)
    }
    get value(): unknown {
      return this.current
    }
    set value(value: unknown) {
      position.site = this.site
      if (this.isElement) assigned(this.site, this.owner, this.keys, value)
      else (this.owner as Keyed)[this.keys[0] as string] = value
    }
  }

  function property(site: number, owner: unknown, key: string): unknown {
    if (owner === null || owner === undefined) throw noOwner(table, site, owner)
    if (!(owner instanceof Tensor)) return (owner as Keyed)[key]
    position.site = site
    if (key === "grad") recorder?.asked(site, owner)
    return recorded(site, (owner as unknown as Keyed)[key], [])
  }

  /** `x.requires_grad = true` and `x[0] = 1` change x: that is what the line shows. */
  function recordOwner(site: number, owner: unknown, value: unknown): void {
    if (recorder === null) return
    const name = table.get(site)?.name
    if (owner instanceof Tensor) recorder.value(site, owner, name?.replace(/(\?|!)?\.\w+$/, ""))
    else recorder.value(site, value)
  }

  const runtime = {
    ...operators,

    /** The value that `truth` or `some` just looked at; compiled code reads it in the next instruction. */
    held: undefined as unknown,
    /** The method that `someMethod` just found. */
    method: undefined as unknown,

    /** `owner.key(…args)`. */
    m(site: number, owner: unknown, key: PropertyKey, ...args: unknown[]): unknown {
      if (owner === null || owner === undefined) throw noOwner(table, site, owner)
      const f = (owner as Keyed)[key]
      if (typeof f !== "function") throw notCallable(table, site, f, owner)
      if (recorder !== null && typeof key === "string") {
        if (key.charCodeAt(key.length - 1) === 95) {
          if (owner instanceof Tensor) recorder.changing(owner)
          else if (args[0] instanceof Tensor) recorder.changing(args[0])
        } else if (key === "step") recorder.changingLeaves()
      }
      return apply(site, f as Callable, owner, args)
    },

    /** `f(…args)`. */
    call(site: number, f: unknown, ...args: unknown[]): unknown {
      if (typeof f !== "function") throw notCallable(table, site, f, null)
      return apply(site, f as Callable, undefined, args)
    },

    /** A function found by JavaScript itself, called with its `this`. */
    invoke(site: number, f: unknown, owner: unknown, ...args: unknown[]): unknown {
      if (typeof f !== "function") throw notCallable(table, site, f, owner)
      return apply(site, f as Callable, owner, args)
    },

    /** `new C(…args)`. */
    make(site: number, C: unknown, ...args: unknown[]): unknown {
      if (typeof C !== "function") throw notCallable(table, site, C, null)
      position.site = site
      return recorded(site, Reflect.construct(C, args), [])
    },

    /** `owner.key`, where a tensor may make a tensor of itself. */
    read: (site: number, owner: unknown, key: string) => property(site, owner, key),

    /** `x[…keys]`. */
    index: (site: number, x: unknown, ...keys: unknown[]) => indexed(site, x, keys),

    /** `x[…keys] = value`. */
    setItem(site: number, x: unknown, keys: unknown[], value: unknown): unknown {
      assigned(site, x, keys, value)
      recordOwner(site, x, value)
      return value
    },

    /** `owner.key = value`. */
    setProperty(site: number, owner: unknown, key: string, value: unknown): unknown {
      position.site = site
      ;(owner as Keyed)[key] = value
      recordOwner(site, owner, value)
      return value
    },

    /** A place that can be read and assigned. */
    at: (site: number, isElement: boolean, owner: unknown, ...keys: unknown[]) => new Place(site, isElement, owner, keys),

    /** `place op= value`. */
    update(site: number, operator: InPlaceHelper, place: Place, value: unknown, bindSite: number): unknown {
      const made = operators[operator](site, place.current, value)
      place.value = made
      if (bindSite !== 0) recordOwner(bindSite, place.owner, made)
      return made
    },

    /** `place++`, `--place`. */
    stepAt(site: number, place: Place, by: number, keepsOld: boolean): unknown {
      const before = place.current
      const made = operators.step(site, before, by)
      place.value = made
      return keepsOld ? counted(before) : made
    },

    /** The old value of `x++`; the assignment is the second argument. */
    first: (_site: number, before: unknown, _after: unknown) => counted(before),

    /** `x += 1` where x is a constant: fine as long as it stays the same object. */
    same(site: number, before: unknown, made: unknown): unknown {
      if (before !== made) throw constantChanged(table, site)
      return made
    },

    /** Whether a value counts as true; a tensor by its one element. */
    truth(site: number, value: unknown): boolean {
      runtime.held = value
      if (typeof value === "boolean") return value
      if (!(value instanceof Tensor)) return Boolean(value)
      position.site = site
      return truth(value)
    },

    /** Whether an optional chain goes on. */
    some(_site: number, value: unknown): boolean {
      runtime.held = value
      return value !== null && value !== undefined
    },

    /** Whether `owner.key?.()` has something to call. */
    someMethod(_site: number, owner: unknown, key: PropertyKey): boolean {
      runtime.held = owner
      runtime.method = (owner as Keyed)[key]
      return runtime.method !== null && runtime.method !== undefined
    },

    /** What a loop, a spread or a pattern goes through: a tensor's rows. */
    rows(site: number, value: unknown): unknown {
      if (!(value instanceof Tensor)) return value
      position.site = site
      return [...(value as unknown as Iterable<unknown>)]
    },

    turn,

    /** What `using` is given: something that ends with its block, or nothing. */
    scoped(site: number, value: unknown): unknown {
      if (value === null || value === undefined) return value
      const { [Symbol.dispose]: end, [Symbol.asyncDispose]: later } = value as Keyed
      if (typeof end === "function" || typeof later === "function") return value
      throw notScoped(site)
    },

    /** A name got a value. */
    bind(site: number, value: unknown): unknown {
      recorder?.value(site, value)
      return value
    },

    /** A statement that is an expression had a value. */
    result(site: number, value: unknown): unknown {
      if (value === undefined) return value
      if (isPromise(value)) options.floating(value)
      else recorder?.value(site, value)
      return value
    },

    floating(_site: number, value: unknown): unknown {
      if (isPromise(value)) options.floating(value)
      return value
    },

    /** Lets a stop pass through the learner's `catch`. */
    caught(_site: number, error: unknown): void {
      if (error instanceof Fault && endings.has(error.name)) throw error
    },

    /** Remembers where a value was thrown that cannot say so itself. */
    thrown(site: number, value: unknown): unknown {
      lastThrown.value = value
      lastThrown.site = site
      return value
    },

    /** The shown part of the run begins. */
    show(_site: number): void {
      recorder?.restart()
      options.show()
    },
  }
  return runtime
}

type InPlaceHelper = "iadd" | "isub" | "imul" | "idiv" | "imod" | "ipow" | "iand" | "ior" | "ixor" | "ishl" | "ishr"

/** The newest thrown value and where that was. */
export const lastThrown: { value: unknown; site: number } = { value: undefined, site: 0 }

/** What `x++` gives: JavaScript makes a number of the old value. */
function counted(before: unknown): unknown {
  return before instanceof Tensor || typeof before === "bigint" ? before : Number(before)
}

function isIndex(keys: readonly unknown[]): boolean {
  const [key] = keys
  return keys.length !== 1 || (typeof key === "string" ? key === "..." : typeof key !== "symbol")
}

/** The key that JavaScript would use; a torch.Size also counts from its end, as in Python. */
function plainKey(x: unknown, keys: readonly unknown[]): unknown {
  const key = keys[keys.length - 1]
  if (key instanceof Tensor) return key.numel() === 1 ? Number((key as unknown as { item(): unknown }).item()) : key
  return typeof key === "number" && key < 0 && x instanceof Size ? key + x.length : key
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && !(value instanceof Tensor) && typeof (value as { then?: unknown }).then === "function"
}
