// Recurrent networks: a cell steps through time; RNN, LSTM and GRU run cells over sequences, in layers and directions.
import { functions as t } from "../autograd/functions.ts"
import { untracked } from "../autograd/modes.ts"
import { faults } from "../tensor/faults.ts"
import { Tensor } from "../tensor/tensor.ts"
import { tupled } from "../tensor/tuple.ts"
import { empty, F, moduleClass, type Made, type ModuleClass, type Placed } from "./define.ts"
import { Parameter } from "./parameter.ts"
import { register } from "./linear.ts"
import { python } from "./pythonText.ts"

/** The weights of one cell. */
interface Weights {
  readonly weight_ih: Tensor
  readonly weight_hh: Tensor
  readonly bias_ih: Tensor | null
  readonly bias_hh: Tensor | null
}

/** A state: the hidden one, and for an LSTM the cell's. */
type State = readonly Tensor[]

/** One step of a kind of cell: the next state from the input's part, which is computed for all times at once. */
interface Kind {
  /** How many gates its weights hold. */
  readonly gates: number
  readonly states: number
  readonly step: (input: Tensor, state: State, weights: Weights) => State
}

const gatesOf = (state: State, { weight_hh, bias_hh }: Weights): Tensor => F["linear"]!(state[0]!, weight_hh, bias_hh)

const simple = (activation: "tanh" | "relu"): Kind => ({
  gates: 1,
  states: 1,
  step: (input, state, weights) => [t[activation](gatesOf(state, weights).add(input))],
})

const lstm: Kind = {
  gates: 4,
  states: 2,
  // i, f, o gates and the candidate g: c' = f·c + i·g, h' = o·tanh(c').
  step(input, state, weights) {
    const [i, f, g, o] = gatesOf(state, weights).add(input).chunk(4, 1) as [Tensor, Tensor, Tensor, Tensor]
    const cell = f.sigmoid().mul(state[1]).add(i.sigmoid().mul(g.tanh()))
    return [o.sigmoid().mul(cell.tanh()), cell]
  },
}

const gru: Kind = {
  gates: 3,
  states: 1,
  // r resets, z updates: h' = (h − n)·z + n.
  step(input, state, weights) {
    const [ir, iz, inew] = input.chunk(3, 1) as [Tensor, Tensor, Tensor]
    const [hr, hz, hnew] = gatesOf(state, weights).chunk(3, 1) as [Tensor, Tensor, Tensor]
    const candidate = inew.add(hr.add(ir).sigmoid().mul(hnew)).tanh()
    return [state[0]!.sub(candidate).mul(hz.add(iz).sigmoid()).add(candidate)]
  },
}

/** Runs a cell through time. `inputs` is [time, batch, features]; the outputs are the hidden states in time's order. */
function run(kind: Kind, inputs: Tensor, start: State, weights: Weights, backwards: boolean): { outputs: Tensor; last: State } {
  const parts = F["linear"]!(inputs, weights.weight_ih, weights.bias_ih).unbind(0)
  if (backwards) parts.reverse()
  let state = start
  const outputs = parts.map((part) => {
    state = kind.step(part, state, weights)
    return state[0]!
  })
  if (backwards) outputs.reverse()
  return { outputs: t.stack(outputs, 0), last: state }
}

interface Recurrent {
  readonly input_size: number
  readonly hidden_size: number
  readonly num_layers: number
  readonly bias: boolean
  readonly batch_first: boolean
  readonly dropout: number
  readonly bidirectional: boolean
  readonly nonlinearity: string
  readonly device: unknown
}

/** Every parameter uniform within 1/√hidden. */
function drawAll(self: Made<{ readonly hidden_size: number }>): void {
  const bound = self.hidden_size > 0 ? 1 / Math.sqrt(self.hidden_size) : 0
  untracked(() => {
    for (const one of self.parameters()) one.uniform_(-bound, bound)
  })
}

function kindOf(name: string, nonlinearity: string): Kind {
  if (name.startsWith("LSTM")) return lstm
  if (name.startsWith("GRU")) return gru
  if (nonlinearity === "tanh" || nonlinearity === "relu") return simple(nonlinearity)
  throw faults.value(`${name}: the nonlinearity "${nonlinearity}" is not known.`, 'Use "tanh" or "relu".')
}

/** The parameters of layers and directions, in PyTorch's names and order. */
function makeLayers(self: Made<Recurrent>, args: Recurrent & Placed, gates: number): void {
  const directions = self.bidirectional ? 2 : 1
  const wide = gates * self.hidden_size
  for (let layer = 0; layer < self.num_layers; layer++) {
    for (let d = 0; d < directions; d++) {
      const suffix = `_l${layer}${d ? "_reverse" : ""}`
      const inputs = layer === 0 ? self.input_size : self.hidden_size * directions
      self[`weight_ih${suffix}`] = empty([wide, inputs], args)
      self[`weight_hh${suffix}`] = empty([wide, self.hidden_size], args)
      if (!self.bias) continue
      self[`bias_ih${suffix}`] = empty([wide], args)
      self[`bias_hh${suffix}`] = empty([wide], args)
    }
  }
  drawAll(self)
}

function weightsOf(self: Made<Recurrent>, suffix: string): Weights {
  const named = (name: string): Tensor | null => {
    const found = self[name + suffix]
    return found instanceof Parameter ? found : null
  }
  return { weight_ih: named("weight_ih")!, weight_hh: named("weight_hh")!, bias_ih: named("bias_ih"), bias_hh: named("bias_hh") }
}

/** The states that a sequence starts from, each [layers · directions, batch, hidden]. Throws RuntimeError for other shapes. */
function startingStates(self: Made<Recurrent>, name: string, kind: Kind, given: unknown, inputs: Tensor, single: boolean): Tensor[] {
  const sizes = [self.num_layers * (self.bidirectional ? 2 : 1), inputs.sizes[1]!, self.hidden_size]
  const list = given === undefined || given === null ? Array.from({ length: kind.states }, () => t.zeros(sizes, { dtype: inputs.dtype })) : kind.states === 1 ? [given] : given
  if (!Array.isArray(list) || list.length !== kind.states || !list.every((one) => one instanceof Tensor)) throw faults.argument(`${name}: expected ${kind.states === 1 ? "a hidden state" : "a pair of states [h, c]"}.`, "Leave it out to start from zeros.")
  return (list as Tensor[]).map((one) => {
    const state = single && one.ndim === 2 ? one.unsqueeze(1) : one
    if (state.sizes.join() !== sizes.join()) throw faults.runtime(`${name}: expected a state of shape [${(single ? [sizes[0], sizes[2]] : sizes).join(", ")}], found [${one.sizes.join(", ")}].`, "It is layers · directions, batch, hidden_size, also with batch_first.")
    return state
  })
}

/** The whole pass: layers over each other, both directions side by side. */
function forward(self: Made<Recurrent>, name: string, kind: Kind, x: Tensor, given: unknown): unknown {
  if (x.ndim !== 2 && x.ndim !== 3) throw faults.runtime(`${name}: expected an input with 2 or 3 dimensions, found ${x.ndim}.`, "Give (time, batch, features), or (time, features) without a batch.")
  const single = x.ndim === 2
  const turned = self.batch_first && !single
  let inputs = single ? x.unsqueeze(1) : turned ? x.transpose(0, 1) : x
  if (inputs.sizes[2] !== self.input_size) throw faults.runtime(`${name}: expected ${self.input_size} features in the last dimension, found ${inputs.sizes[2]}.`, "Make the input's last dimension input_size.")
  const starts = startingStates(self, name, kind, given, inputs, single)
  const ends: Tensor[][] = starts.map(() => [])
  for (let layer = 0; layer < self.num_layers; layer++) {
    const made: Tensor[] = []
    for (let d = 0; d < (self.bidirectional ? 2 : 1); d++) {
      const start = starts.map((one) => one.select(0, layer * (self.bidirectional ? 2 : 1) + d))
      const { outputs, last } = run(kind, inputs, start, weightsOf(self, `_l${layer}${d ? "_reverse" : ""}`), d === 1)
      made.push(outputs)
      last.forEach((one, i) => ends[i]!.push(one))
    }
    inputs = made.length === 1 ? made[0]! : t.cat(made, 2)
    if (self.dropout > 0 && layer < self.num_layers - 1) inputs = F["dropout"]!(inputs, self.dropout, self.training)
  }
  const output = single ? inputs.squeeze(1) : turned ? inputs.transpose(0, 1) : inputs
  const last = ends.map((list) => (single ? t.stack(list, 0).squeeze(1) : t.stack(list, 0)))
  return tupled<unknown>([output, kind.states === 1 ? last[0] : tupled(last)])
}

function text(self: Made<Recurrent>): string {
  const parts = [`${self.input_size}, ${self.hidden_size}`]
  if (self.num_layers !== 1) parts.push(`num_layers=${self.num_layers}`)
  if (!self.bias) parts.push("bias=False")
  if (self.batch_first) parts.push("batch_first=True")
  if (self.dropout) parts.push(`dropout=${python(self.dropout)}`)
  if (self.bidirectional) parts.push("bidirectional=True")
  return parts.join(", ")
}

const sequence = (name: string): ModuleClass =>
  moduleClass<Recurrent>(
    `${name}(input_size: number, hidden_size: number, num_layers: number = 1, ${name === "RNN" ? 'nonlinearity: string = "tanh", ' : ""}bias: boolean = true, batch_first: boolean = false, dropout: number = 0, bidirectional: boolean = false, device: Device = null, dtype: dtype = null)`,
    {
      make(self, args) {
        if (!(self.dropout >= 0 && self.dropout <= 1)) throw faults.value(`${name}: expected a dropout from 0 to 1, found ${self.dropout}.`, "Leave it out for none.")
        makeLayers(self, args, kindOf(name, self.nonlinearity).gates)
      },
      reset: drawAll,
      methods: { flatten_parameters: () => null },
      forward: (self, x, state) => forward(self, name, kindOf(name, self.nonlinearity), x, state),
      text,
    },
  )

type Cell = Recurrent & Omit<Weights, "bias">

const cell = (name: string): ModuleClass =>
  moduleClass<Cell>(`${name}(input_size: number, hidden_size: number, bias: boolean = true, ${name === "RNNCell" ? 'nonlinearity: string = "tanh", ' : ""}device: Device = null, dtype: dtype = null)`, {
    make(self, args) {
      const wide = kindOf(name, self.nonlinearity).gates * self.hidden_size
      register(self, "weight_ih", empty([wide, self.input_size], args))
      register(self, "weight_hh", empty([wide, self.hidden_size], args))
      register(self, "bias_ih", self.bias ? empty([wide], args) : null)
      register(self, "bias_hh", self.bias ? empty([wide], args) : null)
      drawAll(self)
    },
    reset: drawAll,
    forward(self, x, given: unknown) {
      const kind = kindOf(name, self.nonlinearity)
      if (x.ndim !== 1 && x.ndim !== 2) throw faults.runtime(`${name}: expected an input with 1 or 2 dimensions, found ${x.ndim}.`, "Give (batch, features).")
      if (x.sizes[x.ndim - 1] !== self.input_size) throw faults.runtime(`${name}: expected ${self.input_size} features in the last dimension, found ${x.sizes[x.ndim - 1]}.`, "Make the input's last dimension input_size.")
      const single = x.ndim === 1
      const inputs = single ? x.unsqueeze(0) : x
      const list = given === undefined || given === null ? Array.from({ length: kind.states }, () => t.zeros([inputs.sizes[0]!, self.hidden_size], { dtype: x.dtype })) : ((kind.states === 1 ? [given] : given) as Tensor[])
      const state = list.map((one) => (single && one.ndim === 1 ? one.unsqueeze(0) : one))
      const next = kind.step(F["linear"]!(inputs, self.weight_ih, self.bias_ih), state, self)
      const shown = single ? next.map((one) => one.squeeze(0)) : next
      return kind.states === 1 ? shown[0] : tupled([...shown])
    },
    text: (self) => `${self.input_size}, ${self.hidden_size}${self.bias ? "" : ", bias=False"}${self.nonlinearity && self.nonlinearity !== "tanh" ? `, nonlinearity=${self.nonlinearity}` : ""}`,
  })

export const recurrent: Readonly<Record<string, ModuleClass>> = {
  RNN: sequence("RNN"),
  LSTM: sequence("LSTM"),
  GRU: sequence("GRU"),
  RNNCell: cell("RNNCell"),
  LSTMCell: cell("LSTMCell"),
  GRUCell: cell("GRUCell"),
}
