// The GPU in a browser's worker, on Chromium's software driver: what is read back without awaiting is exact, and snippets
// give what they give elsewhere.

import { afterAll, beforeAll, expect, test } from "vitest"
import { openEngine, type EngineInBrowser } from "../workbench/engineInBrowser.ts"

let engine: EngineInBrowser

beforeAll(async () => {
  engine = await openEngine({ gpu: true })
}, 120_000)

afterAll(async () => {
  await engine.close()
})

const torch = 'import torch from "torch"\n'

test("what a canvas brings back is every byte, of a NaN's as well, again and again", async () => {
  const sizes = [4, 8, 188, 192, 196, 4096, 12_288, 65_536, 1_048_576, 12_582_912]
  const found = await engine.readBack(sizes, 3)
  console.log(found.map(({ bytes, ms }) => `${bytes} bytes: ${ms.toFixed(2)} ms`).join(", "))
  expect(found.map(({ bytes, wrong }) => [bytes, wrong])).toEqual(sizes.map((bytes) => [bytes, 0]))
}, 120_000)

test("tensors live on the GPU where the setting says so, and print what they print on the CPU", async () => {
  // Numbers that float32 holds exactly, so that the order of a sum does not show.
  const source = `${torch}const x = torch.linspace(-3, 4, 8).reshape(2, 4).requires_grad_(true)
const w = torch.tensor([[1, -2], [3, 0.5], [0.25, 4], [-1, 2]])
const y = ((x + 2) * x).matmul(w).relu()
y.mean().backward()
print(y, x.grad, y.argmax(1), (x > 0).float().mean())`
  const gpu = await engine.run(source, { device: "webgpu" }, { everything: true })
  const cpu = await engine.run(source, { device: "cpu" })
  expect([gpu.result.error, gpu.result.device, cpu.result.device]).toEqual([undefined, "webgpu", "cpu"])
  expect(gpu.result.stdout.replaceAll(", device='webgpu:0'", "")).toBe(cpu.result.stdout)
}, 120_000)

test("a loop may ask for a value at each turn", async () => {
  const source = `${torch}let w = torch.tensor(5)\nlet n = 0\nwhile (w.item() > 0.5) {\n  w = w * 0.9\n  n++\n}\nprint(n, w.item().toFixed(4))`
  const { result } = await engine.run(source, { device: "webgpu" }, { everything: true })
  expect([result.error, result.stdout]).toEqual([undefined, "22 0.4924\n"])
}, 120_000)

test("a software driver is not chosen by itself", async () => {
  const { result } = await engine.run(`${torch}print(torch.ones(2).device)`, { device: "auto" })
  expect([result.stdout, result.device]).toEqual(["cpu\n", "cpu"])
})

test("a device that is full names the operator and the line that asked for too much, and the next run works", async () => {
  const source = `${torch}const x = torch.ones(10)\nconst y = x.unsqueeze(1).expand(10, 2.6e7).sigmoid()\nprint("goes on")`
  const { result } = await engine.run(source, { device: "webgpu", memoryLimit: 16_000, trace: false }, { everything: true })
  const next = await engine.run(`${torch}print(torch.ones(2).exp())`, { device: "webgpu" }, { everything: true })
  expect([result.error?.name, result.error?.message.startsWith("The GPU's memory is full at sigmoid: "), result.error?.line, next.result.error, next.result.stdout]).toEqual(["OutOfMemoryError", true, 3, undefined, "tensor([2.7183, 2.7183])\n"])
}, 120_000)
