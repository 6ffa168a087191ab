// torch.optim, put together from the families of optimizers and schedules.
import { withNames } from "../tensor/classNames.ts"
import { adams } from "./adam.ts"
import { adaptive } from "./adaptive.ts"
import { ChainedScheduler, ReduceLROnPlateau, SequentialLR } from "./composed.ts"
import { cycles } from "./cycles.ts"
import { descent } from "./descent.ts"
import { LBFGS } from "./lbfgs.ts"
import { Optimizer } from "./optimizer.ts"
import { LRScheduler } from "./scheduler.ts"
import { schedules } from "./schedules.ts"

const lr_scheduler: Readonly<Record<string, unknown>> = { ...withNames({ LRScheduler, ...schedules, ...cycles, SequentialLR, ChainedScheduler, ReduceLROnPlateau }), _LRScheduler: LRScheduler }

export const optim: Readonly<Record<string, unknown>> = { ...withNames({ Optimizer, ...descent, ...adams, ...adaptive, LBFGS }), lr_scheduler }
