// The snippet language as a table: what stands on the left prints what stands on the right, whether it is recorded or not.
import { describe, expect, test } from "vitest"
import { lines, printed } from "./snippetRunning.ts"

type Case = readonly [claim: string, source: string, output: string]

const tensors: readonly Case[] = [
  ["operators between tensors and numbers are PyTorch's", "const x = torch.tensor([1, 2])\nprint(x + 1, 1 - x, x * x, 2 / x, x ** 2, x % 2)", "tensor([2., 3.]) tensor([ 0., -1.]) tensor([1., 4.]) tensor([2., 1.]) tensor([1., 4.]) tensor([1., 0.])"],
  ["comparisons make boolean tensors", "const x = torch.tensor([1, 2])\nprint(x > 1, x <= 1, 1 == x, x != 1)", "tensor([False,  True]) tensor([ True, False]) tensor([ True, False]) tensor([False,  True])"],
  ["& | ^ ~ combine boolean tensors", "const x = torch.tensor([1, 2, 3])\nprint((x > 1) & (x < 3), ~(x > 1), (x > 1) | (x < 3), (x > 1) ^ (x < 3))", "tensor([False,  True, False]) tensor([ True, False, False]) tensor([True, True, True]) tensor([ True, False,  True])"],
  ["unary minus and plus keep the tensor", "const x = torch.tensor([1, -2])\nprint(-x, +x === x)", "tensor([-1.,  2.]) true"],
  ["=== asks for the same object", "const x = torch.ones(1)\nprint(x === x, x === torch.ones(1))", "true false"],
  ["x == null asks whether there is a tensor", "const x = torch.ones(2)\nprint(x == null, x != null, x.grad == null)", "false true true"],
  ["a text plus a tensor is a text", 'print("loss " + torch.tensor(1))', "loss tensor(1.)"],
  ["x += 1 changes the same tensor, a constant too", "const x = torch.zeros(2)\nconst y = x\nx += 1\nx *= 3\nprint(y, x === y)", "tensor([3., 3.]) true"],
  ["x -= changes a property's tensor in place", "const o = { w: torch.ones(2) }\nconst w = o.w\no.w -= 0.5\nprint(w, o.w === w)", "tensor([0.5000, 0.5000]) true"],
  ["an element is changed in place through its index", "const x = torch.zeros(2, 2)\nx[0] += 1\nx[1, 1] -= 2\nx[slice(), 0] *= 3\nprint(x)", "tensor([[ 3.,  1.],\n        [ 0., -2.]])"],
  ["an element is assigned", "const x = torch.zeros(2, 2)\nx[0, 1] = 5\nx[1] = 2\nprint(x)", "tensor([[0., 5.],\n        [2., 2.]])"],
  ["destructuring can assign elements", "const x = torch.zeros(2)\nlet b\n;[x[0], b] = [7, 8]\nprint(x, b)", "tensor([7., 0.]) 8"],
  ["indices: numbers, slices, null, a mask, the dots", 'const x = torch.arange(6n).reshape(2, 3)\nprint(x[-1], x[0, 1], x[slice(), 1], x[x > 3], x[null].shape, x["...", 0])', "tensor([3, 4, 5]) tensor(1) tensor([1, 4]) tensor([4, 5]) torch.Size([1, 2, 3]) tensor([0, 3])"],
  ["a tensor of one element is true by its value", "const a = []\nfor (const v of [0, 2]) { const t = torch.tensor(v); if (t) a.push(v); if (!t) a.push(-1); a.push(t ? 1 : 0) }\nprint(a)", "[-1, 0, 2, 1]"],
  ["a && b and a || b give Python's values", "const z = torch.tensor(0), o = torch.tensor(3)\nprint(z && o, o && z, z || o, o || z, 0 || o, null && o)", "tensor(0.) tensor(0.) tensor(3.) tensor(3.) tensor(3.) null"],
  ["the right side of && is not evaluated in vain", 'let n = 0\nconst f = () => { n += 1; return torch.tensor(1) }\ntorch.tensor(0) && f()\ntorch.tensor(1) || f()\nprint(n)', "0"],
  ["while takes the truth of a comparison", "let x = torch.tensor(4)\nlet n = 0\nwhile (x > 0.6) { x = x / 2; n++ }\nprint(n)", "3"],
  ["do and for take it as well", "let n = 0\ndo { n++ } while (torch.tensor(n) < 3)\nfor (let i = torch.tensor(0); i < 2; i = i + 1) n++\nprint(n)", "5"],
  ["a tensor is iterated row by row", "const x = torch.tensor([[1, 2], [3, 4]])\nfor (const row of x) print(row)\nconst [a, b] = x\nprint(b, [...x].length, Math.max(...torch.tensor([1, 5]).tolist()))", "tensor([1., 2.])\ntensor([3., 4.])\ntensor([3., 4.]) 2 5"],
  ["using ends a gradient mode with its block", "const x = torch.ones(1, { requires_grad: true })\nlet y\n{ using _ = torch.no_grad(); y = x * 2; print(y.requires_grad) }\nprint((x * 2).requires_grad)", "false\ntrue"],
  ["using ends it also when the block throws", 'try { using _ = torch.no_grad(); throw new Error("x") } catch (e) { print(e.message) }\nprint(torch.is_grad_enabled())', "x\ntrue"],
  ["template literals print tensors", "print(`x is ${torch.tensor([1, 2])}`)", "x is tensor([1., 2.])"],
  ["console prints the same text", "console.log(torch.ones(1), 1)\nconsole.error('e')", "tensor([1.]) 1\ne"],
  ["a private tensor is changed in place", "class A { #w = torch.ones(1); get w() { return this.#w } f() { this.#w += 2; return this.#w.add(1) } }\nconst a = new A(), w = a.w\nprint(a.f(), w, a.w === w)", "tensor([4.]) tensor([3.]) true"],
  ["print takes Python's sep and end", 'print(1, 2, { sep: "-" })\nprint(torch.ones(1), { end: "" })\nprint({ end: 1 }.end)', "1-2\ntensor([1.])1"],
  ["a torch.Size counts from its end", "const x = torch.zeros(2, 3)\nprint(x.shape[-1], x.shape[0])", "3 2"],
  ["a one-element tensor can index an array", "print([5, 6, 7][torch.tensor(1n)])", "6"],
]

const javascript: readonly Case[] = [
  ["operators between other values are JavaScript's", 'print(1 + 2, "a" + 1, 7 % 4, 2 ** 3, 5n * 2n, 1 / 4, 6 & 3, 1 << 4, -7 >> 1, ~5)', "3 a1 3 8 10 0.25 2 16 -4 -6"],
  ["loose equality between other values is JavaScript's", 'print(null == undefined, 1 == "1", "a" != "b")', "true true true"],
  ["compound assignment of other values is JavaScript's", 'let s = "a"\ns += 1\nlet n = 8\nn -= 3; n *= 2; n /= 4; n %= 2; n **= 2; n <<= 3; n |= 1; n &= 7; n ^= 2; n >>= 1; n >>>= 0\nlet b = 2n\nb += 3n\nprint(s, n, b)', "a1 1 5"],
  ["x++ and --x count numbers and bigints", "let i = 1, b = 1n\nconst o = { n: 1 }, a = [1]\nprint(i++, ++i, i--, --i, b++, b, o.n++, ++o.n, a[0]--, a[0])", "1 3 3 1 1 2 1 3 1 0"],
  ["arrays and objects keep their elements and properties", 'const a = [1, 2, 3], o = { "...": 1, k: 2 }\na[0] = 9\na[a.length] = 4\no["z"] = 3\ndelete o.k\nprint(a, o["..."], o.k ?? "gone", a[(0, 1)], a[0, 1])', "[9, 2, 3, 4] 1 gone 2 2"],
  ["the target of an assignment is evaluated once", "let n = 0\nconst a = [1, 2]\nconst at = () => n++\na[at()] += 10\nconst o = () => { n += 100; return a }\no()[1] *= 2\nprint(a, n)", "[11, 4] 101"],
  ["the old value is read before the new one is computed", "let x = 1\nconst f = () => { x = 10; return 1 }\nx += f()\nprint(x)", "2"],
  ["methods keep this, plain functions have none", 'const o = { n: 1, f() { return this.n }, g() { return [1].map(() => this.n) } }\nconst h = o["f"]\nprint(o.f(), o["f"](), (o.f)(), o.g(), (() => { try { return h() } catch (e) { return e.name } })())', "1 1 1 [1] TypeError"],
  ["optional chains stop where JavaScript stops", 'const o = { f: (x) => x + 1, n: { m() { return this.v }, v: 5 }, a: [1] }\nlet none = null, count = 0\nprint(o?.f(1), none?.f(count++), o.n?.m(), o.n.m?.(), o.q?.(count++) ?? "no", none?.a.b.c ?? "no", o.a?.[0], o?.["a"][0], (none?.a) ?? "no", count)', '2 null 5 5 no no 1 1 no 0'],
  ["an optional chain works on tensors", "let x = torch.tensor([1, 2]), y = null\nprint(x?.sum(), x?.[1], x.grad?.sum() ?? 'none', y?.sum() ?? 'none')", "tensor(3.) tensor(2.) none none"],
  ["spread, rest, defaults and destructuring work", "const f = (a, b = a + 1, ...c) => [a, b, c.length]\nconst { p, q: [r] = [7], ...s } = { p: 1, t: 2, u: 3 }\nprint(f(1), f(...[1, 2, 3, 4]), p, r, Object.keys(s))", "[1, 2, 0] [1, 2, 2] 1 7 ['t', 'u']"],
  ["classes: fields, private names, accessors, static blocks, super", 'class A { #n = 1; static s = 2; static { A.s += 1 } get n() { return this.#n } set n(v) { this.#n = v } up() { this.#n += 2; this.#n++; return this.#n } f() { return "A" } }\nclass B extends A { constructor(private k = 5) { super() } f() { return super.f() + "B" + this.k } }\nconst b = new B()\nb.n += 10\nprint(b.f(), b.n, b.up(), A.s, b instanceof A)', "AB5 11 14 3 true"],
  ["generators and async functions work", "function* g() { let i = 0; while (i < 3) yield i++ }\nconst f = async (x) => { await null; return x * 2 }\nprint([...g()], await f(4), await Promise.all([f(1), f(2)]))", "[0, 1, 2] 8 [2, 4]"],
  ["labels, switch, comma, void, typeof, in", 'let n = 0\nouter: for (let i = 0; i < 3; i++) { for (let j = 0; j < 3; j++) { if (j == 1) continue outer; if (i == 2) break outer; n += 1 } }\nswitch (n) { case 2: n = 20; break; default: n = 0 }\nprint(n, (1, 2), void 0 ?? "void", typeof n, typeof nothing, "a" in { a: 1 })', "20 2 void number undefined true"],
  ["closures in a loop keep their own counter", "const fs = []\nfor (let i = 0; i < 3; i++) fs.push(() => i)\nprint(fs.map((f) => f()))", "[0, 1, 2]"],
  ["logical assignment works on names and properties", 'let a = null, b = 1, c = 0\nconst o = {}\na ??= 2; b &&= 3; c ||= 4; o.x ??= 5; o.x &&= 6\nprint(a, b, c, o.x)', "2 3 4 6"],
  ["enums, namespaces, assertions and overloads are TypeScript's", 'enum E { A = 1 << 2, B }\nfunction f(x: number): number\nfunction f(x: any) { return x as number }\nlet v!: number\nv = f(<number>3)!\ninterface I { a: number }\nconst i: I = { a: 1 } satisfies I\nnamespace N { export const k = 2 + 3 }\nprint(E.A, E.B, v, i.a, N.k)', "4 5 3 1 5"],
  ["functions take their names from what they are bound to", "const f = () => 1, g = class {}\nprint(f.name, g.name)", "f g"],
  ["a name that hides a global is the learner's", "const print2 = print\n{ const print = (x) => print2('mine', x); const len = 3, torch = 4; print(len + torch) }\nprint(len([1, 2]))", "mine 7\n2"],
  ["top-level names may hide globals too", "const len = (x) => 'own'\nconsole.log(len([1]))", "own"],
  ["exported names are read and assigned", "export let w = 1\nexport const [p, q] = [2, 3]\nw += 1\nw++\n;[w] = [w * 10]\nprint(w, p, q)", "30 2 3"],
  ["a throw ends the snippet", "print(1)\nif (true) { throw new Error('end') }\nprint(2)", "1\nError 2:13: end"],
  ["an async function that nobody awaits belongs to the run", "async function main() { await null; print('in') }\nmain()\nprint('out')", "out\nin"],
  ["tagged templates and regular expressions", "const tag = (s, ...v) => s.join('_') + v.length\nprint(tag`a${1}b${2}c`, 'x1y22'.replace(/\\d+/g, (m) => String(m.length)))", "a_b_c2 x1y2"],
  ["delete, getters and setters of elements", "const o = { get a() { return 1 }, set a(v) { print('set', v) } }\no.a += 4\nconst k = 'a'\no[k] = 9\nprint(delete o[k], Object.keys(o))", "set 5\nset 9\ntrue []"],
]

describe.each([["recorded", true], ["unrecorded", false]] as const)("%s", (_name, trace) => {
  test.each([...tensors, ...javascript])("%s", async (_claim, source, output) => {
    expect((await printed(lines(source), { trace })).trimEnd()).toBe(output)
  })
})
