// `npm run bench -- --device webgpu`: our engine on the GPU, as a learner's snippet runs, beside the peers on the same
// device in the same run, and beside our own kernels on the processor. Each must give the same number before its time counts.
import { spawnSync } from "node:child_process"
import { existsSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { gpuSnippet } from "./gpuSnippet.mjs"

const cli = fileURLToPath(new URL("../../dist/cli.mjs", import.meta.url))
/** Debian's Chromium brings a driver of software, for machines without a GPU; its Vulkan lies beside it. */
const driver = "/usr/lib/chromium/vk_swiftshader_icd.json"
const peers = { "tfjs-webgpu": "TensorFlow.js", "jax-js-webgpu": "jax-js" }
/** float32 added up in other orders, over eighteen layers. */
const tolerance = 1e-3

/** Prints the table and writes it to `file`; the exit code. */
export function compareDevices(node, only, file) {
  if (!existsSync(cli)) throw new Error("dist/cli.mjs is missing: run `npm run build` first")
  const before = ours(node, "webgpu", only)
  const others = Object.fromEntries(Object.keys(peers).map((peer) => [peer, theirs(node, peer, only)]))
  // Ours runs before and after the others: what else the machine does then falls on all.
  const after = ours(node, "webgpu", only)
  const processor = ours(node, "cpu", only)
  const missing = Object.keys(peers).filter((peer) => Object.keys(others[peer]).length === 0)
  if (missing.length > 0 && !only) console.log(`Not installed: ${missing.map((peer) => peers[peer]).join(", ")} (npm ci --prefix test/bench --ignore-scripts).`)
  const rows = Object.entries(before.rows).map(([name, first]) => {
    const measured = { ...first, best: Math.min(first.best, after.rows[name].best), time: (first.time + after.rows[name].time) / 2 }
    const all = { ...Object.fromEntries(Object.entries(others).map(([peer, found]) => [peer, found[name] ?? null])), processor: processor.rows[name] }
    for (const [who, one] of Object.entries(all)) {
      if (one?.check !== undefined && !(Math.abs(one.check - measured.check) <= tolerance * Math.max(1, Math.abs(one.check)))) throw new Error(`${name}: ours gives ${measured.check} on the GPU, ${who} ${one.check}.`)
    }
    return { name, ours: measured, others: all }
  })
  console.log(`On ${before.device}, every kernel on the GPU. Milliseconds, the best of many; behind each other engine how many times longer it takes than ours (above 1 we are faster).`)
  console.table(Object.fromEntries(rows.map((row) => [row.name, shown(row)])))
  for (const { name, others } of rows) for (const [peer, one] of Object.entries(others)) if (one?.reason) console.log(`${peers[peer]}, ${name}: ${one.reason}`)
  writeFileSync(file, JSON.stringify({ node: process.version, device: before.device, rows }, null, 2) + "\n")
  return 0
}

function shown({ ours, others }) {
  const beside = Object.entries(peers).flatMap(([peer, title]) => {
    const one = others[peer]
    return [[title, one?.best ? rounded(one.best) : one?.reason ? "fails" : "–"], [`${title} : ours`, one?.best ? rounded(one.best / ours.best) : "–"]]
  })
  return { ours: rounded(ours.best), ...Object.fromEntries(beside), "our processor": rounded(others.processor.best) }
}

const rounded = (value) => Number(value.toPrecision(3))

/** The environment in which Dawn finds a GPU, of software where there is no other. */
function withDriver() {
  if (process.env.VK_DRIVER_FILES !== undefined || !existsSync(driver)) return process.env
  return { ...process.env, VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: [dirname(driver), process.env.LD_LIBRARY_PATH].filter(Boolean).join(":") }
}

function ours(node, device, only) {
  const env = { ...withDriver(), ...(device === "webgpu" ? { AUTOGRAD_GPU_KERNELS: "all" } : {}) }
  const done = spawnSync(node, [cli, "run", "--jsonl", "--timeout", "1200", "--device", device], { input: `${JSON.stringify({ id: 1, source: gpuSnippet(only) })}\n`, encoding: "utf8", env })
  const { stdout, error } = JSON.parse(done.stdout)
  if (error) throw new Error(`${device}: ${error.name}: ${error.message}`)
  const lines = stdout.split("\n")
  const rows = lines.filter((line) => line.startsWith("RESULT ")).map((line) => JSON.parse(line.slice(7)))
  return { device: lines.find((line) => line.startsWith("DEVICE "))?.slice(7), rows: Object.fromEntries(rows.map((row) => [row.name, row])) }
}

function theirs(node, peer, only) {
  const done = spawnSync(node, [fileURLToPath(new URL("peers.mjs", import.meta.url)), peer, only], { encoding: "utf8", env: withDriver(), maxBuffer: 1 << 26 })
  if (done.status !== 0) throw new Error(`${peer} failed:\n${done.stderr}`)
  return JSON.parse(done.stdout)
}
