// The editor knows what the engine has, and nothing else: names of both, namespace by namespace.
import ts from "typescript"
import { expect, test } from "vitest"
import type { Entry } from "../../engine/ops/entry.ts"
import { table } from "../../engine/ops/table.ts"
import { Tensor, torch, torchvision } from "../../engine/torch.ts"
import { openEditor } from "./typesService.ts"

const file = "/lesson/names.ts"
const editor = openEditor({ [file]: "torch; torchvision; const x = torch.ones(1); declare const m: torch.nn.Module" }, { plugin: false })
const program = editor.service.getProgram()!
const checker = program.getTypeChecker()

/** The type of a global, and of what hangs on it: `["torch", "nn", "functional"]`. */
function typeOf([name, ...path]: readonly string[]): ts.Type {
  const symbol = checker.resolveName(name!, program.getSourceFile(file), ts.SymbolFlags.Value, false)!
  return path.reduce((type, part) => checker.getTypeOfSymbol(type.getProperty(part)!), checker.getTypeOfSymbol(symbol))
}

const publicName = /^[A-Za-z]\w*$/
const declared = (type: ts.Type): string[] => type.getProperties().map(({ name }) => name).filter((name) => publicName.test(name) && name !== "prototype").sort()

/** The object that stands at a path of the engine. */
function valueOf([name, ...path]: readonly string[]): Record<string, unknown> {
  const globals: Record<string, unknown> = { torch, torchvision }
  return path.reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], globals[name!]) as Record<string, unknown>
}

test.each([
  ["torch"], ["torch", "autograd"], ["torch", "nn"], ["torch", "nn", "functional"], ["torch", "nn", "init"],
  ["torch", "optim"], ["torch", "optim", "lr_scheduler"], ["torch", "linalg"], ["torch", "special"], ["torch", "random"], ["torch", "autograd", "function"], ["torch", "autograd", "functional"],
  ["torch", "func"], ["torch", "cuda"], ["torch", "utils"], ["torch", "utils", "data"], ["torch", "nn", "utils"], ["torch", "nn", "utils", "rnn"], ["torch", "nn", "parameter"],
  ["torchvision"], ["torchvision", "models"], ["torchvision", "models", "ResNet18_Weights"], ["torchvision", "models", "ResNet50_Weights"],
])("the types declare the names of %s %s %s", (...path) => {
  const has = Object.keys(valueOf(path) ?? {}).filter((name) => publicName.test(name)).sort()
  const says = declared(typeOf(path))
  expect({ missing: has.filter((name) => !says.includes(name)), tooMany: says.filter((name) => !has.includes(name)) }).toEqual({ missing: [], tooMany: [] })
})

/** What our own code needs of a tensor and a learner does not meet: its fields, and operators that are no methods in PyTorch. */
const internal = new Set([
  "constructor", "adopt", "storage", "sizes", "strides", "offset", "node", "label", "gradient", "accumulator", "origin", "extras", "inference", "wantsGrad", "outputNr", "shown", "gathered", "flow",
  ...Object.entries(table as Readonly<Record<string, Entry>>).filter(([, entry]) => !placesOf(entry).includes("Tensor")).flatMap(([name]) => [name, `${name}_`]),
])

function placesOf(entry: Entry): readonly string[] {
  return entry.kind === "overloaded" ? entry.choices.flatMap(placesOf) : entry.namespaces
}

test("the types declare the members of a tensor", () => {
  const tensor = (torch["ones"] as (...size: number[]) => Tensor)(1)
  const has = new Set<string>()
  for (let at: object | null = tensor; at && at !== Object.prototype; at = Object.getPrototypeOf(at) as object | null) {
    for (const name of Object.getOwnPropertyNames(at)) if (publicName.test(name)) has.add(name)
  }
  const says = checker.getTypeOfSymbol(checker.resolveName("x", program.getSourceFile(file), ts.SymbolFlags.Value, false)!)
  const members = says.isIntersection() ? declared(says.types.find(({ symbol }) => symbol?.name === "TensorMembers")!) : []
  expect({ missing: [...has].filter((name) => !members.includes(name) && !internal.has(name)).sort(), tooMany: members.filter((name) => !has.has(name)) }).toEqual({ missing: [], tooMany: [] })
})

test("the types declare the members of a module", () => {
  const { Module } = torch["nn"] as { Module: { prototype: object } }
  const has = Object.getOwnPropertyNames(Module.prototype).filter((name) => !/^_|^constructor$|^placeOf$|^converted$|^toString$/.test(name))
  const type = checker.getTypeOfSymbol(checker.resolveName("m", program.getSourceFile(file), ts.SymbolFlags.Value, false)!)
  const says = declared(type)
  expect({ missing: has.filter((name) => !says.includes(name)).sort(), tooMany: says.filter((name) => !has.includes(name) && name !== "training") }).toEqual({ missing: [], tooMany: [] })
})
