// Starts a TypeScript script of the rig on the Node 24 that `npm ci` brought, whatever Node was asked to.
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** Runs the script (a path beside this file) with this process's arguments, and ends as it ends. */
export function startOnNode24(script) {
  const here = dirname(fileURLToPath(import.meta.url))
  const bin = join(here, "..", "..", "node_modules", "node", "bin")
  const brought = [join(bin, "node"), join(bin, "node.exe")].find((path) => existsSync(path))
  const node = Number(process.versions.node.split(".")[0]) >= 24 ? process.execPath : brought
  if (node === undefined) {
    console.error("Node 24 is needed and was not found in node_modules. Run `npm ci` first.")
    process.exit(1)
  }
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", join(here, script), ...process.argv.slice(2)], {
    stdio: "inherit",
    // What the scripts start in turn finds the same Node first.
    env: { ...process.env, PATH: `${dirname(node)}${process.platform === "win32" ? ";" : ":"}${process.env.PATH}` },
  })
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal))
  child.on("exit", (code) => process.exit(code ?? 1))
}
