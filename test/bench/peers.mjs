// The workloads of kernels.ts and overhead.ts in the other engines that JavaScript has, as far as they can express them,
// each in a process of its own: `node peers.mjs ENGINE [NAME]`. Prints JSON: for each workload what ours prints, or why it
// could not be done; nothing where the engine is not installed (npm ci --prefix test/bench --ignore-scripts).
import { openDawn, refusals } from "./peers/dawn.mjs"
import { jax } from "./peers/jax.mjs"
import { jsPytorch } from "./peers/jsPytorch.mjs"
import { measured } from "./peers/measure.mjs"
import { tfjs } from "./peers/tfjs.mjs"

const [engine, wanted = ""] = process.argv.slice(2)
const log = console.log
console.log = () => undefined // One of them says how it is when it is loaded.

const engines = {
  "tfjs-wasm": () => tfjs("wasm"),
  "jax-js": () => jax("wasm"),
  "js-pytorch": jsPytorch,
  "tfjs-webgpu": () => openDawn().then(() => tfjs("webgpu")),
  "jax-js-webgpu": () => openDawn().then(() => jax("webgpu")),
}

const found = {}
let workloads = {}
try {
  workloads = await engines[engine]()
} catch (error) {
  if (error.code !== "MODULE_NOT_FOUND" && error.code !== "ERR_MODULE_NOT_FOUND") throw error
}
for (const [name, workload] of Object.entries(workloads)) {
  if (!name.includes(wanted)) continue
  try {
    refusals.length = 0
    found[name] = await measured(workload())
    if (refusals.length > 0) found[name] = { reason: refusals[0].split("\n")[0] }
  } catch (error) {
    found[name] = { reason: String(error?.message ?? error).split("\n")[0] }
  }
}
log(JSON.stringify(found))
process.exit(0)
