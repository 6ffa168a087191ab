// The table of operators, read as a syllabus: family after family, simple to tricky.
import { arithmetic } from "./arithmetic.ts"
import { comparison } from "./comparison.ts"
import { pointwise } from "./pointwise.ts"
import { reductions } from "./reductions.ts"
import { combining } from "./combining.ts"
import { statistics } from "./statistics.ts"
import { ordering } from "./ordering.ts"
import { arranging } from "./arranging.ts"
import { parting } from "./parting.ts"
import { joining } from "./joining.ts"
import { shape } from "./shape.ts"
import { indexing } from "./indexing.ts"
import { products } from "./products.ts"
import { decompositions } from "./decompositions.ts"
import { linearSystems } from "./linearSystems.ts"
import { matrixFunctions } from "./matrixFunctions.ts"
import { matrixMeasures } from "./matrixMeasures.ts"
import { contractions } from "./contractions.ts"
import { convolution } from "./convolution.ts"
import { pooling } from "./pooling.ts"
import { specialFunctions } from "./specialFunctions.ts"
import { questions } from "./questions.ts"
import { padding } from "./padding.ts"
import { interpolation } from "./interpolation.ts"
import { layout } from "./layout.ts"
import { scatteringOps } from "./scattering.ts"
import { scalars } from "./scalars.ts"
import { classification } from "./classification.ts"
import { distances } from "./distances.ts"
import { normalisation } from "./normalisation.ts"
import { embedding } from "./embedding.ts"
import { attention } from "./attention.ts"
import { unpooling } from "./unpooling.ts"
import { gridSampling } from "./gridSampling.ts"
import { ctc } from "./ctc.ts"
import { losses } from "./losses.ts"
import { random } from "./random.ts"
import { noise } from "./noise.ts"
import { conversion } from "./conversion.ts"
import { creation } from "./creation.ts"
import { activations } from "./activations.ts"

export const table = {
  ...creation,
  ...random,
  ...noise,
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
  ...joining,
  ...arranging,
  ...parting,
  ...indexing,
  ...products,
  ...contractions,
  ...decompositions,
  ...linearSystems,
  ...matrixFunctions,
  ...matrixMeasures,
  ...convolution,
  ...pooling,
  ...scatteringOps,
  ...specialFunctions,
  ...questions,
  ...padding,
  ...interpolation,
  ...layout,
  ...scalars,
  ...classification,
  ...distances,
  ...normalisation,
  ...embedding,
  ...attention,
  ...unpooling,
  ...gridSampling,
  ...ctc,
  ...losses,
}

export type Table = typeof table
