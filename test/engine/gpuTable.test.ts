// Every operator of the table on the GPU against the CPU, forward and with its gradients, at the entries' own samples and
// with every kernel on the GPU; and the list of what the CPU computes there all the same, which may only become shorter.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Worker } from "node:worker_threads"
import { build } from "esbuild"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { GpuOwner } from "../../engine/host/gpuOwner.ts"
import { isThere, missing, takeGpu } from "./gpuAtHand.ts"
import type { Numbers, Walked } from "./gpuWalk.ts"
import { allOperators, families } from "./tableCalls.ts"

takeGpu()
const here = dirname(fileURLToPath(import.meta.url))

let walked: readonly Walked[] = []
let closeDoor = (): void => undefined

async function walk(): Promise<readonly Walked[]> {
  const folder = mkdtempSync(join(tmpdir(), "autograd-lab-walk-"))
  try {
    const file = join(folder, "walk.mjs")
    await build({ entryPoints: [join(here, "gpuWalk.ts")], outfile: file, bundle: true, format: "esm", platform: "node", target: "node22", logLevel: "error" })
    const { data, close } = new GpuOwner(() => undefined).connect()
    closeDoor = close
    return await new Promise<readonly Walked[]>((resolve, reject) => {
      const worker = new Worker(file, { workerData: { gpu: data }, transferList: [data.port] })
      worker.once("message", (all: readonly Walked[]) => {
        resolve(all)
        void worker.terminate()
      })
      worker.once("error", reject)
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

beforeAll(async () => {
  if (isThere) walked = await walk()
}, 300_000)
afterAll(() => closeDoor())

/** How far apart results may be, of 1 + their size: float32 in another order, and functions that each machine approximates. */
const usualTolerance = 2e-6
const tolerances: Readonly<Record<string, number>> = {
  pointwise: 1e-5,
  specialFunctions: 2e-5,
  mathematics: 2e-5,
  activations: 1e-5,
  normalisation: 1e-5,
  distances: 1e-5,
  decompositions: 1e-4,
  linearSystems: 1e-4,
  matrixFunctions: 1e-4,
}

/**
 * What the CPU computes of tensors on the GPU, kernel by kernel. `other types`: float64, int64, int32 and half precisions
 * are the CPU's by rule. `reads elements`: how many results there are, or whether to fault, depends on the elements.
 */
const onTheCpu: Readonly<Record<string, string>> = {
  bagMaximum: "embedding_bag",
  copy: "byte char cpu short",
  ctc: "_ctc_loss ctc_loss",
  factorisation:
    "_solve cholesky cholesky_inverse cholesky_solve det inverse linalg_cholesky linalg_cond linalg_det linalg_eigh linalg_eigvalsh linalg_inv linalg_lstsq " +
    "linalg_lu linalg_lu_factor linalg_lu_solve linalg_matrix_norm linalg_matrix_rank linalg_pinv linalg_qr linalg_slogdet linalg_solve " +
    "linalg_solve_triangular linalg_svd linalg_svdvals linalg_tensorinv linalg_tensorsolve logdet pinverse qr slogdet svd triangular_solve",
  i0: "i0",
  i0_backward: "i0",
  i1: "i1",
  i1_backward: "i1",
  likelihood: "_nll_loss",
  likelihoodBack: "_nll_loss",
  mostFrequent: "mode",
  "other types": "bfloat16 double float_power grid_sample grid_sampler_2d grid_sampler_3d half int linalg_lu linalg_lu_factor long nanquantile quantile unfold",
  patches: "fold functional_unfold",
  patchesBack: "fold functional_unfold",
  planePut: "_max_unpool2d _max_unpool3d max_unpool1d max_unpool2d max_unpool3d",
  put: "cross_entropy",
  ranked: "kthvalue median#0 median#1 nanmedian#0 nanmedian#1",
  "reads elements":
    "argwhere bernoulli binary_cross_entropy bucketize cholesky_inverse ctc_loss det fill_diagonal gaussian_nll_loss inverse linalg_det linalg_inv linalg_lu " +
    "linalg_lu_factor linalg_lu_solve linalg_matrix_exp linalg_slogdet linalg_tensorinv logdet matrix_exp nanquantile nonzero#1 poisson quantile rrelu " +
    "slogdet unique unique_consecutive where#2",
  special_i0e: "special_i0e",
  special_i0e_backward: "special_i0e",
  special_i1e: "special_i1e",
  special_i1e_backward: "special_i1e",
  take: "cross_entropy",
}

function differences({ operator, sample, cpu, gpu }: Walked, tolerance: number): string[] {
  const title = `${operator} ${sample}`
  if (typeof cpu === "string" || typeof gpu === "string") return cpu === gpu ? [] : [`${title}: the CPU ${described(cpu)}, the GPU ${described(gpu)}`]
  if (cpu.length !== gpu.length) return [`${title}: ${cpu.length} results on the CPU, ${gpu.length} on the GPU`]
  return cpu.flatMap((want, i) => {
    const got = gpu[i]!
    if (got.dtype !== want.dtype || got.shape.join() !== want.shape.join()) return [`${title}: ${want.what} is ${got.dtype} [${got.shape.join(", ")}], want ${want.dtype} [${want.shape.join(", ")}]`]
    const at = want.values.findIndex((value, k) => !isNear(got.values[k]!, value, tolerance))
    return at < 0 ? [] : [`${title}: ${want.what} has ${got.values[at]} at ${at}, want ${want.values[at]}`]
  })
}

const described = (one: readonly Numbers[] | string): string => (typeof one === "string" ? `throws ${one}` : "does not")

const isNear = (got: number, want: number, tolerance: number): boolean => Object.is(got, want) || got === want || Math.abs(got - want) <= tolerance * (1 + Math.abs(want))

const all = await families()

describe.skipIf(!isThere)(`the operators' table on the GPU${isThere ? "" : ` — SKIPPED: ${missing}`}`, () => {
  test("every sample of every operator was walked", () => {
    expect(walked.length).toBe(allOperators().reduce((count, { entry }) => count + entry.samples.length, 0))
  })

  test.each(all)("the family %s gives what it gives on the CPU, and its gradients do", (family, operators) => {
    const titles = new Set(operators.map(({ title }) => title))
    expect(walked.filter(({ operator }) => titles.has(operator)).flatMap((one) => differences(one, tolerances[family] ?? usualTolerance))).toEqual([])
  })

  test("what runs on the CPU there is what the list says, kernel by kernel", () => {
    const found: Record<string, string[]> = {}
    for (const { operator, here } of walked) for (const kernel of here) (found[kernel] ??= []).push(operator)
    const asText = Object.fromEntries(Object.entries(found).map(([kernel, operators]) => [kernel, [...new Set(operators)].sort().join(" ")]))
    expect(asText).toEqual(onTheCpu)
  })
})
