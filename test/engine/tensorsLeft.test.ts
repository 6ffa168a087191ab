// What a run leaves for a view of all its tensors: modules with what they hold, and the figures of a tensor's values.
import { expect, test } from "vitest"
import type { TensorSummary } from "../../engine/protocol/api.ts"
import { run } from "./snippetRunning.ts"

const idOf = (records: readonly { readonly name?: string; readonly samples: readonly { readonly value: unknown }[] }[], name: string): number => {
  const value = records.find((record) => record.name === name)?.samples.at(-1)?.value as TensorSummary | undefined
  return value?.id ?? 0
}

test("a named module is told with its parameters and buffers by path, as they are at the end", async () => {
  const { result, session } = await run(`import torch from "torch"
const { nn } = torch
const model = new nn.Sequential(new nn.Linear(2, 1), new nn.BatchNorm1d(1))
const loss = model(torch.ones(3, 2)).sum()
loss.backward()`)
  expect(result.error).toBe(undefined)
  const [model] = result.trace.modules ?? []
  expect([model?.name, model?.typeName, model?.span.line, model?.omitted]).toEqual(["model", "Sequential", 3, 0])
  expect(model?.members.map(({ path, isBuffer, value }) => `${path}${isBuffer ? " buffer" : ""} [${value.shape}] ${value.grad === null ? "no grad" : "grad"}`)).toEqual([
    "0.weight [1,2] grad", "0.bias [1] grad", "1.weight [1] grad", "1.bias [1] grad", "1.running_mean buffer [1] no grad", "1.running_var buffer [1] no grad", "1.num_batches_tracked buffer [] no grad",
  ])
  const bias = model?.members.find(({ path }) => path === "1.bias")
  expect(session.values(bias?.value.id ?? 0, "grad", [0], [1]).values).toEqual([3])
})

test("a module that is part of another named one is told once; one that holds nothing is not", async () => {
  const { result } = await run(`import torch from "torch"
const { nn } = torch
class Net extends nn.Module {
  constructor() { super(); this.fc = new nn.Linear(2, 2) }
  forward(x) { return this.fc(x) }
}
const net = new Net()
const criterion = new nn.MSELoss()
const other = new nn.Linear(1, 1)`)
  expect(result.trace.modules?.map(({ name, typeName, members }) => `${name} ${typeName} ${members.map(({ path }) => path)}`)).toEqual(["net Net fc.weight,fc.bias", "other Linear weight,bias"])
})

test("a run without modules says nothing of them", async () => {
  expect("modules" in (await run("const x = torch.ones(1)")).result.trace).toBe(false)
})

test("the figures leave out what is not finite, and count it", async () => {
  const { result, session } = await run("const x = torch.tensor([1, 2, 4, NaN, Infinity, -1, 0])\nconst same = torch.full([5], 3)\nconst none = torch.zeros(0)")
  const figures = session.statistics(idOf(result.trace.records, "x"), "value")
  expect(figures).toMatchObject({ shape: [7], count: 7, least: -1, greatest: 4, mean: 1.2, zeros: 1, negative: 1, nan: 1, infinite: 1, version: 0 })
  expect(figures?.deviation).toBeCloseTo(1.9235384, 6)
  expect([figures?.bins.length, figures?.bins[0], figures?.bins.at(-1), figures?.bins.reduce((a, b) => a + b)]).toEqual([32, 1, 1, 5])
  expect(session.statistics(idOf(result.trace.records, "same"), "value")).toMatchObject({ mean: 3, deviation: 0, bins: [5] })
  expect(session.statistics(idOf(result.trace.records, "none"), "value")).toMatchObject({ count: 0, least: null, mean: null, bins: [] })
})

test("a tensor without a gradient has no figures of one, and a view is counted as it is seen", async () => {
  const { result, session } = await run("const x = torch.arange(6).view(2, 3).t()\nconst w = torch.ones(2, { requires_grad: true })\n;(w * 3).sum().backward()")
  expect(session.statistics(idOf(result.trace.records, "x"), "value")).toMatchObject({ shape: [3, 2], count: 6, mean: 2.5 })
  expect([session.statistics(idOf(result.trace.records, "x"), "grad"), session.statistics(idOf(result.trace.records, "w"), "grad")?.mean]).toEqual([null, 3])
})
