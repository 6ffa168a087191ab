// `npm start`: a VS Code with the extension and the first lesson. What it does is in start.ts.
import { startOnNode24 } from "./node24.mjs"

startOnNode24("start.ts")
