// What the editor knows of loaders, functions of functions and modules with calls of their own: types follow from what is given.
import { expect, test } from "vitest"
import { openEditor } from "./typesService.ts"

const head = 'import torch, { nn } from "torch"\nimport { DataLoader, Dataset, TensorDataset } from "torch/utils/data"\nconst x = torch.ones(2, 3)\nprint(nn, DataLoader, Dataset, TensorDataset, x)\n'
const file = "/lesson/learning.ts"
const complaints = (text: string): string[] => openEditor({ [file]: head + text }, { plugin: true }).diagnostics(file)
const typeAt = (text: string, at: string): string => openEditor({ [file]: head + text }, { plugin: false }).quickInfo(file, at)

test.each([
  ["a data set of the learner's own walks in batches", 'class Squares extends Dataset {\n  n = 4\n  __len__() { return this.n }\n  __getitem__(index: number) { return [torch.tensor(index), torch.tensor(index * index)] }\n}\nfor (const [a, b] of new DataLoader(new Squares(), { batch_size: 2, shuffle: true })) print(a.add(b))'],
  ["a sampler of the learner's own", 'class Odd extends torch.utils.data.Sampler {\n  get length() { return 2 }\n  *[Symbol.iterator]() { yield 1; yield 3 }\n}\nprint(len(new DataLoader([1, 2, 3, 4], { sampler: new Odd() })))'],
  ["parts of a set", "const [a, b] = torch.utils.data.random_split(new TensorDataset(x, x), [0.5, 0.5], { generator: new torch.Generator() })\nprint(len(a!), b![0])"],
  ["the gradient of a gradient of a function", "const f = (x: torch.Tensor) => (x ** 3).sum()\nconst g = (x: torch.Tensor) => torch.func.grad(f)(x).sum()\nprint(torch.func.grad(g)(x).mean(), torch.vmap(torch.func.grad(f), { in_dims: 0 })(x).shape)"],
  ["gradients by several arguments", "const f = (a: torch.Tensor, b: torch.Tensor) => (a * b).sum()\nconst [da, db] = torch.func.grad(f, { argnums: [0, 1] })(x, x)\nprint(da, db)"],
  ["products with Jacobians", "const f = (x: torch.Tensor) => x.sin()\nconst [value, back] = torch.func.vjp(f, x)\nconst [dx] = back(x)\nconst [y, dy] = torch.func.jvp(f, [x], [x])\nprint(value.mean(), dx.mean(), y.mean(), dy.mean())"],
  ["a Jacobian, a Hessian and a check", "const f = (x: torch.Tensor) => (x ** 2).sum()\nprint(torch.autograd.functional.jacobian(f, x).shape, torch.autograd.functional.hessian(f, x, { create_graph: true }).shape, torch.autograd.gradcheck(f, [x], { eps: 1e-6 }))"],
  ["attention by position and by name", "const attention = new nn.MultiheadAttention(4, 2, { batch_first: true })\nconst [output, weights] = attention(x, x, x, { need_weights: true })\nprint(output.mean(), weights.mean(), attention.out_proj.weight)"],
  ["a transformer with the mask of its class", "const model = new nn.TransformerEncoder(new nn.TransformerEncoderLayer(4, 2, { batch_first: true }), 2)\nprint(model(x, { mask: nn.Transformer.generate_square_subsequent_mask(3) }).shape)"],
  ["layers whose sizes are all given by name", "print(new nn.TransformerEncoderLayer({ d_model: 4, nhead: 2 }), new nn.Conv2d({ in_channels: 1, out_channels: 2, kernel_size: 3 }))"],
  ["clipping, lazy modules and a call with other parameters", "const model = new nn.LazyLinear(3)\nmodel(x).sum().backward()\nprint(nn.utils.clip_grad_norm_(model.parameters(), 1).item(), torch.func.functional_call(model, Object.fromEntries(model.named_parameters()), x).mean())"],
])("the editor accepts %s", (_, text) => {
  expect(complaints(text)).toEqual([])
})

test("a batch has the form of the items, with tensors for numbers", () => {
  const text = "const items: [torch.Tensor, number, string][] = []\nfor (const batch of new DataLoader(items, { batch_size: 2 })) print(batch)"
  expect(typeAt(text, "batch of")).toBe("const batch: [torch.Tensor, torch.Tensor, string[]]")
})

test("a gradient has the form of the first argument", () => {
  expect(typeAt("const g = torch.func.grad((w: { a: torch.Tensor }, x: torch.Tensor) => (w.a * x).sum())({ a: x }, x)", "g =")).toBe("const g: {\n    a: torch.Tensor;\n}")
})

test("an option that a loader does not have is flagged", () => {
  expect(complaints("print(new DataLoader([1], { batchsize: 2 }))").join()).toMatch(/batchsize/)
})

test("a transformer layer without its sizes is flagged", () => {
  expect(complaints("print(new nn.TransformerEncoderLayer({ d_model: 4 }))").join()).toMatch(/nhead/)
})
