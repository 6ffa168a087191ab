// Modules as a learner writes and uses them: each case is a snippet and what it prints, in PyTorch's words.
import { expect, test } from "vitest"
import { torch, type Tensor } from "../../engine/torch.ts"
import { run } from "./snippetRunning.ts"

const cases: Readonly<Record<string, readonly [string, string]>> = {
  "parameters come in the order of assignment, also where fields were declared": [
    `class Net extends nn.Module { b; a; w = new nn.Parameter(torch.ones(1)); constructor() { super(); this.a = new nn.Linear(1, 1); this.b = new nn.Linear(1, 1) } }
     print([...new Net().named_parameters()].map(([name]) => name).join(" "))`,
    "w a.weight a.bias b.weight b.bias",
  ],
  "a plain tensor cannot take a parameter's place": [
    `const l = new nn.Linear(1, 1)
     try { l.weight = torch.ones(1, 1) } catch (e) { print(e.name) }
     l.weight = new nn.Parameter(torch.ones(1, 1)); print([...l.named_parameters()].map(([name]) => name).join(" "))`,
    "TypeError\nweight bias",
  ],
  "a module keeps hooks, and a hook's result replaces what it saw": [
    `const l = new nn.Identity()
     const before = l.register_forward_pre_hook((m, [x]) => [x + 1])
     const after = l.register_forward_hook((m, [x], y) => y * 10)
     print(l(torch.ones(1)).item()); before.remove(); print(l(torch.ones(1)).item()); after.remove(); print(l(torch.ones(1)).item())`,
    "20\n10\n1",
  ],
  "Sequential is indexed from its end and by slices": [
    `const m = new nn.Sequential(new nn.ReLU(), new nn.Tanh(), new nn.Sigmoid())
     print(m[-1], len(m[slice(0, 2)]), [...m].length)
     try { m[3] } catch (e) { print(e.name) }`,
    "Sigmoid() 2 3\nIndexError",
  ],
  "load_state_dict names what is missing, unexpected and of another shape": [
    `try { new nn.Linear(2, 1).load_state_dict({ weight: torch.ones(3, 3), extra: torch.ones(1) }) } catch (e) { print(e.name); print(e.message) }`,
    `RuntimeError\nError(s) in loading state_dict for Linear:\n\tMissing key(s) in state_dict: "bias". \n\tUnexpected key(s) in state_dict: "extra". \n\tsize mismatch for weight: copying a param with shape torch.Size([3, 3]) from checkpoint, the shape in current model is torch.Size([1, 2]).`,
  ],
  "double() changes parameters and floating buffers, and keeps the optimizer's tensors": [
    `const m = new nn.BatchNorm1d(2); const opt = new torch.optim.SGD(m.parameters(), { lr: 1 })
     m.double(); print(m.weight.dtype, m.running_mean.dtype, m.num_batches_tracked.dtype, opt.param_groups[0].params[0] === m.weight)`,
    "torch.float64 torch.float64 torch.int64 true",
  ],
  "the layers of a TransformerEncoder are copies": [
    `const e = new nn.TransformerEncoder(new nn.TransformerEncoderLayer(4, 2, 8), 2)
     print(torch.equal(e.layers[0].linear1.weight, e.layers[1].linear1.weight), e.layers[0].linear1.weight === e.layers[1].linear1.weight)`,
    "true false",
  ],
  "a function of a class of one's own works taken off it, and can be differentiated twice": [
    `class Cube extends torch.autograd.Function {
       static forward(ctx, x, k) { ctx.save_for_backward(x); return k * x ** 3 }
       static backward(ctx, g) { const [x] = ctx.saved_tensors; return [g * 3 * x ** 2, null] }
     }
     const cube = Cube.apply; const x = torch.tensor(2, { requires_grad: true })
     const [g] = torch.autograd.grad(cube(x, 1), x, { create_graph: true }); g.backward(); print(g.item(), x.grad.item())`,
    "12 12",
  ],
  "a walk of a shuffled loader draws PyTorch's order, and each walk another": [
    `torch.manual_seed(0); const loader = new torch.utils.data.DataLoader(torch.arange(6n), { batch_size: 3, shuffle: true })
     for (const batch of loader) print(batch); for (const batch of loader) print(batch)`,
    "tensor([0, 4, 3])\ntensor([5, 2, 1])\ntensor([2, 3, 1])\ntensor([5, 4, 0])",
  ],
  "vmap and grad nest": [
    `print(torch.func.vmap(torch.func.grad(torch.func.grad(x => x ** 3)))(torch.tensor([1, 2])))`,
    "tensor([ 6., 12.])",
  ],
  "a saved optimizer goes on as if it had never stopped": [
    `const x = torch.ones(1, { requires_grad: true }); const opt = new torch.optim.Adam([x], { lr: 0.1 })
     const step = (o, p) => { o.zero_grad(); (p ** 2).sum().backward(); o.step() }
     step(opt, x); step(opt, x)
     const y = x.detach().clone().requires_grad_(); const other = new torch.optim.Adam([y], { lr: 5 }); other.load_state_dict(opt.state_dict())
     step(opt, x); step(other, y); print(torch.equal(x, y))`,
    "true",
  ],
  "a generator of one's own leaves the usual stream alone, and a state can be put back": [
    `torch.manual_seed(1); const state = torch.get_rng_state(); const a = torch.rand(3)
     torch.rand(5, { generator: new torch.Generator() }); const b = torch.rand(2)
     torch.set_rng_state(state); print(torch.equal(a, torch.rand(3)), torch.equal(b, torch.rand(2)), len(state))`,
    "true true 5056",
  ],
}

for (const [claim, [source, printed]] of Object.entries(cases)) {
  test(claim, async () => {
    const { result } = await run(`const { nn } = torch\n${source}`)
    expect(result.error ?? result.stdout.trimEnd()).toEqual(printed)
  })
}

test("what a module computes remembers the module's path", () => {
  const nn = torch["nn"] as Readonly<Record<string, new (...args: unknown[]) => (x: Tensor) => Tensor>>
  const inner = new nn["Sequential"]!(new nn["Tanh"]!())
  const model = new nn["Sequential"]!(inner, new nn["Sigmoid"]!())
  const result = model((torch["ones"] as (...args: unknown[]) => Tensor)(1, { requires_grad: true }))
  const last = result.grad_fn!
  expect([last, last.next_functions[0]![0]!].map((node) => `${node.name()} ${node.scope?.join(".")}`)).toEqual(["SigmoidBackward0 1", "TanhBackward0 0.0"])
})
