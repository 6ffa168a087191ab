// Instructions with loops and addresses, on top of what straight-line code has. Apart from the kernels because every
// hand-written one is made of these.
import { encodeModule, plain, type ValueType } from "./encoder.ts"
import { LaneCode } from "./lanes.ts"

/** The type of a block that leaves nothing on the stack. */
export const empty = 0x40

export class LoopCode extends LaneCode {
  /** Repeats `body` until it leaves 0 on the stack: runs at least once. */
  repeat(body: () => void): this {
    this.body.byte(plain.loop, empty)
    body()
    this.body.byte(plain.br_if, 0, plain.end)
    return this
  }

  /** `while (left >= width) { body; left -= width }`. */
  inSteps(left: number, width: number, body: () => void): this {
    this.body.byte(plain.block, empty, plain.loop, empty)
    this.get(left).body.byte(plain["i32.const"]).signed(width).byte(plain["i32.lt_s"], plain.br_if, 1)
    body()
    this.move(left, -width)
    this.body.byte(plain.br, 0, plain.end, plain.end)
    return this
  }

  /** Runs `body` where `condition` leaves something other than 0. */
  when(condition: () => void, body: () => void): this {
    this.body.byte(plain.block, empty)
    condition()
    this.body.byte(plain["i32.eqz"], plain.br_if, 0)
    body()
    this.body.byte(plain.end)
    return this
  }

  /** `local += by`, a number or another local. */
  move(local: number, by: number | { readonly local: number }): this {
    this.get(local)
    if (typeof by === "number") this.body.byte(plain["i32.const"]).signed(by)
    else this.get(by.local)
    this.body.byte(plain["i32.add"])
    return this.set(local)
  }

  copy(from: number, to: number): this {
    return this.get(from).set(to)
  }

  /** Counts `local` down by one and leaves what is left. */
  countDown(local: number): void {
    this.get(local).body.byte(plain["i32.const"]).signed(1).byte(plain["i32.sub"], plain["local.tee"]).unsigned(local)
  }

  /** True where the two differ. */
  differ(a: number, b: number): void {
    this.get(a).get(b).body.byte(plain["i32.ne"])
  }

  /** `to = base + the whole number at table`. */
  look(base: number, table: number, to: number): this {
    this.get(base).get(table).body.byte(plain["i32.load"], 2, 0, plain["i32.add"])
    return this.set(to)
  }

  load(address: number, offset: number): this {
    this.get(address).op("v128.load", 2)
    this.body.unsigned(offset)
    return this
  }

  splat(address: number, offset: number): this {
    this.get(address).op("v128.load32_splat", 2)
    this.body.unsigned(offset)
    return this
  }

  zero(local: number): this {
    this.op("v128.const", ...new Array<number>(16).fill(0))
    return this.set(local)
  }

  /** `total += a · b` in each lane. */
  accumulate(total: number, a: number, b: number): this {
    if (this.relaxed) this.get(a).get(b).get(total).op("f32x4.relaxed_madd")
    else this.get(total).get(a).get(b).op("f32x4.mul").op("f32x4.add")
    return this.set(total)
  }

  /** Leaves the sum of a vector's four numbers. */
  laneSum(total: number): this {
    const lane = (i: number): this => this.get(total).op("f32x4.extract_lane", i)
    lane(0)
    lane(1).body.byte(plain["f32.add"])
    lane(2)
    lane(3).body.byte(plain["f32.add"], plain["f32.add"])
    return this
  }

  several(count: number, type: ValueType): number[] {
    return Array.from({ length: count }, () => this.local(type))
  }
}

/** The module whose one function is `code`, with so many parameters. */
export function finished(code: LaneCode, takes: readonly ValueType[], gives: readonly ValueType[] = []): Uint8Array<ArrayBuffer> {
  const { code: begin, globals } = code.prologue()
  return encodeModule({ imports: [], constants: globals, type: { takes, gives }, locals: code.locals, body: begin.add(code.body) })
}

export const addresses = (count: number): ValueType[] => new Array<ValueType>(count).fill("i32")
