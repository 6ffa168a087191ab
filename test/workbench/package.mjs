// `npm run package`: the VSIX. What it does is in package.ts.
import { startOnNode24 } from "./node24.mjs"

startOnNode24("package.ts")
