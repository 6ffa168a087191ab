// Which numbers of a tensor are fetched for a page, which element a cell is, and how a number is written.
import { expect, test } from "vitest"
import { cellText, elementAt, elementName, heatOf, mostColumns, mostRows, planeOf, sliceName } from "../../media/panel/tensorPlane.ts"
import { tensorWordsFor } from "../../media/panel/tensorWords.ts"

const asked = (...[shape, outer, row, column]: Parameters<typeof planeOf>): string => {
  const { start, size } = planeOf(shape, outer, row, column)
  return `${start} + ${size}`
}

test("a plane is the last two dimensions at a place of the outer ones", () => {
  expect([asked([2, 3]), asked([5]), asked([]), asked([4, 5, 2, 3]), asked([4, 5, 2, 3], [3, 1])]).toEqual(["0,0 + 2,3", "0 + 5", " + ", "0,0,0,0 + 1,1,2,3", "3,1,0,0 + 1,1,2,3"])
  expect([sliceName(planeOf([4, 5, 2, 3], [3, 1])), sliceName(planeOf([2, 3]))]).toEqual(["[3, 1, :, :]", ""])
})

test("a large plane is fetched a window at a time, and no window is past its end", () => {
  expect([asked([300, 200]), asked([300, 200], [], 256, 128), asked([300, 200], [], 900, 900), asked([3, 300, 4], [9], 128)]).toEqual([
    "0,0 + 128,128", "256,128 + 44,72", "299,199 + 1,1", "2,128,0 + 1,128,4",
  ])
  const { shownRows, shownColumns } = planeOf([100_000, 100_000])
  expect([shownRows, shownColumns]).toEqual([mostRows, mostColumns])
})

test("a long vector is broken into rows, and a cell past its end is none", () => {
  const plane = planeOf([70])
  expect([plane.rows, plane.columns, asked([70]), elementAt(plane, 2, 5), elementAt(plane, 2, 6)]).toEqual([3, 32, "0 + 70", [69], null])
  expect(asked([10_000], [], 300)).toBe("9600 + 400")
})

test("a cell is called by the element's indices in the whole tensor", () => {
  expect(elementName("x", elementAt(planeOf([4, 300, 200], [3], 128, 128), 1, 2) ?? [])).toBe("x[3][129][130]")
  expect([elementName("out", elementAt(planeOf([]), 0, 0) ?? []), elementName("v", elementAt(planeOf([5]), 0, 3) ?? [])]).toEqual(["out", "v[3]"])
})

test("an empty tensor asks for nothing", () => {
  expect([asked([0]), asked([0, 3]), asked([3, 0])]).toEqual(["0 + 0", "0,0 + 0,3", "0,0 + 3,0"])
})

test("numbers are short, and say what they are where they are none", () => {
  expect([3, -0.5, 1 / 3, 1e-7, 12345678, NaN, -Infinity].map((value) => cellText(value, "float32"))).toEqual(["3.", "-0.5", "0.3333", "1e-7", "1.235e+7", "nan", "-inf"])
  expect([cellText(1, "bool"), cellText(7, "int64"), cellText(12345678, "int64")]).toEqual(["True", "7", "12345678"])
  expect([heatOf(-2, 4), heatOf(9, 4), heatOf(NaN, 4), heatOf(1, 0)]).toEqual([0.5, 1, 0, 0])
})

test("the view's Korean says everything that its English says", () => {
  const shape = (words: object): unknown => Object.entries(words).map(([key, value]) => [key, typeof value])
  expect(shape(tensorWordsFor("ko-KR"))).toEqual(shape(tensorWordsFor("de")))
  const same = Object.entries(tensorWordsFor("ko")).filter(([key, value]) => typeof value === "string" && value === Reflect.get(tensorWordsFor("en"), key))
  expect(same.map(([key]) => key)).toEqual(["grad", "nan", "infinite"])
})
