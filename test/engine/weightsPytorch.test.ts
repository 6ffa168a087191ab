// The judge is real PyTorch: it reads what we write, and we read what it writes. Where there is none, the tests are
// skipped and the report says so; the fixtures of weightsFiles.test.ts stand in for one of the two directions.

import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { door } from "../../engine/nn/door.ts"
import { printText, torch as namespace } from "../../engine/torch.ts"

const torch = namespace as Record<string, (...args: unknown[]) => unknown> & { nn: Record<string, new (...args: unknown[]) => { state_dict(): object; load_state_dict(state: unknown): unknown }> }
const python = ["python3", "/usr/bin/python3"].find((one) => spawnSync(one, ["-c", "import torch"]).status === 0)
const withPytorch = test.skipIf(python === undefined)

// Loading PyTorch takes seconds on a busy machine.
vi.setConfig({ testTimeout: 180_000 })

const folder = mkdtempSync(join(tmpdir(), "autograd-weights-"))

beforeAll(() => {
  door.current = {
    read: (path) => new Uint8Array(readFileSync(join(folder, path))),
    write: (path, bytes) => writeFileSync(join(folder, path), bytes),
    weights: () => new Uint8Array(),
  }
})
afterAll(() => {
  door.current = null
  rmSync(folder, { recursive: true, force: true })
})

/** What a program prints in real PyTorch, in the folder of the files. */
function inPytorch(program: string): string {
  return execFileSync(python!, ["-W", "ignore", "-c", `import torch, json, struct\n${program}`], { cwd: folder, encoding: "utf8" }).trim()
}

const values = `{ "f16": tensor([1.5, -2, 0.00006], float16), "bf16": tensor([3, -0.5], bfloat16), "f32": tensor([[0.1, 2], [3, 4]], float32), "f64": tensor([0.1], float64),
  "i64": tensor([-1, 4503599627370496], int64), "i32": tensor([7], int32), "i16": tensor([-7], int16), "i8": tensor([-8], int8), "u8": tensor([200], uint8), "b": tensor([true, false], bool), "empty": tensor([], float32) }`

function ours(): Record<string, unknown> {
  const tensor = (data: unknown, dtype: string): unknown => torch.tensor!(data, { dtype: torch[dtype] })
  const dtypes = ["float16", "bfloat16", "float32", "float64", "int64", "int32", "int16", "int8", "uint8", "bool"]
  return new Function("tensor", ...dtypes, `return ${values}`)(tensor, ...dtypes) as Record<string, unknown>
}

const theirs = `{${values.slice(1, -1).replaceAll(/tensor\((.*?\]), (\w+)\)/g, "torch.tensor($1, dtype=torch.$2)").replaceAll("true", "True").replaceAll("false", "False")}}`

withPytorch("real PyTorch loads what torch.save wrote: every element type, views, leaves, plain values", () => {
  const base = torch.arange!(6) as { reshape(...sizes: number[]): { t(): unknown } }
  torch.save!({ ...ours(), t: base.reshape(2, 3).t(), base, leaf: torch.ones!(1, { requires_grad: true }), plain: [1, 2.5, null, true, "한글", [], {}, { 0: "zero", a: -(2 ** 40) }, 2n ** 70n] }, "ours.pth")
  const shown = inPytorch(`
x = torch.load("ours.pth")
theirs = ${theirs}
print([k for k in theirs if x[k].dtype != theirs[k].dtype or not torch.equal(x[k], theirs[k])])
x["base"][0] = 9
print(x["t"].tolist(), x["t"].stride(), x["leaf"], x["plain"])`)
  expect(shown).toBe("[]\n[[9.0, 3.0], [1.0, 4.0], [2.0, 5.0]] (1, 3) tensor([1.], requires_grad=True) [1, 2.5, None, True, '한글', [], {}, {0: 'zero', 'a': -1099511627776}, 1180591620717411303424]")
})

withPytorch("a state_dict of ours fits PyTorch's model strictly", () => {
  const model = new torch.nn["Sequential"]!(new torch.nn["Linear"]!(2, 3), new torch.nn["BatchNorm1d"]!(3))
  torch.save!(model.state_dict(), "model.pth")
  expect(inPytorch(`
model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
print(type(torch.load("model.pth")).__name__, model.load_state_dict(torch.load("model.pth")))
print(model.state_dict()["0.weight"])`)).toBe(`OrderedDict <All keys matched successfully>\n${printText([(model.state_dict() as Record<string, unknown>)["0.weight"]])}`)
})

withPytorch.each(["", ", _use_new_zipfile_serialization=False"])("we load what real PyTorch wrote, and writing it again gives it back the same (%s)", (option) => {
  inPytorch(`
x = ${theirs}
x["view"] = x["f32"][:, 1]
torch.save(x, "theirs.pth"${option})`)
  torch.save!(torch.load!("theirs.pth"), "back.pth")
  expect(inPytorch(`
a, b = torch.load("theirs.pth"), torch.load("back.pth")
print(list(a) == list(b) and all(a[k].dtype == b[k].dtype and torch.equal(a[k], b[k]) and a[k].stride() == b[k].stride() for k in a))`)).toBe("True")
})

withPytorch("a .safetensors file of ours holds what its header says, read by Python byte for byte", () => {
  const { bf16: _, ...tensors } = ours()
  torch.save!(tensors, "ours.safetensors")
  const kinds = "{'F64': torch.float64, 'F32': torch.float32, 'F16': torch.float16, 'I64': torch.int64, 'I32': torch.int32, 'I16': torch.int16, 'I8': torch.int8, 'U8': torch.uint8, 'BOOL': torch.bool}"
  expect(inPytorch(`
raw = open("ours.safetensors", "rb").read()
(n,) = struct.unpack("<Q", raw[:8])
head = json.loads(raw[8:8 + n])
theirs = ${theirs}
kinds = ${kinds}
def read(p):
    a, b = p["data_offsets"]
    part = bytearray(raw[8 + n + a:8 + n + b])
    return torch.frombuffer(part, dtype=kinds[p["dtype"]]).reshape(p["shape"]) if part else torch.zeros(p["shape"], dtype=kinds[p["dtype"]])
print(sorted(head) == sorted(k for k in theirs if k != "bf16"), all(torch.equal(read(head[k]), theirs[k]) for k in head), max(p["data_offsets"][1] for p in head.values()) + 8 + n == len(raw))`)).toBe("True True True")
})
