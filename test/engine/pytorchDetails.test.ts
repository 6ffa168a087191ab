// Details in which a snippet would notice that the engine is not PyTorch, where no recorded program looks. Each expected
// text is what PyTorch 1.13 printed for the same lines.
import { expect, test } from "vitest"
import { run } from "./snippetRunning.ts"

async function printed(source: string): Promise<string[]> {
  const { result } = await run(`import torch from "torch"\nimport * as F from "torch/nn/functional"\nconst { nn } = torch\n${source}`)
  expect(result.error).toBe(undefined)
  return result.stdout.trimEnd().split("\n")
}

test("the nodes of matrix functions bear PyTorch's names", async () => {
  expect(await printed(`const x = torch.tensor([[2, 1], [0, 3]], { dtype: torch.float32, requires_grad: true })
for (const made of [torch.matrix_exp(x), torch.linalg.pinv(x), torch.linalg.solve_triangular(x, x, { upper: true }), torch.linalg.lu_factor(x)[0], torch.pow(2, x), 2 ** x]) print(made.grad_fn.name())`))
    .toEqual(["LinalgMatrixExpBackward0", "LinalgPinvBackward0", "LinalgSolveTriangularBackward0", "LinalgLuFactorExBackward0", "PowBackward2", "PowBackward1"])
})

test("the factors of linalg.lu give the matrix back, and lu_solve solves with what lu_factor made", async () => {
  expect(await printed(`const A = torch.tensor([[0, 2, 1], [4, 3, 0], [1, 1, 1]], { dtype: torch.float64 })
const [P, L, U] = torch.linalg.lu(A)
print(torch.allclose(P.matmul(L).matmul(U), A))
const [LU, pivots] = torch.linalg.lu_factor(A)
print(pivots)
const b = torch.ones(3, 1, { dtype: torch.float64 })
print(torch.allclose(A.matmul(torch.linalg.lu_solve(LU, pivots, b)), b))`)).toEqual(["true", "tensor([2, 2, 3], dtype=torch.int32)", "true"])
})

test("torch.autograd.backward takes retain_graph by position, and inputs by name", async () => {
  expect(await printed(`const x = torch.tensor([2.0], { requires_grad: true })
const w = torch.tensor([3.0], { requires_grad: true })
const y = x * w
torch.autograd.backward(y, null, true)
torch.autograd.backward(y, { inputs: [x] })
print(x.grad, w.grad)`)).toEqual(["tensor([6.]) tensor([2.])"])
})

test("what an optimizer and a schedule remember has Python's views of a dictionary", async () => {
  expect(await printed(`const layer = new nn.Linear(1, 1)
const optimizer = new torch.optim.SGD(layer.parameters(), { lr: 0.1 })
print(optimizer.state_dict().keys())
print(Object.keys(optimizer.state_dict()))`)).toEqual(["dict_keys(['state', 'param_groups'])", "['state', 'param_groups']"])
})

test("a name that is taken, a buffer that is none and a missing module raise KeyError", async () => {
  expect(await printed(`const layer = new nn.Linear(1, 1)
const wrong = [() => layer.register_buffer("weight", torch.ones(1)), () => layer.add_module("weight", new nn.ReLU()), () => layer.register_buffer("a.b", torch.ones(1)), () => new nn.ModuleDict({}).pop("a")]
for (const one of wrong) try { one() } catch (e) { print(e.name) }`)).toEqual(["KeyError", "KeyError", "KeyError", "KeyError"])
})

test("a view knows whose memory it looks into", async () => {
  expect(await printed(`const x = torch.ones(4)
print(x.view(2, 2)._base === x, x._base)
print(x.view(2, 2).t()._base === x)`)).toEqual(["true null", "true"])
})

test("relu_ and its kin change the tensor itself", async () => {
  expect(await printed(`const x = torch.tensor([-1.0, 2.0])
const y = F.leaky_relu_(x, 0.5)
print(x, y === x)`)).toEqual(["tensor([-0.5000,  2.0000]) true"])
})
