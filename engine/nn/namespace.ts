// torch.nn, put together from the families of modules.
import { withNames } from "../tensor/classNames.ts"
import { activations } from "./activations.ts"
import { attention } from "./attention.ts"
import { ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential } from "./containers.ts"
import { convolutions } from "./convolution.ts"
import { dropout } from "./dropout.ts"
import { embeddings } from "./embedding.ts"
import { utils } from "./gradients.ts"
import { init } from "./init.ts"
import { lazies } from "./lazy.ts"
import { linear } from "./linear.ts"
import { losses } from "./losses.ts"
import { Module } from "./module.ts"
import { normalization } from "./normalization.ts"
import { Buffer, Parameter } from "./parameter.ts"
import { pooling } from "./pooling.ts"
import { recurrent } from "./recurrent.ts"
import { transformers } from "./transformer.ts"

const own = { Module, Parameter, Buffer, Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict }

/** Everything of torch.nn but `functional`, which is of the operators. */
export const nn: Readonly<Record<string, unknown>> = {
  ...withNames({
    ...own,
    ...linear,
    ...activations,
    ...dropout,
    ...convolutions,
    ...pooling,
    ...normalization,
    ...embeddings,
    ...recurrent,
    ...attention,
    ...transformers,
    ...lazies,
    ...losses,
  }),
  init,
  utils,
  parameter: { Parameter, Buffer },
}
