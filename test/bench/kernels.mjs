// Large workloads beside PyTorch on one thread (where Python has it): bundles kernels.ts, runs both, checks that both
// computed the same, prints times, GFLOPS or GB/s, and ratios.
//   node test/bench/kernels.mjs [NAME]      AUTOGRAD_KERNELS=javascript|wasm|relaxed chooses ours
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const here = fileURLToPath(new URL(".", import.meta.url))
const own = join(here, "../../node_modules/node/bin/node")
const wanted = process.argv[2] ?? ""
const folder = mkdtempSync(join(tmpdir(), "autograd-kernels-"))
const bundle = join(folder, "kernels.mjs")

try {
  await build({ entryPoints: [join(here, "kernels.ts")], outfile: bundle, bundle: true, platform: "node", format: "esm", target: "node22", logLevel: "warning" })
  const python = ["/usr/bin/python3", "python3"].find((one) => spawnSync(one, ["-c", "import torch"]).status === 0)
  if (!python) console.log("PyTorch is not installed here, so only our own times are shown.")
  const ours = times(existsSync(own) ? own : process.execPath, [bundle, wanted])
  const theirs = python ? times(python, [join(here, "kernels.py"), wanted]) : {}
  console.table(Object.fromEntries(Object.entries(ours).map(([name, one]) => [name, row(name, one, theirs[name])])))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function row(name, { time, best, check, giga, per }, other) {
  if (other && !(Math.abs(other.check - check) <= 1e-4 * Math.max(1, Math.abs(other.check)))) throw new Error(`${name}: ours gives ${check}, PyTorch ${other.check}.`)
  const rate = giga ? `${((giga / best) * 1000).toFixed(1)} ${per}` : ""
  const rounded = (value) => (value === undefined ? null : Number(value.toPrecision(3)))
  return { "ours, ms": rounded(time), "best, ms": rounded(best), rate, "PyTorch, ms": rounded(other?.time), "its best, ms": rounded(other?.best), "ratio of bests": other ? rounded(best / other.best) : null }
}

function times(command, args) {
  // Debian's PyTorch multiplies with OpenBLAS, whose threads torch's own setting does not reach.
  const done = spawnSync(command, args, { encoding: "utf8", env: { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1" }, maxBuffer: 1 << 26 })
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${done.stderr}`)
  return JSON.parse(done.stdout)
}
