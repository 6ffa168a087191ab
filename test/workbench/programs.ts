// Runs the tools that a step needs (the build, the type checker, vsce) with this very Node.
import { spawn } from "node:child_process"
import { join } from "node:path"
import { root } from "./places.ts"

export interface Ended {
  readonly code: number
  /** Standard output and standard error together. */
  readonly text: string
}

/** Runs a JavaScript program in the repository and resolves when it ends; `show` lets its output through as well. */
export function runNode(program: string, args: readonly string[], show = false): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, program), ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] })
    let text = ""
    const take = (part: Buffer) => {
      text += part.toString()
      if (show) process.stdout.write(part)
    }
    child.stdout.on("data", take)
    child.stderr.on("data", take)
    child.once("error", reject)
    child.once("close", (code) => resolve({ code: code ?? 1, text }))
  })
}

/** Builds dist/; throws with esbuild's words when it fails. */
export async function build(...flags: string[]): Promise<string> {
  const { code, text } = await runNode("build.mjs", flags)
  if (code !== 0) throw new Error(`The build failed.\n${text}`)
  return text
}
