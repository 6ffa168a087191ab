// Graphs that the panel is tried with: lesson 001 with its real numbers, and larger ones made by rule.
import type { Graph, GraphEdge, GraphNode, PanelModel, Span } from "../../../engine/protocol/api.ts"

/** A span that covers one whole line. */
export function lineSpan(line: number): Span {
  return { line, column: 1, endLine: line, endColumn: 20 }
}

/** x → + 2 → y · y · 3 → mean, after backward. */
export function lesson(): Graph {
  const twoByTwo = { shape: [2, 2], dtype: "torch.float32" }
  const full = (value: string): string => `tensor([[${value}, ${value}],\n        [${value}, ${value}]])`
  const saved = (name: string, value: string): GraphNode["saved"] => [{ name, shape: [2, 2], value, savedVersion: 0, version: 0 }]
  const step = (id: string, name: string, line: number, value: string, grad: string, more: Partial<GraphNode> = {}): GraphNode =>
    ({ id, kind: "grad_fn", name, span: lineSpan(line), ...twoByTwo, value: full(value), grad: full(grad), ...more })
  const nodes: GraphNode[] = [
    { id: "x", kind: "leaf", name: "x", span: lineSpan(3), ...twoByTwo, value: "tensor([[1., 1.],\n        [1., 1.]], requires_grad=True)", grad: full("4.5000") },
    { id: "1", kind: "grad_fn", name: "AccumulateGrad", span: lineSpan(3), ...twoByTwo, grad: full("4.5000") },
    step("2", "AddBackward0", 4, "3.", "4.5000", { formula: "y = a + b", slopes: ["∂y/∂a = 1", "∂y/∂b = 1"] }),
    { id: "y", kind: "tensor", name: "y", span: lineSpan(4), ...twoByTwo, value: "tensor([[3., 3.],\n        [3., 3.]], grad_fn=<AddBackward0>)" },
    step("3", "MulBackward0", 5, "9.", "0.7500", { formula: "y = a · b", slopes: ["∂y/∂a = b", "∂y/∂b = a"], saved: [...(saved("self", full("3.")) ?? []), { name: "other", shape: [2, 2], value: null, savedVersion: 0, version: 1 }] }),
    step("4", "MulBackward0", 5, "27.", "0.2500", { formula: "y = a · b", slopes: ["∂y/∂a = b", "∂y/∂b = a"] }),
    { id: "z", kind: "tensor", name: "z", span: lineSpan(5), ...twoByTwo, value: "tensor([[27., 27.],\n        [27., 27.]], grad_fn=<MulBackward0>)" },
    { ...step("5", "MeanBackward0", 6, "27.", "1.", { formula: "y = sum(x) / n", slopes: ["∂y/∂x = 1 / n"] }), shape: [], value: "tensor(27.)", grad: "tensor(1.)" },
    { id: "out", kind: "tensor", name: "out", span: lineSpan(6), shape: [], dtype: "torch.float32", value: "tensor(27., grad_fn=<MeanBackward0>)" },
  ]
  return { root: "out", nodes, edges: edges("x 1", "1 2", "2 y", "y 3", "y 3", "3 4", "4 z", "z 5", "5 out"), omitted: 0 }
}

/** The five steps of lesson 001 alone: no named results between. */
export function fiveNodes(): Graph {
  const { nodes } = lesson()
  const kept = nodes.filter(({ id }) => ["x", "2", "3", "4", "5"].includes(id))
  return { root: "5", nodes: kept, edges: edges("x 2", "2 3", "2 3", "3 4", "4 5"), omitted: 0 }
}

/** A multilayer perceptron of `layers` Linear and ReLU pairs: six nodes each, with module scopes. */
export function perceptron(layers: number): Graph {
  const made = new Maker()
  let last = made.add({ kind: "tensor", name: "x", span: lineSpan(2), shape: [8, 16], value: "tensor([[ 0.1257, -0.1321, ...]])" })
  for (let layer = 0; layer < layers; layer += 1) {
    last = made.linear(last, ["layers", String(layer * 2)], 12)
    last = made.step("ReluBackward0", 12, [last], ["layers", String(layer * 2 + 1)], [8, 16])
  }
  const target = made.add({ kind: "tensor", name: "target", span: lineSpan(3), shape: [8, 16], value: "tensor([[0., 0., ...]])" })
  return made.end(made.add({ kind: "tensor", name: "loss", span: lineSpan(13), shape: [], value: "tensor(0.8312, grad_fn=<MseLossBackward0>)" }, [made.step("MseLossBackward0", 13, [last, target], [], [])]))
}

/** A residual network's shape: four layers of two blocks, convolutions with weights, batch norms, skips. About 200 nodes. */
export function residual(): Graph {
  const made = new Maker()
  const image = made.add({ kind: "tensor", name: "image", span: lineSpan(3), shape: [1, 3, 64, 64] })
  const conv = (input: string, scope: readonly string[], norm: readonly string[]): string => {
    const convolved = made.step("ConvolutionBackward0", 5, [input, made.parameter([...scope, "weight"], [64, 64, 3, 3], scope)], scope, [1, 64, 16, 16])
    return made.step("NativeBatchNormBackward0", 5, [convolved, made.parameter([...norm, "weight"], [64], norm), made.parameter([...norm, "bias"], [64], norm)], norm, [1, 64, 16, 16])
  }
  let last = made.step("ReluBackward0", 5, [conv(image, ["conv1"], ["bn1"])], ["relu"], [1, 64, 32, 32])
  last = made.step("MaxPool2DWithIndicesBackward0", 5, [last], ["maxpool"], [1, 64, 16, 16])
  for (let layer = 1; layer <= 4; layer += 1) {
    for (const block of ["0", "1"]) {
      const at = [`layer${layer}`, block]
      let inner = made.step("ReluBackward0", 5, [conv(last, [...at, "conv1"], [...at, "bn1"])], [...at, "relu"], [1, 64, 16, 16])
      inner = conv(inner, [...at, "conv2"], [...at, "bn2"])
      const skip = layer > 1 && block === "0" ? conv(last, [...at, "downsample", "0"], [...at, "downsample", "1"]) : last
      last = made.step("ReluBackward0", 5, [made.step("AddBackward0", 5, [inner, skip], at, [1, 64, 16, 16])], [...at, "relu"], [1, 64, 16, 16])
    }
  }
  last = made.step("MeanBackward1", 5, [last], ["avgpool"], [1, 512, 1, 1])
  last = made.linear(made.step("ReshapeAliasBackward0", 5, [last], [], [1, 512]), ["fc"], 5)
  const difference = made.step("SubBackward0", 6, [last], [], [1, 1000])
  const loss = made.step("SumBackward0", 6, [difference], [], [])
  return made.end(made.add({ kind: "tensor", name: "loss", span: lineSpan(6), shape: [], value: "tensor(-497.6015, grad_fn=<SumBackward0>)" }, [loss]))
}

/** A loop of `turns` turns of `h = h * w + b`, and a sum: two nodes a turn and a few around. */
export function loop(turns: number): Graph {
  const made = new Maker()
  const w = made.parameter(["w"], [4], [])
  const b = made.parameter(["b"], [4], [])
  let last = made.add({ kind: "tensor", name: "h", span: lineSpan(3), shape: [4], value: "tensor([1., 1., 1., 1.])" })
  for (let turn = 0; turn < turns; turn += 1) last = made.step("AddBackward0", 6, [made.step("MulBackward0", 6, [last, w], [], [4]), b], [], [4])
  return made.end(made.step("SumBackward0", 8, [last], [], []))
}

/** A chain of `length` operations that are all different, each on its own line: nothing repeats. */
export function unlikeChain(length: number): Graph {
  const made = new Maker()
  let last = made.add({ kind: "leaf", name: "x", span: lineSpan(1), shape: [4] })
  for (let at = 0; at < length; at += 1) last = made.step(`Op${(at * 7919) % 104729}Backward0`, at + 2, [last], [], [4])
  return made.end(last)
}

/** What the extension sends to show a graph. */
export function modelOf(graph: Graph | null, more: Partial<PanelModel> = {}): PanelModel {
  return { title: "out", uri: "file:///home/lesson/lesson.ts", graph, stale: false, ...more }
}

class Maker {
  private readonly nodes: GraphNode[] = []
  private readonly edges: GraphEdge[] = []

  add(node: Omit<GraphNode, "id">, inputs: readonly string[] = []): string {
    const id = `n${this.nodes.length}`
    this.nodes.push({ id, dtype: "torch.float32", ...node })
    for (const from of inputs) this.edges.push({ from, to: id })
    return id
  }

  step(name: string, line: number, inputs: readonly string[], scope: readonly string[], shape: readonly number[]): string {
    const number = ((this.nodes.length * 37) % 199) / 100
    return this.add({ kind: "grad_fn", name, span: lineSpan(line), shape, value: `tensor([${number}, ${-number}, ...])`, grad: `tensor([${number / 10}, 0.0100, ...])`, scope }, inputs)
  }

  /** A leaf and its AccumulateGrad. */
  parameter(path: readonly string[], shape: readonly number[], scope: readonly string[]): string {
    const leaf = this.add({ kind: "leaf", name: path.join("."), shape, value: "tensor([0.0300, -0.0200, ...], requires_grad=True)", grad: "tensor([0.0100, 0.0200, ...])" })
    return this.add({ kind: "grad_fn", name: "AccumulateGrad", shape, scope: scope.length > 0 ? scope : undefined }, [leaf])
  }

  linear(input: string, scope: readonly string[], line: number): string {
    const weight = this.step("TBackward0", line, [this.parameter([...scope, "weight"], [16, 16], scope)], scope, [16, 16])
    return this.step("AddmmBackward0", line, [this.parameter([...scope, "bias"], [16], scope), input, weight], scope, [8, 16])
  }

  end(root: string): Graph {
    return { root, nodes: this.nodes, edges: this.edges, omitted: 0 }
  }
}

function edges(...pairs: readonly string[]): GraphEdge[] {
  return pairs.map((pair) => {
    const [from, to] = pair.split(" ")
    return { from, to }
  })
}
