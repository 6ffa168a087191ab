// The table of operators, read as a syllabus: family after family, simple to tricky.
import { arithmetic } from "./arithmetic.ts"
import { comparison } from "./comparison.ts"
import { pointwise } from "./pointwise.ts"
import { reductions } from "./reductions.ts"
import { combining } from "./combining.ts"
import { statistics } from "./statistics.ts"
import { ordering } from "./ordering.ts"
import { arranging } from "./arranging.ts"
import { shape } from "./shape.ts"
import { indexing } from "./indexing.ts"
import { products } from "./products.ts"
import { losses } from "./losses.ts"
import { random } from "./random.ts"
import { conversion } from "./conversion.ts"
import { creation } from "./creation.ts"
import { activations } from "./activations.ts"

export const table = {
  ...creation,
  ...random,
  ...conversion,
  ...arithmetic,
  ...pointwise,
  ...activations,
  ...comparison,
  ...reductions,
  ...combining,
  ...statistics,
  ...ordering,
  ...shape,
  ...arranging,
  ...indexing,
  ...products,
  ...losses,
}

export type Table = typeof table
