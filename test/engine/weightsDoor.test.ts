// The door between a snippet and the disk: what it lets through, what it says when it does not, and that a snippet
// waits for it without await. Through real threads, as the editor runs them.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import { keepFiles, type FileRights } from "../../engine/host/fileKeeper.ts"
import { Seat } from "../../engine/host/node.ts"
import { WeightStore } from "../../engine/host/weightStore.ts"
import type { Fault } from "../../engine/protocol/faults.ts"
import type { RunResult } from "../../engine/protocol/api.ts"
import { buildHost, type BuiltHost } from "./hostBuild.ts"

const home = mkdtempSync(join(tmpdir(), "autograd-door-"))
const folder = join(home, "lesson")
let built: BuiltHost
let seat: Seat

beforeAll(async () => {
  built = await buildHost()
  seat = new Seat({ workerUrl: built.workerUrl, spare: false, weights: { folder: join(home, "cache"), hashes: {} }, log: () => undefined, onUnstoppable: () => expect.unreachable("a thread did not end") })
  await seat.prepare()
}, 60_000)
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, "deeper"), { recursive: true })
  writeFileSync(join(home, "outside.pth"), "secret")
})
afterAll(() => {
  seat.dispose()
  built.remove()
  rmSync(home, { recursive: true, force: true })
})

let lastRun = 0
function run(source: string, where: string | undefined = folder): Promise<RunResult> {
  lastRun += 1
  return seat.run({ runId: lastRun, source, fileName: `${folder}/lesson.ts`, ...(where === undefined ? {} : { folder: where }), device: "cpu", timeLimit: 0, memoryLimit: 512, trace: true })
}

const told = ({ stdout, error }: RunResult): string => stdout + (error ? `${error.line}: ${error.name}: ${error.message} → ${error.hint}` : "")

const rights: FileRights = { folder, most: 1e6, signal: new AbortController().signal, progress: () => undefined }
const store = new WeightStore({ folder: join(home, "cache"), hashes: {} })

async function asked(request: unknown, more: Partial<FileRights> = {}): Promise<string> {
  try {
    return (await keepFiles(request, { ...rights, ...more }, store)) === null ? "written" : "read"
  } catch (error) {
    const { name, message, hint } = error as Fault
    return `${name}: ${message}${hint === undefined ? "" : ` → ${hint}`}`
  }
}
const reading = (path: string): Promise<string> => asked({ kind: "read", path })
const writing = (path: string): Promise<string> => asked({ kind: "write", path, bytes: new Uint8Array([1]) })

test("a snippet saves and loads beside itself, without await, and what it saved is whole", async () => {
  const result = await run(`const model = new torch.nn.Linear(2, 1)
torch.save(model.state_dict(), "./deeper/model.pth")
const other = new torch.nn.Linear(2, 1)
print(other.load_state_dict(torch.load("deeper/model.pth")))
print(torch.equal(model.weight, other.weight))
torch.save({ w: model.weight }, "model.safetensors")
print(torch.load("model.safetensors").w.shape)`)
  expect(told(result)).toBe("<All keys matched successfully>\ntrue\ntorch.Size([1, 2])\n")
  expect([readdirSync(folder).sort(), readdirSync(join(folder, "deeper"))]).toEqual([["deeper", "model.safetensors"], ["model.pth"]])
})

test("a network takes its weights from a file beside the snippet", async () => {
  const result = await run(`torch.manual_seed(1)
const first = torchvision.models.resnet18({ num_classes: 2 })
torch.save(first.state_dict(), "mine.pth")
const second = torchvision.models.resnet18({ weights: "./mine.pth", num_classes: 2 })
print(torch.equal(first.fc.weight, second.fc.weight), torch.equal(first.layer4[1].conv2.weight, second.layer4[1].conv2.weight))
torchvision.models.resnet18({ weights: "./mine.pth" })`)
  expect(told(result)).toContain("true true\n6: RuntimeError: Error(s) in loading state_dict for ResNet:\n\tsize mismatch for fc.weight")
}, 60_000)

test("a snippet that is saved nowhere is told so", async () => {
  const result = await run('torch.save(torch.ones(1), "a.pth")', "")
  expect(told(result)).toBe("1: RuntimeError: torch.save: expected the snippet to be a file of this machine, in whose folder “a.pth” lies, and it is saved in none. → Save the snippet as a file, then run it again.")
})

test("the fault of a file stands at its line, and the snippet can catch it", async () => {
  const result = await run('const a = 1\ntry { torch.load("no.pth") } catch (e) { print(e.name, e instanceof Error) }\ntorch.load("no.pth")')
  expect(told(result)).toBe("FileNotFoundError true\n3: FileNotFoundError: torch.load: expected the file “no.pth” beside the snippet, found none. → Check its name: a path starts from the snippet's own folder.")
})

const out = (what: string, path: string): string => `PermissionError: ${what}: expected a file in the snippet's own folder or below it, found “${path}”, which leads out of it. → Put the file beside the snippet and name it ./model.pth, for example.`

test.each(["../outside.pth", "deeper/../../outside.pth", join(home, "outside.pth"), "/etc/x.pth", "a\0.pth"])("no path leads out of the folder: %j", async (path) => {
  expect([await reading(path), await writing(path)]).toEqual([out("torch.load", path), out("torch.save", path)])
})

test("no link leads out of the folder", async () => {
  symlinkSync(home, join(folder, "up"))
  symlinkSync(join(home, "outside.pth"), join(folder, "link.pth"))
  expect(await reading("up/outside.pth")).toBe(out("torch.load", "up/outside.pth"))
  expect(await writing("up/new.pth")).toBe(out("torch.save", "up/new.pth"))
  expect(await reading("link.pth")).toBe(out("torch.load", "link.pth"))
  // A link is replaced, not followed.
  expect(await writing("link.pth")).toBe("written")
  expect([readFileSync(join(home, "outside.pth"), "utf8"), existsSync(join(home, "new.pth"))]).toEqual(["secret", false])
})

test.each(["notes.txt", "lesson.ts", "model", ".pth", "model.pth.js"])("only weight files are read and written: %s", async (path) => {
  const refused = (what: string): string => `ValueError: ${what}: expected a file that ends in .pth, .pt, .safetensors, .bin, found “${path}”. → Name it model.pth, for example.`
  expect([await reading(path), await writing(path)]).toEqual([refused("torch.load"), refused("torch.save")])
})

test("a folder, a missing folder and a file past the limit are named", async () => {
  mkdirSync(join(folder, "odd.pth"))
  writeFileSync(join(folder, "big.pth"), new Uint8Array(1001))
  expect(await reading("odd.pth")).toMatch(/^(IsADirectoryError: torch\.load: expected “odd\.pth” to be a file, and it is none\.|OSError: torch\.load: “odd\.pth” could not be read)/)
  expect(await writing("odd.pth")).toContain("IsADirectoryError: torch.save: expected “odd.pth” to be a file, and it is none.")
  expect(await writing("gone/a.pth")).toContain("RuntimeError: torch.save: expected the folder of “gone/a.pth” to be there, and it is not.")
  expect(await asked({ kind: "read", path: "big.pth" }, { most: 1000 })).toContain("MemoryLimit: This needs 1 kB, and a run may use 1 kB.")
})

test.each([null, 1, "read", {}, { kind: "read" }, { kind: "read", path: 1 }, { kind: "write", path: "a.pth", bytes: "x" }, { kind: "delete", path: "a.pth" }])("a thread that asks for anything else gets nothing: %j", async (request) => {
  expect(await asked(request)).toBe("TypeError: A request for a file was expected, and something else came.")
})

test("only published weights are downloaded", async () => {
  expect(await asked({ kind: "weights", file: "../../x.pth", showProgress: true })).toContain("ValueError: “../../x.pth” was expected to be one of the published weights")
  expect(await asked({ kind: "weights", file: "__proto__", showProgress: true })).toContain("ValueError: “__proto__” was expected to be one of the published weights")
})

test("what a file brings reaches no way to make code from text", async () => {
  writeFileSync(join(folder, "types.pt"), readFileSync(fileURLToPath(new URL("../fixtures/weights/types.pt", import.meta.url))))
  const result = await run(`const loaded = torch.load("types.pt")
const tries = [() => loaded.constructor.constructor("return process")(), () => loaded.nested.constructor.constructor("return process")(), () => torch.load.constructor("return process")(), () => torch.save.constructor.constructor("return process")()]
for (const attempt of tries) { try { print(typeof attempt()) } catch (e) { print(e.name) } }`)
  expect(told(result)).toBe("EvalError\nEvalError\nEvalError\nEvalError\n")
})
