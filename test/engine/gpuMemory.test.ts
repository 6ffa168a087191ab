// Where a GPU tensor's elements are: on the device, here, or in both; and what happens when the device is full. The
// device is a list of arrays here, so that what it holds is seen.
import { afterEach, expect, test } from "vitest"
import { cpu } from "../../engine/backends/backend.ts"
import { float32, int64 } from "../../engine/backends/dtype.ts"
import { GpuCommands } from "../../engine/backends/webgpu/commands.ts"
import type { GpuBatch, GpuRange } from "../../engine/backends/webgpu/gpuDoor.ts"
import { areExact, collector, GpuMemory, type GpuStorage } from "../../engine/backends/webgpu/memory.ts"

function desk(budget: number) {
  const buffers = new Map<number, Float32Array>()
  const reads: number[] = []
  const door = {
    open: () => ({ reason: "none is asked for" }),
    submit({ commands }: GpuBatch): void {
      for (const one of commands) {
        if (one.kind === "make") buffers.set(one.buffer, new Float32Array(one.bytes / 4).fill(NaN))
        else if (one.kind === "free") buffers.delete(one.buffer)
        else if (one.kind === "clear") buffers.get(one.buffer)!.fill(0, 0, one.bytes / 4)
        else if (one.kind === "write") buffers.get(one.buffer)!.set(one.data, one.offset / 4)
      }
    },
    read(ranges: readonly GpuRange[]): ArrayBuffer {
      reads.push(ranges.length)
      return Float32Array.from(ranges.flatMap(({ buffer, offset, bytes }) => [...buffers.get(buffer)!.subarray(offset / 4, (offset + bytes) / 4)])).buffer
    },
    reset: () => buffers.clear(),
    isAlive: () => true,
  }
  const commands = new GpuCommands(door)
  const memory = new GpuMemory(commands)
  memory.budget = budget
  /** A tensor's memory that a kernel filled with one number. */
  const computed = (count: number, value: number): GpuStorage => {
    const storage = memory.make(count, float32, cpu)
    const buffer = memory.fillOnDevice(storage.contents)
    memory.settle()
    commands.flush()
    buffers.get(buffer)!.fill(value)
    return storage
  }
  return { buffers, reads, commands, memory, computed }
}

afterEach(() => {
  collector.collect = null
})

test("what nobody wrote is zero, here and on the device", () => {
  const { memory, commands, buffers, reads } = desk(1 << 20)
  const [here, there] = [memory.make(3, float32, cpu), memory.make(3, float32, cpu)]
  const buffer = memory.onDevice(there.contents)
  commands.flush()
  expect([[...here.seen], [...buffers.get(buffer)!.subarray(0, 3)], reads]).toEqual([[0, 0, 0], [0, 0, 0], []])
})

test("elements are fetched once, and again only after the device changed them", () => {
  const { memory, computed, reads } = desk(1 << 20)
  const one = computed(4, 7)
  const first = [...one.seen, ...one.seen]
  memory.changeOnDevice(one.contents)
  void one.seen
  expect([first, reads]).toEqual([[7, 7, 7, 7, 7, 7, 7, 7], [1, 1]])
})

test("a change here makes the device's copy old", () => {
  const { memory, commands, buffers, computed } = desk(1 << 20)
  const one = computed(2, 7)
  one.array[1] = 9
  const buffer = memory.onDevice(one.contents)
  commands.flush()
  expect([...buffers.get(buffer)!.subarray(0, 2)]).toEqual([7, 9])
})

test("a full device moves what was used longest ago to this process, and loses nothing", () => {
  const { memory, computed } = desk(40_000)
  const all = Array.from({ length: 200 }, (_, i) => computed(256, i))
  expect([memory.heldBytes <= 40_000, all.every((one, i) => one.seen.every((value) => value === i))]).toEqual([true, true])
})

test("a hundred thousand results that nobody keeps do not fill the device", () => {
  const { memory, computed, buffers } = desk(100_000)
  for (let i = 0; i < 100_000; i++) computed(64, i)
  expect([memory.heldBytes <= 100_000, buffers.size < 500]).toEqual([true, true])
})

test("where the collector tells what is dead, that is given back and nothing is moved", () => {
  const { memory, computed, reads } = desk(40_000)
  const kept = computed(256, 1)
  // A collection is played: everything but the first is said to be dead.
  collector.collect = () => undefined
  const dead = { deref: () => undefined }
  for (let i = 0; i < 200; i++) Object.assign(computed(256, i).contents, { lease: dead })
  expect([[...reads], kept.seen[0], memory.heldBytes <= 40_000]).toEqual([[], 1, true])
})

test("a freed buffer is used again by the next tensor of its size", () => {
  const { memory, computed, buffers } = desk(1 << 20)
  for (let i = 0; i < 50; i++) memory.free(computed(1000, i).contents)
  expect(buffers.size).toBe(1)
})

test("whole numbers go to the device only where float32 holds each of them", () => {
  const { memory } = desk(1 << 20)
  const [small, large] = [memory.make(2, int64, cpu), memory.make(2, int64, cpu)]
  small.array[1] = 16_777_216
  large.array[1] = 16_777_217
  expect([areExact(small.contents), areExact(large.contents)]).toEqual([true, false])
})

test("a few elements of many are brought alone, those near each other in one piece, and small tensors whole", () => {
  const { computed, reads, commands, buffers } = desk(1 << 24)
  const large = computed(100_000, 7)
  commands.flush()
  const picked = large.pick([99_999, 0, 3, 50_000])
  buffers.get(large.contents.buffer)!.set([1, 2, 3, 4])
  const again = large.pick([3, 0])
  const small = computed(4, 5)
  expect([picked, again, small.pick([1]), reads, large.contents.hostGood, small.contents.hostGood]).toEqual([[7, 7, 7, 7], [4, 1], [5], [3, 1, 1], false, true])
})
