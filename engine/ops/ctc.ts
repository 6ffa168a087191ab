// The loss of sequences whose alignment is unknown (speech, handwriting).
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Kit } from "./entry.ts"
import type { Family } from "./family.ts"
import { checkReduction, meant, type Ending } from "./lossTotals.ts"

interface Sequences extends Ending {
  readonly log_probs: Tensor
  readonly targets: Tensor
  readonly input_lengths: unknown
  readonly target_lengths: unknown
  readonly blank: number
  readonly zero_infinity: boolean
}

const steps = [[[-1, -1.5, -0.9]], [[-0.5, -2, -1.3]]] as const

export const ctc: Family<"ctc_loss", "_ctc_loss"> = {
  ctc_loss: composite<Sequences>('ctc_loss(log_probs: Tensor, targets: Tensor, input_lengths: Tensor | number[], target_lengths: Tensor | number[], blank: number = 0, reduction: string = "mean", zero_infinity: boolean = false)', {
    doc: "How unlikely sequences of labels are, over all ways of stretching them along the input; log_probs is [time, batch, classes].",
    compose: (t, args, kit) => {
      checkReduction(kit, "ctc_loss", args)
      const { log_probs, zero_infinity, blank } = args
      if (log_probs.ndim !== 2 && log_probs.ndim !== 3) throw kit.fault("RuntimeError", `ctc_loss: expected log_probs [time, batch, classes], found shape [${log_probs.sizes.join(", ")}].`, "Apply log_softmax to the scores first.")
      const single = log_probs.ndim === 2
      const input = single ? log_probs.unsqueeze(1) : log_probs
      const inputs = lengthsOf(kit, args.input_lengths)
      const counts = lengthsOf(kit, args.target_lengths)
      const each = t._ctc_loss(input, inputs, labelsOf(kit, args, input, inputs, counts), blank)[0]
      const finite = zero_infinity ? t.where(each.eq(Infinity), each.new_zeros([]), each) : each
      const reduction = meant(args)
      if (reduction === "sum") return finite.sum()
      if (reduction === "none") return single ? finite.squeeze(0) : finite
      return finite.div(kit.fromNumbers(counts.map((one) => Math.max(1, one)), [counts.length], input.dtype)).mean()
    },
    in: ["torch", "functional"],
    samples: [[steps, [[1n]], [2], [1]]],
    rejects: [{ args: [[1, 2], [[1]], [1], [1]], throws: "RuntimeError" }],
  }),
  _ctc_loss: structural<{ log_probs: Tensor; inputs: readonly number[]; labels: readonly (readonly number[])[]; blank: number }>("ctc_loss(log_probs: Tensor, inputs: Shape, labels: unknown, blank: number) -> ValuesIndices", {
    doc: "The loss of each sequence.",
    forward: (kit, { log_probs, inputs, labels, blank }) => {
      const losses = kit.zeros([log_probs.sizes[1]!], log_probs.dtype)
      const slopes = kit.zeros(log_probs.sizes, log_probs.dtype)
      kit.kernel("ctc", [log_probs], [losses, slopes], { blank, inputs, targets: labels })
      return [losses, slopes]
    },
    savesResults: [1],
    backward: ([g], _, [, slopes]) => ({ log_probs: slopes!.detach().mul(g!.reshape([1, -1, 1])).masked_fill(slopes!.detach().isnan().logical_and(g!.reshape([1, -1, 1]).eq(0)), 0) }),
    in: [],
    samples: [[steps, [2], [[1]], 0]],
  }),
}

const lengthsOf = (kit: Kit, value: unknown): number[] => (Array.isArray(value) ? (value as readonly (number | bigint)[]).map(Number) : typeof value === "number" || typeof value === "bigint" ? [Number(value)] : kit.numbers(value as Tensor))

/** The labels of each sample, from rows that are filled up or from one long list. */
function labelsOf(kit: Kit, { targets, blank }: Sequences, input: Tensor, inputs: readonly number[], counts: readonly number[]): number[][] {
  const [time, batch, classes] = input.sizes as [number, number, number]
  if (inputs.length !== batch || counts.length !== batch) throw kit.fault("RuntimeError", `ctc_loss: expected ${batch} input lengths and ${batch} target lengths, found ${inputs.length} and ${counts.length}.`, "Give one length a sample.")
  if (!(blank >= 0 && blank < classes)) throw kit.fault("RuntimeError", `ctc_loss: expected a blank from 0 to ${classes - 1}, found ${blank}.`, "Leave it out for 0.")
  if (inputs.some((one) => one > time)) throw kit.fault("RuntimeError", `ctc_loss: an input length of ${Math.max(...inputs)} is longer than the ${time} steps of log_probs.`, "Give lengths up to the number of steps.")
  const numbers = kit.numbers(targets)
  const width = targets.ndim === 2 ? targets.sizes[1]! : null
  if (width === null && targets.ndim === 1 && batch > 1 && counts.reduce((sum, one) => sum + one, 0) !== numbers.length) throw kit.fault("RuntimeError", `ctc_loss: the target lengths sum to ${counts.reduce((sum, one) => sum + one, 0)}, the targets hold ${numbers.length} labels.`, "Give all labels one after the other.")
  let from = 0
  return counts.map((count, sample) => {
    const start = width === null ? from : sample * width
    from += count
    return numbers.slice(start, start + count)
  })
}
