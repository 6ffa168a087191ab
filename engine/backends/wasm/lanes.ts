// Straight-line code on four numbers at once: each step leaves its value in a local of its own.
// Apart from the printer so that formulas read as calls (`l.add(a, b)`) and not as a stack.
import type { ScalarFunction } from "../../ops/expr.ts"
import { Bytes, plain, vector, type ValueType, type VectorInstruction } from "./encoder.ts"

/** A value of four lanes: numbers, or truths with all bits set or none. */
export interface Lanes {
  readonly local: number
  readonly truth: boolean
}

export interface Fallback {
  readonly name: ScalarFunction
  readonly arity: number
}

/** Writes instructions; constants and imports are gathered on the way. */
export class LaneCode {
  readonly body = new Bytes()
  readonly fallbacks: Fallback[] = []
  private readonly known = new Map<string, number>()
  private readonly constants: { readonly local: number; readonly encoded: Bytes }[] = []

  constructor(
    private readonly firstLocal: number,
    readonly relaxed: boolean,
    readonly locals: ValueType[] = [],
  ) {}

  local(type: ValueType): number {
    this.locals.push(type)
    return this.firstLocal + this.locals.length - 1
  }

  get(local: number): this {
    this.body.byte(plain["local.get"]).unsigned(local)
    return this
  }

  set(local: number): this {
    this.body.byte(plain["local.set"]).unsigned(local)
    return this
  }

  /** A vector instruction with its immediate bytes. */
  op(name: VectorInstruction, ...immediates: readonly number[]): this {
    this.body.byte(0xfd).unsigned(vector[name]).byte(...immediates)
    return this
  }

  /** The instruction's result on these lanes. */
  apply(name: VectorInstruction, values: readonly Lanes[], truth = false): Lanes {
    for (const value of values) this.get(value.local)
    const local = this.op(name).local("v128")
    this.set(local)
    return { local, truth }
  }

  /** Four times the same float, kept in a local across the loop. */
  constant(value: number): Lanes {
    const four = new Bytes().float32(value)
    return this.bits(four, `f${Object.is(value, -0) ? "-0" : value}`)
  }

  /** Four times the same 32 bits. */
  whole(value: number): Lanes {
    return this.bits(new Bytes().byte(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >> 24) & 0xff), `i${value}`)
  }

  private bits(four: Bytes, key: string): Lanes {
    let local = this.known.get(key)
    if (local === undefined) {
      this.known.set(key, (local = this.local("v128")))
      const encoded = new Bytes().byte(0xfd).unsigned(vector["v128.const"])
      for (let lane = 0; lane < 4; lane++) encoded.add(four)
      this.constants.push({ local, encoded })
    }
    return { local, truth: false }
  }

  /** Loads the constants into their locals; stands before the loop. */
  prologue(): { readonly code: Bytes; readonly globals: readonly Bytes[] } {
    const code = new Bytes()
    this.constants.forEach(({ local }, i) => code.byte(plain["global.get"]).unsigned(i).byte(plain["local.set"]).unsigned(local))
    return { code, globals: this.constants.map((one) => one.encoded) }
  }

  add = (a: Lanes, b: Lanes): Lanes => this.apply("f32x4.add", [a, b])
  sub = (a: Lanes, b: Lanes): Lanes => this.apply("f32x4.sub", [a, b])
  mul = (a: Lanes, b: Lanes): Lanes => this.apply("f32x4.mul", [a, b])
  div = (a: Lanes, b: Lanes): Lanes => this.apply("f32x4.div", [a, b])

  /** `a · b + c`, in one rounding where the machine has that. */
  madd(a: Lanes, b: Lanes, c: Lanes): Lanes {
    return this.relaxed ? this.apply("f32x4.relaxed_madd", [a, b, c]) : this.add(this.mul(a, b), c)
  }

  /** Σ cᵢ · xⁱ, from the highest down. */
  polynomial(x: Lanes, coefficients: readonly number[]): Lanes {
    let total = this.constant(coefficients[coefficients.length - 1]!)
    for (let i = coefficients.length - 2; i >= 0; i--) total = this.madd(total, x, this.constant(coefficients[i]!))
    return total
  }

  compare(how: "eq" | "ne" | "lt" | "gt" | "le" | "ge", a: Lanes, b: Lanes): Lanes {
    return this.apply(`f32x4.${how}`, [a, b], true)
  }

  /** `yes` where the truth holds, else `no`, bit by bit. */
  select(truth: Lanes, yes: Lanes, no: Lanes): Lanes {
    return this.apply("v128.bitselect", [yes, no, truth], yes.truth && no.truth)
  }

  shift(how: "i32x4.shl" | "i32x4.shr_s" | "i32x4.shr_u", value: Lanes, by: number): Lanes {
    this.get(value.local).body.byte(plain["i32.const"]).signed(by)
    const local = this.op(how).local("v128")
    this.set(local)
    return { local, truth: false }
  }

  /** A function from outside, called once a lane in float64. */
  outside(name: ScalarFunction, values: readonly Lanes[]): Lanes {
    let index = this.fallbacks.findIndex((one) => one.name === name && one.arity === values.length)
    if (index < 0) index = this.fallbacks.push({ name, arity: values.length }) - 1
    const local = this.local("v128")
    this.get(values[0]!.local).set(local)
    for (let lane = 0; lane < 4; lane++) {
      this.get(local)
      for (const value of values) this.get(value.local).op("f32x4.extract_lane", lane).body.byte(plain["f64.promote_f32"])
      this.body.byte(plain.call).unsigned(index).byte(plain["f32.demote_f64"])
      this.op("f32x4.replace_lane", lane).set(local)
    }
    return { local, truth: false }
  }
}
