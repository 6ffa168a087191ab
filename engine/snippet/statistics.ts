// A tensor's values in figures: least, greatest, mean, how many are nan, and a histogram. Apart from the window of
// values, because one pass here spares the editor from fetching millions of numbers.
import type { ValueStatistics } from "../protocol/api.ts"
import { elementAt, type Tensor } from "../tensor/tensor.ts"

const binCount = 32

/** The figures of all elements, in float64. What is not finite is counted and left out of the rest. */
export function statisticsOf(tensor: Tensor): ValueStatistics {
  const count = tensor.numel()
  let [least, greatest, sum, zeros, negative, nan, infinite] = [Infinity, -Infinity, 0, 0, 0, 0, 0]
  for (let i = 0; i < count; i++) {
    const value = elementAt(tensor, i)
    if (value !== value) nan += 1
    else if (value === Infinity || value === -Infinity) infinite += 1
    else {
      if (value < least) least = value
      if (value > greatest) greatest = value
      if (value === 0) zeros += 1
      else if (value < 0) negative += 1
      sum += value
    }
  }
  const finite = count - nan - infinite
  const bins = finite === 0 ? [] : new Array<number>(least === greatest ? 1 : binCount).fill(0)
  const mean = finite === 0 ? null : sum / finite
  let squares = 0
  for (let i = 0; finite > 0 && i < count; i++) {
    const value = elementAt(tensor, i)
    if (!Number.isFinite(value)) continue
    squares += (value - mean!) ** 2
    bins[Math.min(bins.length - 1, Math.floor(((value - least) / (greatest - least)) * binCount) || 0)]! += 1
  }
  return {
    shape: [...tensor.sizes],
    count,
    least: finite === 0 ? null : least,
    greatest: finite === 0 ? null : greatest,
    mean,
    // As torch.std: divided by one less than the count.
    deviation: finite < 2 ? null : Math.sqrt(squares / (finite - 1)),
    zeros,
    negative,
    nan,
    infinite,
    bins,
    version: tensor.storage.version,
  }
}
