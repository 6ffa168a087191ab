// The operators as functions of `torch`, filled from the table when it is put together (methods.ts).
// Apart so that operators can call one another without importing whoever registers them.
import type { Functions } from "./methods.ts"

export const functions = {} as Functions
