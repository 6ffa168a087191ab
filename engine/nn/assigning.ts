// What happens when something is assigned to a module: parameters, buffers and modules are told from plain attributes,
// and keep PyTorch's order. Apart from the module because it is the proxy's business alone.
import { faults } from "../tensor/faults.ts"
import { Tensor } from "../tensor/tensor.ts"
import { isModule, stateOf } from "./calling.ts"
import type { Module } from "./module.ts"
import { Buffer, Parameter } from "./parameter.ts"

type Target = Record<PropertyKey, unknown>

/** What a container offers besides: items by position, also from the end, and slices. */
interface Indexed {
  getItem(index: number | Span): unknown
  readonly length: number
}

/** A slice as it arrives as a property name. */
export interface Span {
  readonly start: number | null
  readonly stop: number | null
  readonly step: number | null
}

const plain: ProxyHandler<Target> = {
  defineProperty: (target, key, descriptor) => place(target, key, descriptor),
}

const indexed: ProxyHandler<Target> = {
  defineProperty(target, key, descriptor) {
    const index = typeof key === "string" && key.startsWith("-") ? indexOf(key) : null
    // The target of an indexed handler is a container.
    return place(target, typeof index === "number" ? String((target as unknown as Indexed).length + index) : key, descriptor)
  },
  get(target, key, receiver) {
    const index = typeof key === "string" && !Object.hasOwn(target, key) ? indexOf(key) : null
    return index === null ? Reflect.get(target, key, receiver) : (receiver as Indexed).getItem(index)
  },
}

/** The handler of a module's proxy; containers say that they have items by a method getItem. */
export function handlerOf(prototype: object): ProxyHandler<Target> {
  return "getItem" in prototype ? indexed : plain
}

/** `"-1"` and `"slice(0, 2, None)"` as they come as property names; null for any other name. */
export function indexOf(key: string): number | Span | null {
  if (/^-?\d+$/.test(key)) return Number(key)
  const parts = /^slice\((None|-?\d+), (None|-?\d+), (None|-?\d+)\)$/.exec(key)
  if (!parts) return null
  const [start = null, stop = null, step = null] = parts.slice(1).map((part) => (part === "None" ? null : Number(part)))
  return { start, stop, step }
}

/** Positions that a slice of `length` items names. */
export function positions({ start, stop, step }: Span, length: number): number[] {
  const by = step ?? 1
  const bound = (value: number | null, otherwise: number): number => (value === null ? otherwise : Math.min(Math.max(value < 0 ? value + length : value, by < 0 ? -1 : 0), by < 0 ? length - 1 : length))
  const found: number[] = []
  if (by > 0) for (let i = bound(start, 0); i < bound(stop, length); i += by) found.push(i)
  else for (let i = bound(start, length - 1); i > bound(stop, -1); i += by) found.push(i)
  return found
}

/** Whether a name is one of a parameter, buffer or module. */
export function assigned(module: Module, name: string): boolean {
  const { slots, buffers } = stateOf(module)
  return slots.has(name) || buffers.has(name)
}

const isPart = (value: unknown): boolean => value instanceof Parameter || isModule(value)

function place(target: Target, key: PropertyKey, descriptor: PropertyDescriptor): boolean {
  if (typeof key !== "string" || !("value" in descriptor)) return Reflect.defineProperty(target, key, descriptor)
  const { value } = descriptor as { value: unknown }
  const known = Object.hasOwn(target, key)
  const before = known ? target[key] : undefined
  const state = stateOf(target)
  if (!state.lenient) check(key, before, value, state)
  if (value instanceof Buffer) state.buffers.set(key, value.persistent)
  // A declared field that gets its parameter later stands where it was assigned, as in Python.
  if (known && isPart(value) && !isPart(before) && !state.slots.has(key)) Reflect.deleteProperty(target, key)
  if (value instanceof Parameter) {
    state.buffers.delete(key)
    state.slots.add(key)
  }
  return Reflect.defineProperty(target, key, { writable: true, enumerable: true, configurable: true, ...descriptor })
}

function check(key: string, before: unknown, value: unknown, { slots, buffers }: ReturnType<typeof stateOf>): void {
  if (value === null || value === undefined || value instanceof Parameter) return
  if (slots.has(key)) throw faults.argument(`"${key}" is a parameter; expected an nn.Parameter or null, found ${what(value)}.`, `Write new nn.Parameter(…), or change its values with torch.no_grad() and copy_().`)
  if (isModule(before) && !isModule(value)) throw faults.argument(`"${key}" is a module; expected a module or null, found ${what(value)}.`, "Assign an nn.Module.")
  if (buffers.has(key) && !(value instanceof Tensor)) throw faults.argument(`"${key}" is a buffer; expected a tensor or null, found ${what(value)}.`, "Assign a tensor.")
}

const what = (value: unknown): string => (value instanceof Tensor ? "a tensor" : isModule(value) ? "a module" : typeof value)
