// `npm test`: everything that can fail, in one go. What it does is in workbench/testRun.ts.
import { startOnNode24 } from "./workbench/node24.mjs"

startOnNode24("testRun.ts")
