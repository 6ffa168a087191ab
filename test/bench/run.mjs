// `npm run bench`: bundles the workloads, runs them here and in real PyTorch (where Python has it), prints both and their ratio.
//   node test/bench/run.mjs [--only NAME] [--profile]
// With --profile ours alone runs, and a .cpuprofile lies in test/bench/results/ for the editor to open.
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const here = fileURLToPath(new URL(".", import.meta.url))
const own = join(here, "../../node_modules/node/bin/node")
const node = existsSync(own) ? own : process.execPath
const results = join(here, "results")
const words = process.argv.slice(2)
const only = words.includes("--only") ? words[words.indexOf("--only") + 1] : ""
const folder = mkdtempSync(join(tmpdir(), "autograd-bench-"))
const bundle = join(folder, "overhead.mjs")

try {
  await build({ entryPoints: [join(here, "overhead.ts")], outfile: bundle, bundle: true, platform: "node", format: "esm", target: "node22", logLevel: "warning" })
  mkdirSync(results, { recursive: true })
  if (words.includes("--profile")) {
    spawnSync(node, ["--cpu-prof", `--cpu-prof-dir=${results}`, "--cpu-prof-interval=200", bundle, only], { stdio: "inherit" })
  } else compare()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function compare() {
  const python = ["/usr/bin/python3", "python3"].find((one) => spawnSync(one, ["-c", "import torch"]).status === 0)
  if (!python) console.log("PyTorch is not installed here, so only our own times are shown.")
  // PyTorch runs before and after ours: what else the machine does then falls on both.
  const before = python ? times(python, [join(here, "overhead.py"), only]) : {}
  const ours = times(node, [bundle, only])
  const after = python ? times(python, [join(here, "overhead.py"), only]) : {}
  const rows = Object.entries(ours).map(([name, { unit, time, best, check }]) => {
    const theirs = before[name] && after[name] ? { time: (before[name].time + after[name].time) / 2, best: Math.min(before[name].best, after[name].best), check: after[name].check } : null
    if (theirs && Math.abs(theirs.check - check) > 1e-4 * Math.max(1, Math.abs(theirs.check))) throw new Error(`${name}: ours gives ${check}, PyTorch ${theirs.check}.`)
    return { name, unit, ours: time, "ours, best": best, PyTorch: theirs?.time ?? null, "PyTorch, best": theirs?.best ?? null, ratio: theirs ? time / theirs.time : null, "ratio of bests": theirs ? best / theirs.best : null }
  })
  const rounded = (value) => (typeof value === "number" ? Number(value.toPrecision(3)) : value)
  console.table(Object.fromEntries(rows.map(({ name, ...rest }) => [name, Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, rounded(value)]))])))
  writeFileSync(join(results, "overhead.json"), JSON.stringify({ node: process.version, rows }, null, 2) + "\n")
}

function times(command, args) {
  // Debian's PyTorch multiplies with OpenBLAS, whose threads torch's own setting does not reach.
  const done = spawnSync(command, args, { encoding: "utf8", env: { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1" }, maxBuffer: 1 << 26 })
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${done.stderr}`)
  return JSON.parse(done.stdout)
}
