// The ways on that a node has, as a tutorial prints them: `loss.grad_fn.next_functions[0][0]`. Each expected list is what
// PyTorch 1.13 printed for the same call.
import { expect, test } from "vitest"
import { run } from "./snippetRunning.ts"

const set = `import torch from "torch"
import * as F from "torch/nn/functional"
const x = torch.rand(3, 4).requires_grad_()
const y = torch.rand(3, 4).requires_grad_()
const i = torch.tensor([0n, 2n])
const m = x.detach() > 0.5
`

const a = "AccumulateGrad"
const cases: readonly (readonly [call: string, node: string, ways: readonly (string | null)[]])[] = [
  ["x + 1", "AddBackward0", [a, null]],
  ["x ** 2", "PowBackward0", [a]],
  ["x.clamp(0.2, 0.8)", "ClampBackward1", [a]],
  ["x.masked_fill(m, 2.0)", "MaskedFillBackward0", [a]],
  ["torch.where(m, x, y)", "WhereBackward0", [a, a]],
  ["torch.where(m, x, 0.0)", "WhereBackward0", [a, null]],
  ["x[i]", "IndexBackward0", [a]],
  ["x.index_select(0, i)", "IndexSelectBackward0", [a]],
  ["F.embedding(i, x)", "EmbeddingBackward0", [a]],
  ["F.cross_entropy(x, torch.tensor([0n, 1n, 2n]))", "NllLossBackward0", ["LogSoftmaxBackward0"]],
  ["F.mse_loss(x, y.detach())", "MseLossBackward0", [a, null]],
  ["torch.stack([x, y.detach()])", "StackBackward0", [a, null]],
  ["F.conv1d(x.unsqueeze(0), torch.rand(2, 3, 2))", "ConvolutionBackward0", ["UnsqueezeBackward0", null, null]],
  ["F.layer_norm(x, [4])", "NativeLayerNormBackward0", [a, null, null]],
]

test.each(cases)("%s", async (call, node, ways) => {
  const { result } = await run(`${set}const made = ${call}
print(JSON.stringify([made.grad_fn.name(), made.grad_fn.next_functions.map((pair) => (pair[0] === null ? null : pair[0].name()))]))`)
  expect(result.error).toBe(undefined)
  expect(JSON.parse(result.stdout)).toEqual([node, ways])
})
