// The coverage page is what the engine has; `npm run features` writes it anew.
import { readFileSync, writeFileSync } from "node:fs"
import { expect, test } from "vitest"
import { featuresPage } from "./features.ts"

const file = new URL("../../FEATURES.md", import.meta.url)

test("FEATURES.md says what the engine has, no more and no less", () => {
  const page = featuresPage()
  if (process.env["WRITE_FEATURES"]) writeFileSync(file, page)
  expect(readFileSync(file, "utf8")).toBe(page)
})
