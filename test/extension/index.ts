// The door of the suite: VS Code calls run() in the extension host, under test-electron and under its server alike.
// The runner (test/workbench/suite.ts) bundles this file with every test/extension/**/*.test.ts.
import { runTests } from "./harness.ts"

/** Runs every registered test; throws when one failed, which is how VS Code learns of it. */
export async function run(): Promise<void> {
  const failed = await runTests((line) => console.log(line))
  if (failed.length > 0) throw new Error(`${failed.length} failed`)
}
