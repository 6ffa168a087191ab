// PyTorch's own files (.pth, .pt, .bin): a pickle that names tensors, and their storages beside it. Reads what PyTorch
// 1.6 and later write (a zip archive) and what it wrote before (one pickle after another); writes the archive.
import { faults } from "../tensor/faults.ts"
import * as d from "../backends/dtype.ts"
import type { DType } from "../backends/dtype.ts"
import type { Storage } from "../backends/backend.ts"
import { elementCount } from "../tensor/size.ts"
import { Tensor } from "../tensor/tensor.ts"
import { tupled } from "../tensor/tuple.ts"
import { isArchive, packed, unpacked } from "./archive.ts"
import { bytesOf, storageOf } from "./elementBytes.ts"
import { isModule } from "./calling.ts"
import { Parameter } from "./parameter.ts"
import { pickle, PythonCall, PythonName, PythonReference, TooDeep } from "./pickle.ts"
import { StateDict } from "./stateDict.ts"
import { Callable, setItem, unpickle, Unreadable } from "./unpickle.ts"

/** PyTorch's names for storages by element type. */
const storageNames: Readonly<Record<string, DType>> = {
  "torch.FloatStorage": d.float32, "torch.DoubleStorage": d.float64, "torch.HalfStorage": d.float16, "torch.BFloat16Storage": d.bfloat16,
  "torch.LongStorage": d.int64, "torch.IntStorage": d.int32, "torch.ShortStorage": d.int16, "torch.CharStorage": d.int8,
  "torch.ByteStorage": d.uint8, "torch.BoolStorage": d.bool,
}

/** The file names a class or function that is none of those that weights need. */
export class Refused extends Error {}

/** The bytes of a file that real PyTorch loads. Throws TypeError for what has no place in it. */
export function toPytorch(value: unknown): Uint8Array {
  const storages: { readonly storage: Storage; readonly dtype: DType }[] = []

  function keyOf({ storage, dtype }: Tensor): number {
    const known = storages.findIndex((one) => one.storage === storage && one.dtype === dtype)
    return known >= 0 ? known : storages.push({ storage, dtype }) - 1
  }
  function rebuilt(tensor: Tensor): PythonCall {
    const { storage, dtype, offset, sizes, strides } = tensor
    const name = Object.entries(storageNames).find(([, one]) => one === dtype)![0] // Every type has one.
    const reference = new PythonReference(["storage", new PythonName(name), String(keyOf(tensor)), "cpu", storage.length])
    const requiresGrad = !(tensor instanceof Parameter) && tensor.requires_grad
    return new PythonCall("torch._utils._rebuild_tensor_v2", [reference, offset, tupled([...sizes]), tupled([...strides]), requiresGrad, new StateDict()])
  }
  const pickled = pickle(value, (one) => {
    if (one instanceof Parameter) return new PythonCall("torch._utils._rebuild_parameter", [rebuilt(one), one.requires_grad, new StateDict()])
    if (one instanceof Tensor) return rebuilt(one)
    throw unsavable(one)
  })
  return packed([
    ["archive/data.pkl", pickled],
    ...storages.map(({ storage, dtype }, key) => [`archive/data/${key}`, bytesOf(storage.seen, dtype)] as const),
    ["archive/version", new TextEncoder().encode("3\n")],
  ])
}

/** What a PyTorch file holds. Throws Unreadable where it is damaged and Refused where it wants more than tensors. */
export function fromPytorch(bytes: Uint8Array<ArrayBuffer>): unknown {
  return isArchive(bytes) ? fromArchive(bytes) : fromPickles(bytes)
}

function fromArchive(bytes: Uint8Array<ArrayBuffer>): unknown {
  const entries = unpacked(bytes)
  const data = entries.get("data.pkl")
  if (!data) throw new Unreadable(entries.has("constants.pkl") ? "a TorchScript program" : "an archive without data.pkl, so not one of PyTorch's")
  const storages = new Map<string, Loaded>()
  return unpickle(data, {
    global: known,
    persistent(id) {
      const { dtype, key, count } = storageId(id)
      let found = storages.get(key)
      if (!found) {
        const contents = entries.get(`data/${key}`)
        if (!contents) throw new Unreadable(`an archive without its entry data/${key}`)
        if (contents.length < count * dtype.itemsize) throw new Unreadable(`an archive whose entry data/${key} is too short`)
        found = new Loaded(storageOf(contents.subarray(0, count * dtype.itemsize), dtype), dtype)
        storages.set(key, found)
      }
      return found
    },
  }).value
}

/** The first number of the files of before 1.6. */
const magic = 0x1950a86a20f9469cfc6cn

function fromPickles(bytes: Uint8Array<ArrayBuffer>): unknown {
  const storages = new Map<string, Loaded>()
  const world = {
    global: known,
    persistent(id: unknown): Loaded {
      const { dtype, key, count } = storageId(id)
      let found = storages.get(key)
      if (!found) {
        if (count * dtype.itemsize > bytes.length) throw new Unreadable("a file that is cut off")
        found = new Loaded(storageOf(new Uint8Array(count * dtype.itemsize), dtype), dtype)
        storages.set(key, found)
      }
      return found
    },
  }
  const first = bytes[0] === 0x80 ? unpickle(bytes, world) : null
  if (first?.value !== magic) throw new Unreadable("a file of another kind")
  const version = unpickle(bytes, world, first.end)
  const machine = unpickle(bytes, world, version.end)
  const object = unpickle(bytes, world, machine.end)
  const keys = unpickle(bytes, world, object.end)
  let at = keys.end
  for (const key of Array.isArray(keys.value) ? (keys.value as unknown[]) : []) {
    const found = storages.get(String(key))
    if (!found || at + 8 > bytes.length) throw new Unreadable("a file that is cut off")
    const { storage, dtype } = found
    // The number of elements stands before them once more.
    const from = at + 8
    at = from + storage.length * dtype.itemsize
    if (at > bytes.length) throw new Unreadable("a file that is cut off")
    storage.array.set(storageOf(bytes.subarray(from, at), dtype).array)
  }
  return object.value
}

/** A storage of the file with its element type. */
class Loaded {
  constructor(
    readonly storage: Storage,
    readonly dtype: DType,
  ) {}
}

/** `("storage", FloatStorage, key, device, elements)`; files of before 1.6 add a view, which newer ones never use. */
function storageId(id: unknown): { readonly dtype: DType; readonly key: string; readonly count: number } {
  const [kind, type, key, , count, view] = Array.isArray(id) ? (id as unknown[]) : []
  if (kind !== "storage" || !(type instanceof StorageType) || !isSize(count) || (view ?? null) !== null) throw new Unreadable("a storage that is described in an unknown way")
  return { dtype: type.dtype, key: String(key), count }
}

class StorageType {
  constructor(readonly dtype: DType) {}
}

const names = new Map<string, unknown>([
  ["collections.OrderedDict", new Callable((args) => orderedDict(args))],
  ["torch._utils._rebuild_tensor_v2", new Callable(([storage, offset, size, stride, requiresGrad]) => rebuildTensor(storage, offset, size, stride, requiresGrad))],
  ["torch._utils._rebuild_tensor", new Callable(([storage, offset, size, stride]) => rebuildTensor(storage, offset, size, stride, false))],
  ["torch._utils._rebuild_parameter", new Callable(([data, requiresGrad]) => rebuildParameter(data, requiresGrad))],
  ...Object.entries(storageNames).map(([name, dtype]) => [name, new StorageType(dtype)] as const),
])

/** What a name in a file stands for: one of the few above, or nothing at all. */
function known(path: string): unknown {
  const found = names.get(path)
  if (found === undefined) throw new Refused(path)
  return found
}

function orderedDict(args: readonly unknown[]): StateDict {
  const made = new StateDict()
  Object.defineProperty(made, "_metadata", { value: {}, writable: true, configurable: true, enumerable: false })
  for (const pair of Array.isArray(args[0]) ? (args[0] as unknown[]) : []) if (Array.isArray(pair)) setItem(made, pair[0], pair[1])
  return made
}

function rebuildTensor(loaded: unknown, offset: unknown, size: unknown, stride: unknown, requiresGrad: unknown): Tensor {
  if (!(loaded instanceof Loaded) || !isSize(offset) || !areSizes(size) || !areSizes(stride) || size.length !== stride.length) throw new Unreadable("a tensor that is described in an unknown way")
  const { storage, dtype } = loaded
  const last = size.reduce((at, length, i) => at + (length - 1) * stride[i]!, offset)
  if (elementCount(size) > 0 && last >= storage.array.length) throw new Unreadable("a tensor that reaches past its storage")
  const tensor = new Tensor(storage, dtype, [...size], [...stride], offset)
  if (requiresGrad === true && dtype.category === "float") tensor.requires_grad = true
  return tensor
}

function rebuildParameter(data: unknown, requiresGrad: unknown): Parameter {
  if (!(data instanceof Tensor)) throw new Unreadable("a parameter that is no tensor")
  return new Parameter(data, requiresGrad === true && data.dtype.category === "float")
}

const isSize = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value) && value >= 0
const areSizes = (value: unknown): value is number[] => Array.isArray(value) && value.every(isSize)

function unsavable(value: unknown): Error {
  if (isModule(value)) return faults.argument(`torch.save: expected tensors, numbers, texts, arrays and objects of them, found the module ${value._get_name()}.`, "Save what it has learned: torch.save(model.state_dict(), path).")
  if (value instanceof TooDeep) return faults.argument("torch.save: expected data nested at most 200 deep, found more.", "Save a flat object of tensors by name.")
  const kind = typeof value === "object" && value !== null ? `an object of the class ${value.constructor.name}` : `a ${typeof value}`
  return faults.argument(`torch.save: expected tensors, numbers, texts, arrays and objects of them, found ${kind}.`, "Save its tensors and numbers in a plain object: torch.save({ weight: w, epoch: 3 }, path).")
}
