// The largest row of each bag, element by element, and the table's row that it came from.
import type { Kernel } from "../backend.ts"

/** Inputs: rows [n, d], the table's row of each, its bag. The first of equal ones is kept; an empty bag stays 0. */
export const bagMaximum: Kernel<Record<string, never>> = ([rows, indices, bags], [values, places]) => {
  const [n, d] = rows!.shape as [number, number]
  for (let i = 0; i < n; i++) {
    const bag = bags!.array[bags!.offset + i]!
    const row = indices!.array[indices!.offset + i]!
    for (let k = 0; k < d; k++) {
      const at = bag * d + k
      const value = rows!.array[rows!.offset + i * d + k]!
      if (places!.array[places!.offset + at]! >= 0 && !(value > values!.array[values!.offset + at]!)) continue
      values!.array[values!.offset + at] = value
      places!.array[places!.offset + at] = row
    }
  }
}
