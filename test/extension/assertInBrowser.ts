// What the suite uses of node:assert/strict, for the browser's extension host, where there is no Node. The runner puts it
// in place of that module (test/workbench/suite.ts).

class AssertionError extends Error {
  override name = "AssertionError"
}

function fail(what: string, message?: string): never {
  throw new AssertionError(message === undefined ? what : `${message}\n${what}`)
}

function ok(value: unknown, message?: string): asserts value {
  if (!value) fail(`expected something true, found ${shown(value)}`, message)
}

function equal(actual: unknown, expected: unknown, message?: string): void {
  if (!Object.is(actual, expected)) fail(`expected ${shown(expected)}\nfound    ${shown(actual)}`, message)
}

function notEqual(actual: unknown, other: unknown, message?: string): void {
  if (Object.is(actual, other)) fail(`expected something else than ${shown(other)}`, message)
}

function deepEqual(actual: unknown, expected: unknown, message?: string): void {
  if (!same(actual, expected)) fail(`expected ${shown(expected)}\nfound    ${shown(actual)}`, message)
}

function match(text: string, pattern: RegExp, message?: string): void {
  if (!pattern.test(text)) fail(`expected ${String(pattern)}\nfound    ${shown(text)}`, message)
}

function doesNotMatch(text: string, pattern: RegExp, message?: string): void {
  if (pattern.test(text)) fail(`expected nothing like ${String(pattern)}\nfound    ${shown(text)}`, message)
}

/** Plain data alone: what the tests compare. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && same(Reflect.get(a, name), Reflect.get(b, name)))
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}

export default Object.assign(ok, { ok, equal, strictEqual: equal, notEqual, deepEqual, deepStrictEqual: deepEqual, match, doesNotMatch, fail: (message?: string) => fail("failed", message) })
