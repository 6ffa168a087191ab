// Where an operator's results lie: on the device that a call names, else on that of its inputs. Apart from running the
// operators, which asks here only in a run that has met another device than the CPU.
import type { Device } from "../backends/backend.ts"
import { onDevice, placing } from "../backends/devices.ts"
import { deviceNamed, deviceOf } from "../tensor/deviceOf.ts"
import type { Bound } from "../tensor/bind.ts"
import { Tensor } from "../tensor/tensor.ts"
import type { Gradient } from "./node.ts"
import type { Operator } from "./structuralNode.ts"

/** Operators whose inputs may lie on several devices; the result is where the first one is. */
const crossing: readonly string[] = ["copy", "_to_copy"]

/** Runs a structural forward with new tensors in their place. RuntimeError for inputs of several devices. */
export function placedForward<R>(operator: Operator, args: Bound, body: () => R): R {
  const named = args["device"]
  if (named !== null && named !== undefined) return onDevice(deviceNamed(named), body)
  if (!placing.several) return body()
  return onDevice(inputDevice(operator, args), body)
}

function inputDevice({ entry, names, places }: Operator, args: Bound): Device {
  const inputs: Tensor[] = []
  for (const at of places) {
    // Places in a tensor may be told by numbers of the CPU.
    if (entry.signature.parameters[at]!.type.startsWith("Indices")) continue
    const value = args[names[at]!]
    if (value instanceof Tensor) inputs.push(value)
    else if (Array.isArray(value)) for (const one of value) if (one instanceof Tensor) inputs.push(one)
  }
  return deviceOf(entry.signature.name, crossing.includes(entry.signature.name) ? inputs.slice(0, 1) : inputs)
}

/** Runs a node's backward with new tensors where its gradients are. */
export function placedBackward<R>(grads: readonly Gradient[], body: () => R): R {
  for (const one of grads) if (one) return onDevice(one.storage.device, body)
  return body()
}
