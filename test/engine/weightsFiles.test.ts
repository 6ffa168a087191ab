// torch.save and torch.load against files that real PyTorch wrote (test/fixtures/weights/make.py made them), and against
// themselves. What the door to the disk allows is tested in weightsDoor.test.ts.

import { readFileSync } from "node:fs"
import { zipSync } from "fflate/browser"
import { afterAll, beforeEach, expect, test } from "vitest"
import { door } from "../../engine/nn/door.ts"
import type { Fault } from "../../engine/protocol/faults.ts"
import { printText, Tensor, torch as namespace } from "../../engine/torch.ts"

// Called by name, as a snippet does.
const torch = namespace as Record<string, (...args: unknown[]) => unknown> & { nn: Record<string, new (...args: unknown[]) => Model>; optim: Record<string, new (...args: unknown[]) => Optimizer> }
interface Model {
  (x: unknown): Tensor
  state_dict(): Record<string, Tensor>
  load_state_dict(state: unknown): unknown
  parameters(): Iterable<Tensor>
}
interface Optimizer {
  step(): void
  state_dict(): unknown
  load_state_dict(state: unknown): void
}

const disk = new Map<string, Uint8Array<ArrayBuffer>>()

beforeEach(() => {
  disk.clear()
  door.current = {
    read: (path) => disk.get(path) ?? new Uint8Array(readFileSync(new URL(`../fixtures/weights/${path}`, import.meta.url))),
    write: (path, bytes) => void disk.set(path, new Uint8Array(bytes)),
    weights: () => new Uint8Array(),
  }
})
afterAll(() => {
  door.current = null
})

const load = (path: string): Record<string, unknown> => torch.load!(path) as Record<string, unknown>
const text = (value: unknown): string => printText([value])

function faultOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    const { name, message, hint } = error as Fault
    return `${name}: ${message} → ${hint}`
  }
  return "no fault"
}

function network(): Model {
  return new torch.nn["Sequential"]!(new torch.nn["Linear"]!(2, 3), new torch.nn["BatchNorm1d"]!(3))
}

test.each(["model.pth", "modelOld.pth"])("a state_dict that PyTorch wrote fits our model (%s)", (file) => {
  const state = load(file)
  const model = network()
  expect(text(model.load_state_dict(state))).toBe("<All keys matched successfully>")
  expect(text(Object.keys(state))).toBe("['0.weight', '0.bias', '1.weight', '1.bias', '1.running_mean', '1.running_var', '1.num_batches_tracked']")
  expect(text(model.state_dict()["0.weight"])).toBe("tensor([[-0.0053,  0.3793],\n        [-0.5820, -0.5204],\n        [-0.2723,  0.1896]])")
})

test("every element type, view and kind of plain value that PyTorch wrote is read", () => {
  const { nested, leaf, parameter, ...tensors } = load("types.pt")
  const shown = Object.entries(tensors).map(([name, value]) => `${name} ${(value as Tensor).dtype.name} ${JSON.stringify((value as unknown as { tolist(): unknown }).tolist())}`)
  expect(shown).toEqual([
    "float16 float16 [1.5,0,65504,5.960464477539063e-8,null,null]",
    "bfloat16 bfloat16 [1,-3.140625,null]",
    "float64 float64 0.1",
    "int64 int64 [-1,9007199254740991]",
    "int32 int32 [-2147483648]",
    "int16 int16 [-5]",
    "int8 int8 [-128]",
    "uint8 uint8 [255]",
    "bool bool [true,false]",
    "empty float32 []",
    "base float32 [[0,1,2,3],[4,5,6,7],[8,9,10,11]]",
    "column float32 [1,5,9]",
    "transposed float32 [[0,4,8],[1,5,9],[2,6,10],[3,7,11]]",
  ])
  expect([text(leaf), text(parameter), text(nested)]).toEqual([
    "tensor([1., 1.], requires_grad=True)",
    "Parameter containing:\ntensor([0.], requires_grad=True)",
    "[1, -2.5, None, True, ('a', 1180591620717411303424), {'3': 'three'}, OrderedDict([('x', '한글')])]",
  ])
})

test("views of one storage share it again after loading", () => {
  const { base, column } = load("types.pt") as Record<string, Tensor & { fill_(value: number): unknown; tolist(): unknown }>
  base!.fill_(7)
  expect(column!.tolist()).toEqual([7, 7, 7])
})

test.each(["all.pth", "all.pt", "all.bin"])("what is saved is loaded again: %s", (path) => {
  const first = load("types.pt")
  torch.save!(first, path)
  const again = load(path)
  expect(text(again)).toBe(text(first))
  expect(Object.values(again).map((one) => one instanceof Tensor && one.strides)).toEqual(Object.values(first).map((one) => one instanceof Tensor && one.strides))
})

test("safetensors keep names, types, shapes and values", () => {
  const { nested: _, leaf: _leaf, parameter: _parameter, ...tensors } = load("types.pt")
  torch.save!(tensors, "all.safetensors")
  const again = load("all.safetensors")
  expect(Object.keys(tensors).map((name) => text(again[name]))).toEqual(Object.values(tensors).map(text))
  // Where the format says they lie, whatever reads it: the first is the widest.
  const bytes = disk.get("all.safetensors")!
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
  expect([length % 8, JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))["float64"]]).toEqual([0, { dtype: "F64", shape: [], data_offsets: [0, 8] }])
})

test("a training goes on where it was saved, optimizer and all", () => {
  const step = (model: Model, optimizer: Optimizer): string => {
    for (const one of model.parameters()) one.grad = null
    ;(model(torch.ones!(4, 2)) as unknown as { sum(): { backward(): void } }).sum().backward()
    optimizer.step()
    return text(model.state_dict())
  }
  const model = new torch.nn["Linear"]!(2, 1)
  const optimizer = new torch.optim["Adam"]!(model.parameters())
  step(model, optimizer)
  torch.save!({ epoch: 1, model: model.state_dict(), optimizer: optimizer.state_dict() }, "checkpoint.pth")
  const wanted = step(model, optimizer)
  const other = new torch.nn["Linear"]!(2, 1)
  const otherOptimizer = new torch.optim["Adam"]!(other.parameters())
  const checkpoint = load("checkpoint.pth")
  other.load_state_dict(checkpoint["model"])
  otherOptimizer.load_state_dict(checkpoint["optimizer"])
  expect(step(other, otherOptimizer)).toBe(wanted)
})

test("entries of the archive begin at multiples of 64 bytes, as PyTorch's do", () => {
  torch.save!({ a: torch.ones!(3), b: torch.zeros!(5) }, "aligned.pth")
  const bytes = disk.get("aligned.pth")!
  const starts: number[] = []
  const view = new DataView(bytes.buffer)
  for (let at = 0; view.getUint32(at, true) === 0x04034b50; ) {
    const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true)
    starts.push(start % 64)
    at = start + view.getUint32(at + 18, true)
  }
  expect(starts).toEqual([0, 0, 0, 0])
})

test("a file that would run code is refused, with the name of what it asked for", () => {
  const hint = " → Load it in Python and save its state alone: torch.save(model.state_dict(), path)."
  const message = (path: string, found: string): string => `UnpicklingError: torch.load: expected tensors, numbers, texts, lists and dicts in ${path}, found the class or function ${found}, which is not loaded because it could run code.${hint}`
  expect(faultOf(() => load("runs.pth"))).toBe(message("runs.pth", "posix.system"))
  expect(faultOf(() => load("wholeModel.pth"))).toBe(message("wholeModel.pth", "torch.nn.modules.container.Sequential"))
})

test.each([
  ["a name of the engine's own", "cbuiltins\neval\n(X\x01\0\0\0ttR.", "builtins.eval"],
  ["a name by the stack", "\x8c\x02os\x8c\x06system\x93.", "os.system"],
  ["a name that every object has", "c__proto__\nconstructor\n.", "__proto__.constructor"],
])("%s opens nothing", (_name, pickle, found) => {
  disk.set("x.pth", archiveOf(pickle))
  expect(faultOf(() => load("x.pth"))).toContain(`found the class or function ${found}, which is not loaded`)
})

test("a key called __proto__ is a name like any other", () => {
  disk.set("x.pth", archiveOf("}X\x09\0\0\0__proto__}X\x01\0\0\0aK\x01ss."))
  const value = load("x.pth")
  expect([Object.keys(value), Object.getPrototypeOf(value) === Object.prototype]).toEqual([["__proto__"], true])
})

test.each([
  ["nothing", "", "a file that is cut off"],
  ["a pop of nothing", "a.", "a pickle that takes more than it has"],
  ["a call of a tensor's type", "ctorch\nFloatStorage\n)R.", "a call of what is no function"],
  ["a recall of nothing", "h\x05.", "a pickle that recalls what it never kept"],
  ["bytes", "C\x01a.", "the pickle operation 0x43, which weights do not need"],
  ["a tensor without storage", "ctorch._utils\n_rebuild_tensor_v2\n(NK\0))\x89NtR.", "a tensor that is described in an unknown way"],
])("a damaged pickle is a fault, never a crash: %s", (_name, pickle, found) => {
  disk.set("x.pth", archiveOf(pickle))
  expect(faultOf(() => load("x.pth"))).toBe(`RuntimeError: torch.load: expected x.pth to be a whole file of tensors, found ${found}. → Save it again with torch.save(model.state_dict(), path), or copy it anew.`)
})

test("a file that is cut off anywhere is a fault, never a tensor of something else", () => {
  torch.save!({ a: torch.ones!(8), b: [1, 2] }, "whole.pth")
  torch.save!({ a: torch.ones!(8) }, "whole.safetensors")
  for (const path of ["whole.pth", "whole.safetensors", "modelOld.pth"]) {
    const bytes = door.current!.read(path)
    const wrong: string[] = []
    for (let length = 0; length < bytes.length; length += 7) {
      disk.set(`cut-${path}`, bytes.slice(0, length))
      const found = faultOf(() => load(`cut-${path}`))
      if (!found.startsWith(`RuntimeError: torch.load: expected cut-${path} to be a whole file of tensors, found `)) wrong.push(`${length}: ${found}`)
    }
    expect(wrong).toEqual([])
  }
})

test("a tensor that reaches past its storage is refused", () => {
  const { a } = { a: torch.ones!(4) as Tensor }
  torch.save!({ a: new Tensor(a.storage, a.dtype, [4], [5], 0) }, "past.pth")
  expect(faultOf(() => load("past.pth"))).toContain("found a tensor that reaches past its storage")
})

test.each<[string, () => unknown, string]>([
  ["a module", () => torch.save!(network(), "x.pth"), "TypeError: torch.save: expected tensors, numbers, texts, arrays and objects of them, found the module Sequential. → Save what it has learned: torch.save(model.state_dict(), path)."],
  ["a function", () => torch.save!([() => 1], "x.pth"), "TypeError: torch.save: expected tensors, numbers, texts, arrays and objects of them, found a function. → Save its tensors and numbers in a plain object: torch.save({ weight: w, epoch: 3 }, path)."],
  ["a number as safetensors", () => torch.save!({ epoch: 3 }, "x.safetensors"), 'TypeError: torch.save: expected tensors alone in a .safetensors file, found "epoch", which is none. → Use a .pth file, which also holds numbers, texts and lists.'],
  ["endless nesting", () => {
    const deep: unknown[] = []
    for (let inner = deep, i = 0; i < 300; i++) inner.push((inner = []))
    torch.save!(deep, "x.pth")
  }, "TypeError: torch.save: expected data nested at most 200 deep, found more. → Save a flat object of tensors by name."],
])("%s cannot be saved, and it says what can", (_name, run, wanted) => {
  expect(faultOf(run)).toBe(wanted)
  expect(disk.size).toBe(0)
})

test("without a door there are no files", () => {
  door.current = null
  expect(faultOf(() => load("model.pth"))).toBe("RuntimeError: Files can be read and written only where a snippet runs: in the editor or by autograd-lab run. → Run it as a snippet.")
})

/** An archive as PyTorch's with this pickle in it, written as latin letters. */
function archiveOf(pickle: string): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(`\x80\x02${pickle}`, (letter) => letter.charCodeAt(0))
  return new Uint8Array(zipSync({ "archive/data.pkl": bytes, "archive/version": new Uint8Array([0x33, 10]) }, { level: 0 }))
}
