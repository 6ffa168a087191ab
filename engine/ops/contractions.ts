// Products summed over chosen dimensions: einsum, tensordot, and the products that add to a tensor.
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Entry, type Kit, type Sample } from "./entry.ts"
import type { Family } from "./family.ts"

const a23 = [[1, 2, 3], [4, 5, 6]] as const
const batch = [[[1, 2], [0, 1]], [[2, 1], [-1, 0.5]]] as const

interface Scaled {
  readonly beta: number
  readonly alpha: number
}

const scaled = "*, beta: number = 1, alpha: number = 1"

/** beta · self + alpha · product(a, b), as one node. */
function adding<A extends Scaled & { readonly self: Tensor }>(
  name: string,
  names: readonly [string, string],
  doc: string,
  samples: readonly Sample[],
  product: (a: Tensor, b: Tensor) => Tensor,
  slopes: (g: Tensor, a: Tensor, b: Tensor) => readonly [Tensor, Tensor],
): Entry {
  const [first, second] = names
  return structural<A & Record<string, Tensor>>(`${name}(self: Tensor, ${first}: Tensor, ${second}: Tensor, ${scaled})`, {
    doc,
    forward: (kit, args) => {
      const made = product(args[first]!, args[second]!)
      const whole = args.alpha === 1 ? made : made.mul(args.alpha)
      return args.beta === 0 ? kit.copied(whole) : whole.add(args.self.mul(args.beta))
    },
    saves: [first, second],
    backward: ([g], args) => {
      const [toFirst, toSecond] = slopes(g!.mul(args.alpha), args[first]!, args[second]!)
      return { self: g!.mul(args.beta), [first]: toFirst, [second]: toSecond } as { [K in keyof (A & Record<string, Tensor>)]?: Tensor }
    },
    inPlace: true,
    samples,
  })
}

export const contractions: Family<"vdot" | "addbmm" | "baddbmm" | "addmv" | "addr" | "einsum" | "tensordot" | "kron" | "cross" | "linalg_cross" | "linalg_vecdot"> = {
  vdot: structural<{ self: Tensor; other: Tensor }>("vdot(self: Tensor, other: Tensor)", {
    doc: "Sum of the products of two vectors' elements.",
    forward: (kit, { self, other }) => kit.t.dot(self, other),
    saves: ["self", "other"],
    backward: ([g], { self, other }) => ({ self: g!.mul(other), other: g!.mul(self) }),
    samples: [[[1, 2, 3], [4, -5, 6]]],
  }),
  addmv: adding("addmv", ["mat", "vec"], "beta · self + alpha · mat @ vec.", [[[1, 2], a23, [1, -1, 0.5]], [[1, 2], a23, [1, -1, 0.5], { beta: 0.5, alpha: 2 }]], (m, v) => m.mv(v), (g, m, v) => [g.outer(v), m.t().mv(g)]),
  addr: adding("addr", ["vec1", "vec2"], "beta · self + alpha · the outer product.", [[[[1, 2], [3, 4]], [1, -1], [0.5, 2]], [[[1, 2], [3, 4]], [1, -1], [0.5, 2], { beta: 0.5, alpha: 2 }]], (a, b) => a.outer(b), (g, a, b) => [g.mv(b), g.t().mv(a)]),
  addbmm: adding("addbmm", ["batch1", "batch2"], "beta · self + alpha · the sum of a batch's products.", [[[[1, 2], [3, 4]], batch, batch, { beta: 0.5, alpha: 2 }]], (a, b) => a.bmm(b).sum(0), (g, a, b) => {
    const wide = g.unsqueeze(0).expand([a.sizes[0]!, a.sizes[1]!, b.sizes[2]!])
    return [wide.bmm(b.transpose(1, 2)), a.transpose(1, 2).bmm(wide)]
  }),
  baddbmm: adding("baddbmm", ["batch1", "batch2"], "beta · self + alpha · a batch of products.", [[batch, batch, batch], [batch, batch, batch, { beta: 0.5, alpha: 2 }]], (a, b) => a.bmm(b), (g, a, b) => [g.bmm(b.transpose(1, 2)), a.transpose(1, 2).bmm(g)]),
  einsum: composite<{ equation: string; operands: readonly Tensor[] }>("einsum(equation: string, ...operands: Tensor[])", {
    doc: 'Sums of products by named dimensions: "ij,jk->ik" is the matrix product.',
    compose: (_, { equation, operands }, kit) => einsum(kit, equation, operands),
    in: ["torch"],
    samples: [["ij,jk->ik", a23, [[1, 0], [0.5, 2], [3, 1]]]],
    rejects: [{ args: ["ij->", [1, 2]], throws: "RuntimeError" }],
  }),
  tensordot: composite<{ a: Tensor; b: Tensor; dims: unknown }>("tensordot(a: Tensor, b: Tensor, dims: unknown = 2)", {
    doc: "Sum of products over the last dims of a and the first of b, or over pairs that are named.",
    compose: (_, { a, b, dims }, kit) => {
      const count = typeof dims === "number" || typeof dims === "bigint" ? Number(dims) : null
      const pairs = count === null ? (dims as unknown[]).map((list) => (Array.isArray(list) ? list.map(Number) : [Number(list)])) : [Array.from({ length: count }, (_, i) => a.ndim - count + i), Array.from({ length: count }, (_, i) => i)]
      const [da, db] = [pairs[0]!.map((d) => kit.dim("tensordot", d, a.ndim)), pairs[1]!.map((d) => kit.dim("tensordot", d, b.ndim))]
      da.forEach((d, i) => {
        if (a.sizes[d] !== b.sizes[db[i]!]) throw kit.fault("RuntimeError", `tensordot: dimension ${d} of the first has size ${a.sizes[d]}, dimension ${db[i]} of the second ${b.sizes[db[i]!]}.`, "Name dimensions of equal size.")
      })
      const restA = a.sizes.map((_, d) => d).filter((d) => !da.includes(d))
      const restB = b.sizes.map((_, d) => d).filter((d) => !db.includes(d))
      const size = (x: Tensor, list: readonly number[]) => list.reduce((n, d) => n * x.sizes[d]!, 1)
      const left = a.permute([...restA, ...da]).reshape([size(a, restA), size(a, da)])
      const right = b.permute([...db, ...restB]).reshape([size(b, db), size(b, restB)])
      return left.mm(right).reshape([...restA.map((d) => a.sizes[d]!), ...restB.map((d) => b.sizes[d]!)])
    },
    in: ["torch"],
    samples: [[a23, [[1, 2], [3, 4], [5, 6]], 1]],
  }),
  kron: composite<{ self: Tensor; other: Tensor }>("kron(self: Tensor, other: Tensor)", {
    doc: "Each element of self times the whole of other.",
    compose: (_, { self, other }) => {
      const rank = Math.max(self.ndim, other.ndim)
      const raise = (x: Tensor) => x.reshape([...new Array<number>(rank - x.ndim).fill(1), ...x.sizes])
      const [a, b] = [raise(self), raise(other)]
      const apart = a.reshape(a.sizes.flatMap((n) => [n, 1])).mul(b.reshape(b.sizes.flatMap((n) => [1, n])))
      return apart.reshape(a.sizes.map((n, d) => n * b.sizes[d]!))
    },
    samples: [[[[1, 2]], [[3], [4]]]],
  }),
  cross: crossing("cross", "self"),
  linalg_cross: crossing("linalg_cross", "self"),
  linalg_vecdot: composite<{ x: Tensor; y: Tensor; dim: number }>("linalg_vecdot(x: Tensor, y: Tensor, *, dim: number = -1)", { doc: "Sum of products along a dimension.", compose: (_, { x, y, dim }) => x.mul(y).sum(dim), in: ["linalg"], samples: [[[[1, 2], [3, 4]], [[0.5, -1], [2, 1]]]] }),
}

function crossing(name: "cross" | "linalg_cross", first: string): Entry {
  return structural<{ self: Tensor; other: Tensor; dim: number | null }>(`${name}(${first}: Tensor, other: Tensor, dim: number = ${name === "cross" ? "null" : "-1"})`, {
    doc: "The vector product of vectors with three elements.",
    forward: (kit, { self, other, dim }) => {
      const sizes = kit.broadcast(name, self.sizes, other.sizes)
      const [a, b] = [self.expand(sizes), other.expand(sizes)]
      const d = dim ?? sizes.indexOf(3)
      if (sizes[d < 0 ? d + sizes.length : d] !== 3) throw kit.fault("RuntimeError", `${name}: expected a dimension of size 3, found shape [${sizes.join(", ")}].`, "Vectors of three elements have a vector product.")
      const next = (x: Tensor, by: number) => x.roll(-by, d)
      return next(a, 1).mul(next(b, 2)).sub(next(a, 2).mul(next(b, 1)))
    },
    saves: ["self", "other"],
    backward: ([g], { self, other, dim }, [result], t) => {
      const d = dim ?? result!.sizes.indexOf(3)
      return { self: t.linalg_cross(other, g!, d), other: t.linalg_cross(g!, self, d) }
    },
    gradName: "LinalgCrossBackward0",
    in: name === "cross" ? ["torch", "Tensor"] : ["linalg"],
    samples: [[[1, 2, 3], [4, -5, 6]]],
  })
}

interface Parsed {
  readonly inputs: readonly (readonly string[])[]
  readonly output: readonly string[]
}

/** Reads an equation; `…` stands for broadcast dimensions, which get names of their own (0, 1 … from the back). */
function parsed(kit: Kit, equation: string, operands: readonly Tensor[]): Parsed {
  const text = equation.replace(/\s/g, "")
  const [left, right] = text.split("->") as [string, string | undefined]
  const terms = left.split(",")
  const fail = (why: string) => kit.fault("RuntimeError", `einsum("${equation}"): ${why}`, "Write one letter a dimension, as in \"ij,jk->ik\".")
  if (terms.length !== operands.length) throw fail(`it names ${terms.length} tensors, ${operands.length} were given.`)
  const letters = (term: string, rank: number | null): string[] => {
    const at = term.indexOf("...")
    const named = term.replace("...", "")
    if (!/^[a-zA-Z]*$/.test(named)) throw fail(`"${term}" holds something that is no letter.`)
    if (at < 0) return [...named]
    const extra = rank === null ? most : rank - named.length
    if (extra < 0) throw fail(`"${term}" names more dimensions than the tensor has.`)
    return [...named.slice(0, at), ...Array.from({ length: extra }, (_, i) => String(extra - 1 - i)), ...named.slice(at)]
  }
  const inputs = terms.map((term, i) => {
    const list = letters(term, operands[i]!.ndim)
    if (list.length !== operands[i]!.ndim) throw fail(`"${term}" names ${list.length} dimensions, tensor ${i} has ${operands[i]!.ndim}.`)
    return list
  })
  const most = Math.max(0, ...inputs.map((list) => list.filter((one) => /\d/.test(one)).length))
  const counts = new Map<string, number>()
  for (const one of inputs.flat()) counts.set(one, (counts.get(one) ?? 0) + 1)
  const broadcast = Array.from({ length: most }, (_, i) => String(most - 1 - i))
  const output = right === undefined ? [...broadcast, ...[...counts.keys()].filter((one) => !/\d/.test(one) && counts.get(one) === 1).sort()] : letters(right, null)
  for (const one of output) if (!counts.has(one)) throw fail(`the result names "${one}", which no input has.`)
  return { inputs, output }
}

/** Multiplies pair after pair; what no later factor and not the result needs is summed at once, by a batched product. */
function einsum(kit: Kit, equation: string, operands: readonly Tensor[]): Tensor {
  const { inputs, output } = parsed(kit, equation, operands)
  const sizes = new Map<string, number>()
  inputs.forEach((list, i) =>
    list.forEach((one, d) => {
      const size = operands[i]!.sizes[d]!
      const known = sizes.get(one)
      if (known !== undefined && known !== size && known !== 1 && size !== 1) throw kit.fault("RuntimeError", `einsum("${equation}"): "${one}" stands for sizes ${known} and ${size}.`, "A letter stands for one size.")
      sizes.set(one, Math.max(known ?? 1, size))
    }),
  )
  const factors = operands.map((x, i) => withoutRepeats(x, inputs[i]!))
  let [made, names] = factors[0]!
  const needed = (from: number, name: string): boolean => output.includes(name) || factors.slice(from).some(([, list]) => list.includes(name))
  ;[made, names] = summed(made, names, (name) => needed(1, name))
  for (let k = 1; k < factors.length; k++) {
    const [other, list] = summed(factors[k]![0], factors[k]![1], (name) => names.includes(name) || needed(k + 1, name))
    ;[made, names] = contracted(made, names, other, list, (name) => needed(k + 1, name))
  }
  const order = output.map((name) => names.indexOf(name))
  return order.every((d, i) => d === i) ? made : made.permute(order)
}

/** A letter that occurs twice in one tensor means its diagonal. */
function withoutRepeats(x: Tensor, names: readonly string[]): [Tensor, string[]] {
  const list = [...names]
  let made = x
  for (;;) {
    const second = list.findIndex((name, i) => list.indexOf(name) !== i)
    if (second < 0) return [made, list]
    const first = list.indexOf(list[second]!)
    made = made.diagonal(0, first, second)
    const [name] = list.splice(second, 1)
    list.splice(first, 1)
    list.push(name!)
  }
}

function summed(x: Tensor, names: readonly string[], keep: (name: string) => boolean): [Tensor, string[]] {
  const gone = names.flatMap((name, d) => (keep(name) ? [] : [d]))
  return gone.length ? [x.sum(gone), names.filter(keep)] : [x, [...names]]
}

/** One product of two factors, as a bmm over what both and the rest need. */
function contracted(a: Tensor, na: readonly string[], b: Tensor, nb: readonly string[], keep: (name: string) => boolean): [Tensor, string[]] {
  const shared = na.filter((name) => nb.includes(name))
  const batch = shared.filter(keep)
  const inner = shared.filter((name) => !keep(name))
  const left = na.filter((name) => !nb.includes(name))
  const right = nb.filter((name) => !na.includes(name))
  if (inner.length === 0) {
    // Nothing is summed: an elementwise product of aligned tensors.
    const names = [...batch, ...left, ...right]
    const align = (x: Tensor, list: readonly string[]): Tensor => {
      const present = names.filter((name) => list.includes(name))
      return x.permute(present.map((name) => list.indexOf(name))).reshape(names.map((name) => (list.includes(name) ? x.sizes[list.indexOf(name)]! : 1)))
    }
    return [align(a, na).mul(align(b, nb)), names]
  }
  const sizeOf = (name: string): number => Math.max(na.includes(name) ? a.sizes[na.indexOf(name)]! : 1, nb.includes(name) ? b.sizes[nb.indexOf(name)]! : 1)
  const count = (list: readonly string[]): number => list.reduce((n, name) => n * sizeOf(name), 1)
  const laid = (x: Tensor, list: readonly string[], groups: readonly (readonly string[])[]): Tensor => {
    const flat = groups.flat()
    return x.permute(flat.map((name) => list.indexOf(name))).expand(flat.map(sizeOf)).reshape(groups.map(count))
  }
  const product = laid(a, na, [batch, left, inner]).bmm(laid(b, nb, [batch, inner, right]))
  const names = [...batch, ...left, ...right]
  return [product.view(names.map(sizeOf)), names]
}
