// Which tests run in plain Node; those that need VS Code or a browser have runners of their own (test/run.mjs).
import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Those of test/extension run inside a real VS Code.
    exclude: ["test/extension/**", "**/node_modules/**"],
    // Child processes of the engine and a cold TypeScript are slow to start on a small machine.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
