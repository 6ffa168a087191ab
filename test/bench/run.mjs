// `npm run bench`: our engine beside real PyTorch on one thread (where Python has it) and beside the other engines of
// JavaScript (where test/bench has them installed). Each workload is checked for the same result before its time counts.
//   node test/bench/run.mjs [--only NAME] [--ours] [--picture]     AUTOGRAD_KERNELS=javascript|wasm|relaxed chooses ours
//   node test/bench/run.mjs --only NAME --profile                  a .cpuprofile in test/bench/results/, and its summary
//   node test/bench/run.mjs --recording                            what inline values and verdicts cost each turn of a loop
//   node test/bench/run.mjs --device webgpu [--only NAME]          the same on the GPU, beside TensorFlow.js and jax-js on it
//   node test/bench/run.mjs --panel                                the panel in a browser with resnet18's graph instead
// --ours leaves the others out; --picture draws media/images/speed.png of what was measured, --redraw of what was last.
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { memoryEnvironment } from "../../engine/protocol/environment.ts"
import { drawn } from "./picture.mjs"
import { summary } from "./profile.mjs"
import { compareDevices } from "./webgpu.mjs"

const here = fileURLToPath(new URL(".", import.meta.url))
const own = join(here, "../../node_modules/node/bin/node")
const node = existsSync(own) ? own : process.execPath
const results = join(here, "results")
const words = process.argv.slice(2)
const only = words.includes("--only") ? words[words.indexOf("--only") + 1] : ""
const peers = ["tfjs-wasm", "jax-js", "js-pytorch"]
const parts = ["overhead", "kernels"]
/** Threads of the second measurement of what is large. */
const threads = 2
const several = { AUTOGRAD_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads) }
const picture = fileURLToPath(new URL("../../media/images/speed.png", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "autograd-bench-"))
const bundle = (part) => join(folder, `${part}.mjs`)

process.on("exit", () => rmSync(folder, { recursive: true, force: true }))

if (words.includes("--panel")) process.exit(spawnSync(node, ["--disable-warning=ExperimentalWarning", join(here, "panel.ts")], { stdio: "inherit" }).status ?? 1)
if (words.includes("--redraw")) {
  console.log(await drawn(JSON.parse(readFileSync(join(results, "bench.json"), "utf8")), picture))
  process.exit(0)
}
if (words.includes("--device")) process.exit(onGpu())
if (words.includes("--recording")) process.exit(await recording())
for (const part of parts) await build({ entryPoints: [join(here, `${part}.ts`)], outfile: bundle(part), bundle: true, platform: "node", format: "esm", target: "node22", logLevel: "warning" })
await build({ entryPoints: [join(here, "../../engine/host/crewHelper.ts")], outfile: join(folder, "engineHelper.mjs"), bundle: true, platform: "node", format: "esm", target: "node22", logLevel: "warning" })
mkdirSync(results, { recursive: true })
if (words.includes("--profile")) profile()
else await compare()

function onGpu() {
  mkdirSync(results, { recursive: true })
  return compareDevices(node, only, join(results, only ? "part.json" : "webgpu.json"))
}

/** Beside the repository's packages, because the snippets' compiler is one of them. */
async function recording() {
  mkdirSync(results, { recursive: true })
  const outfile = join(results, "recording.mjs")
  await build({ entryPoints: [join(here, "recording.ts")], outfile, bundle: true, platform: "node", format: "esm", target: "node22", external: ["typescript", "webgpu"], logLevel: "warning" })
  const done = spawnSync(node, [outfile], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })
  rmSync(outfile)
  if (done.status !== 0) return done.status ?? 1
  const rows = Object.entries(JSON.parse(done.stdout)).map(([name, { nothing, ...others }]) => [
    name,
    { "nothing recorded, µs a turn": Number(nothing.toPrecision(3)), ...Object.fromEntries(Object.entries(others).map(([way, time]) => [way, `${(time / nothing).toFixed(2)} times`])) },
  ])
  console.table(Object.fromEntries(rows))
  return 0
}

function profile() {
  for (const part of parts) spawnSync(node, ["--cpu-prof", `--cpu-prof-dir=${folder}`, "--cpu-prof-interval=200", bundle(part), only], { stdio: ["ignore", "ignore", "inherit"], env: { ...memoryEnvironment, ...process.env } })
  const files = readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"))
  console.log(summary(files.map((name) => join(folder, name)), join(results, "last.cpuprofile")))
}

async function compare() {
  const alone = words.includes("--ours")
  const python = alone ? undefined : ["/usr/bin/python3", "python3"].find((one) => spawnSync(one, ["-c", "import torch"]).status === 0)
  if (!python && !alone) console.log("PyTorch is not installed here, so only JavaScript's engines are shown.")
  const theirs = () => (python ? Object.assign({}, ...parts.map((part) => inMilliseconds(times(python, [join(here, `${part}.py`), only])))) : {})
  // PyTorch runs before and after the others: what else the machine does then falls on all.
  const before = theirs()
  const ours = Object.assign({}, ...parts.map((part) => inMilliseconds(times(node, [bundle(part), only], memoryEnvironment))))
  const parallel = inMilliseconds(times(node, [bundle("kernels"), only], { ...memoryEnvironment, ...several }))
  const theirParallel = python ? inMilliseconds(times(python, [join(here, "kernels.py"), only], several)) : {}
  const others = Object.fromEntries(alone ? [] : peers.map((name) => [name, times(node, [join(here, "peers.mjs"), name, only])]))
  const after = theirs()
  const missing = Object.keys(others).filter((name) => Object.keys(others[name]).length === 0)
  if (missing.length && !only) console.log(`Not installed: ${missing.join(", ")} (npm ci --prefix test/bench --ignore-scripts).`)
  const rows = Object.entries(ours).map(([name, measured]) => {
    const torch = before[name] && after[name] ? { time: (before[name].time + after[name].time) / 2, best: Math.min(before[name].best, after[name].best), check: after[name].check } : null
    const all = { PyTorch: torch, ...Object.fromEntries(Object.entries(others).map(([peer, found]) => [peer, found[name] ?? null])) }
    for (const [who, one] of Object.entries(all)) {
      // Another result has no time.
      if (one?.best && !agrees(name, one.check, measured.check)) all[who] = { reason: `gives ${one.check}, ours ${measured.check}` }
    }
    // Several threads compute the same to the last bit.
    if (parallel[name] && parallel[name].check !== measured.check) throw new Error(`${name}: ${threads} threads give ${parallel[name].check}, one gives ${measured.check}.`)
    return { name, ours: measured, others: all, parallel: parallel[name] ?? null, theirParallel: theirParallel[name] ?? null }
  })
  console.table(Object.fromEntries(rows.map((row) => [row.name, shown(row)])))
  console.log("Milliseconds, the best of many, which other work of the machine disturbs least; behind each engine how many times longer it takes than ours (above 1 we are faster). One thread where no other number is said.")
  for (const { name, others } of rows) for (const [peer, one] of Object.entries(others)) if (one?.reason) console.log(`${peer}, ${name}: ${one.reason}`)
  const record = { date: new Date().toISOString().slice(0, 10), node: process.version, processor: cpus()[0]?.model ?? "", kernels: process.env.AUTOGRAD_KERNELS ?? "relaxed", rows }
  writeFileSync(join(results, only ? "part.json" : "bench.json"), JSON.stringify(record, null, 2) + "\n")
  if (words.includes("--picture")) console.log(await drawn(record, picture))
}

/** Gradients through eighteen normalisations of few places are known to fewer digits: PyTorch's differ from all others' there. */
function agrees(name, theirs, ours) {
  return Math.abs(theirs - ours) <= (/resnet.* step/.test(name) ? 1e-3 : 1e-4) * Math.max(1, Math.abs(theirs))
}

function shown({ ours, others, parallel, theirParallel }) {
  const rate = ours.giga ? `${((ours.giga / ours.best) * 1000).toFixed(1)} ${ours.per}` : ""
  const beside = Object.entries(others).flatMap(([name, one]) => [[name, one?.best ? rounded(one.best) : one ? "fails" : "–"], [`${name} : ours`, one?.best ? rounded(one.best / ours.best) : "–"]])
  const inParallel = parallel ? { [`ours, ${threads} threads`]: rounded(parallel.best), [`PyTorch : ours, ${threads} threads`]: theirParallel ? rounded(theirParallel.best / parallel.best) : "–" } : {}
  return { ours: rounded(ours.best), rate, ...Object.fromEntries(beside), ...inParallel }
}

function rounded(value) {
  return Number(value.toPrecision(3))
}

function inMilliseconds(found) {
  const scaled = (one) => (one.unit === "µs" ? { ...one, unit: "ms", time: one.time / 1000, best: one.best / 1000 } : one)
  return Object.fromEntries(Object.entries(found).map(([name, one]) => [name, scaled(one)]))
}

function times(command, args, environment = {}) {
  // Debian's PyTorch multiplies with OpenBLAS, whose threads torch's own setting does not reach.
  const done = spawnSync(command, args, { encoding: "utf8", env: { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1", ...environment }, maxBuffer: 1 << 26 })
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${done.stderr}`)
  return JSON.parse(done.stdout)
}
