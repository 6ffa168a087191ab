// torch.save and torch.load: a value to a file and back. Which format, by the file's name and by its first bytes.
import { bind } from "../tensor/bind.ts"
import { parseSignature } from "../ops/signature.ts"
import { fault, faults } from "../tensor/faults.ts"
import { door, type FileDoor } from "./door.ts"
import { fromPytorch, Refused, toPytorch } from "./pytorchFile.ts"
import { fromSafetensors, toSafetensors } from "./safetensors.ts"
import { Unreadable } from "./unpickle.ts"

// Trailing plain objects are options everywhere but here, where the first argument is data.
const saving = parseSignature("save(f: string, pickle_module: unknown = null, pickle_protocol: number = 2, *, _use_new_zipfile_serialization: boolean = true)")
const loading = parseSignature("load(f: string, map_location: unknown = null, pickle_module: unknown = null, *, weights_only: boolean = true, mmap: unknown = null)")

/** Writes a value (a state_dict, a tensor, data with tensors in it) to a file beside the snippet. */
function save(value: unknown, ...rest: readonly unknown[]): void {
  const { f } = bind(saving, rest)
  const path = f as string
  openDoor().write(path, isSafetensors(path) ? toSafetensors(value) : toPytorch(value))
}

/** The value of a file beside the snippet. Nothing in the file is run. */
function load(...args: readonly unknown[]): unknown {
  const path = bind(loading, args)["f"] as string
  return valueOf(openDoor().read(path), path)
}

/** The value of a file's bytes. `name` is what it is called in faults. */
export function valueOf(bytes: Uint8Array<ArrayBuffer>, name: string): unknown {
  try {
    return isSafetensors(name) ? fromSafetensors(bytes) : fromPytorch(bytes)
  } catch (error) {
    if (error instanceof Refused) throw refused(name, error.message)
    // A text that is no UTF-8 is as damaged as any other.
    if (error instanceof Unreadable || error instanceof TypeError) throw unreadable(name, error instanceof Unreadable ? error.message : "a file that is damaged")
    throw error
  }
}

/** The door, or the fault that says that there is none. */
export function openDoor(): FileDoor {
  if (!door.current) throw faults.runtime("Files can be read and written only where a snippet runs: in the editor or by autograd-lab run.", "Run it as a snippet.")
  return door.current
}

const isSafetensors = (path: string): boolean => path.toLowerCase().endsWith(".safetensors")

function refused(name: string, path: string): Error {
  return fault(
    "UnpicklingError",
    `torch.load: expected tensors, numbers, texts, lists and dicts in ${name}, found the class or function ${path}, which is not loaded because it could run code.`,
    "Load it in Python and save its state alone: torch.save(model.state_dict(), path).",
  )
}

function unreadable(name: string, found: string): Error {
  return faults.runtime(`torch.load: expected ${name} to be a whole file of tensors, found ${found}.`, "Save it again with torch.save(model.state_dict(), path), or copy it anew.")
}

export const files: Readonly<Record<string, unknown>> = { save, load }
