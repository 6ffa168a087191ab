// A backward pass that is started while another runs: from a hook, over the same nodes.
import { expect, test } from "vitest"
import { Tensor, torch } from "../../engine/torch.ts"

const make = torch["tensor"] as (data: unknown, options?: object) => Tensor

test("a pass started from a hook leaves the outer pass what it knew of the nodes they share", () => {
  const w = make([1, 2], { requires_grad: true })
  const shared = w.mul(5)
  const left = shared.mul(2)
  const right = shared.mul(3)
  const other = shared.sum()
  let seen: unknown = null
  left.register_hook(() => {
    // The outer pass still waits here for the gradient of `right`.
    other.backward(null, true)
    seen = w.grad!.tolist()
  })
  left.add(right).sum().backward(null, true)
  expect([seen, w.grad!.tolist()]).toEqual([[5, 5], [30, 30]])
})

test("a pass that fails leaves nothing behind for the next", () => {
  const w = make([1, 2], { requires_grad: true })
  const y = w.mul(w)
  const remove = y.register_hook(() => {
    throw new Error("in the hook")
  })
  expect(() => y.sum().backward()).toThrow("in the hook")
  remove.remove()
  y.sum().backward()
  expect(w.grad!.tolist()).toEqual([2, 4])
})

test("an operation in place that needs its own old values keeps them", () => {
  const w = make([2, 3, 4], { requires_grad: true })
  const y = w.mul(1)
  y.cumprod_(0)
  y.sum().backward()
  // y = (2, 6, 24): ∂/∂w₀ = 1 + 3 + 12, ∂/∂w₁ = 2 + 8, ∂/∂w₂ = 6.
  expect(w.grad!.tolist()).toEqual([16, 10, 6])
})
