// Which tensor a learner means by a place of a line.
import { expect, test } from "vitest"
import { addressAt, memberAddress } from "../../extension/addresses.ts"

/** The address at the `|` of a line. */
function at(marked: string): string | null {
  return addressAt(marked.replace("|", ""), marked.indexOf("|") + 1)?.text ?? null
}

test.each([
  ["print(|x.grad)", "x"],
  ["print(x.gr|ad)", "x"],
  ["print(x.grad[0]|[1].item())", "x[0][1]"],
  ["print(x|.grad[0][1])", "x[0][1]"],
  ["const z = |y * y * 3", "y"],
  ["const out = z.me|an()", "z"],
  ["model.fc1.wei|ght.grad", "model.fc1.weight"],
  ["model.f|c1.weight", "model.fc1"],
  ["layers[0].weight|[1, 2]", "layers[0].weight[1, 2]"],
  ["가중치.gr|ad", "가중치"],
  ["1 +| 2", null],
])("at %s the question is about %s", (marked, address) => expect(at(marked)).toBe(address))

test("a module's parameter is reached by its path", () => {
  expect([memberAddress("model", "0.weight"), memberAddress("net", "layer1.0.conv1.bias")]).toEqual(["model[0].weight", "net.layer1[0].conv1.bias"])
})
