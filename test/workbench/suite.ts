// Runs test/extension inside a real VS Code: the desktop one where its download works, VS Code's server elsewhere; and
// once more in the extension host of a browser, as in VS Code for the web.
import { build, type BuildOptions } from "esbuild"
import { spawn } from "node:child_process"
import { globSync } from "node:fs"
import { join } from "node:path"
import { downloadAndUnzipVSCode } from "@vscode/test-electron"
import { downloads, root, temporaryFolder } from "./places.ts"
import { openWorkbench } from "./workbench.ts"

export interface SuiteResult {
  readonly passed: readonly string[]
  /** Name and reason. */
  readonly failed: readonly { readonly name: string; readonly why: string }[]
  /** Tests of what this host does not have, with the reason. */
  readonly leftOut: readonly string[]
  /** Where it ran, for a person. */
  readonly where: string
}

export type SuiteHost = "node" | "browser"

/** Past this the suite counts as hung. */
const suiteLimitMs = 10 * 60_000

/** Bundles the suite, runs it, and gives what each test said. */
export async function runSuite(host: SuiteHost): Promise<SuiteResult> {
  const entry = await bundleSuite(host)
  const desktop = host === "browser" ? undefined : await desktopVsCode()
  const lines: string[] = []
  const where = desktop !== undefined ? "desktop VS Code" : host === "browser" ? "the browser's extension host of VS Code's server" : "VS Code's server"
  const listen = (line: string) => {
    if (/^((not )?ok|left out) /.test(line)) lines.push(line)
  }
  const code = desktop === undefined ? await runOnServer(entry, host, listen) : await runOnDesktop(desktop, entry, listen)
  const passed = lines.filter((line) => line.startsWith("ok ")).map((line) => line.slice(3))
  const failed = lines.filter((line) => line.startsWith("not ok ")).map((line) => {
    const colon = line.indexOf(": ")
    return { name: line.slice(7, colon), why: line.slice(colon + 2).replaceAll("\\n", "\n") }
  })
  // A suite that broke before its first test must not look like one that passed.
  if (code !== 0 && failed.length === 0) failed.push({ name: "the suite inside VS Code runs to its end", why: `it ended with code ${code} after ${passed.length} tests` })
  if (code === 0 && passed.length === 0) failed.push({ name: "the suite inside VS Code has tests", why: "none reported" })
  const leftOut = lines.filter((line) => line.startsWith("left out ")).map((line) => line.slice(9))
  return { passed, failed, leftOut, where }
}

/** One CommonJS file with the harness and every test; returns its path. */
async function bundleSuite(host: SuiteHost): Promise<string> {
  const tests = globSync("test/extension/**/*.test.ts", { cwd: root }).sort()
  const outfile = join(root, "dist-test", host === "browser" ? "suiteInBrowser.cjs" : "suite.cjs")
  const inBrowser: BuildOptions = { platform: "browser", alias: { "node:assert/strict": "./test/extension/assertInBrowser.ts" }, external: ["vscode", "node:*"] }
  await build({
    absWorkingDir: root,
    stdin: {
      contents: [...tests.map((path) => `import ${JSON.stringify(`./${path}`)}`), `export { run } from "./test/extension/index.ts"`].join("\n"),
      resolveDir: root,
      sourcefile: "suite.ts",
      loader: "ts",
    },
    bundle: true,
    target: "es2022",
    format: "cjs",
    ...(host === "browser" ? inBrowser : { platform: "node", external: ["vscode"] }),
    sourcemap: "inline",
    outfile,
    logLevel: "warning",
  })
  return outfile
}

async function runOnServer(entry: string, host: SuiteHost, listen: (line: string) => void): Promise<number> {
  const folder = temporaryFolder("suite")
  const workbench = await openWorkbench({ folder, extension: "development", inBrowser: host === "browser", extensionTestsPath: entry, onSuiteLog: listen })
  try {
    return await Promise.race([workbench.suiteEnd(), timeLimit()])
  } finally {
    await workbench.screenshot(`suite-${host}`)
    await workbench.close()
  }
}

function timeLimit(): Promise<number> {
  return new Promise((resolve) => setTimeout(() => resolve(124), suiteLimitMs).unref())
}

/** The path of a desktop VS Code, or undefined where it cannot be had within a few seconds. */
async function desktopVsCode(): Promise<string | undefined> {
  // Without a display there is nothing to open it on.
  if (process.platform === "linux" && process.env["DISPLAY"] === undefined) return undefined
  try {
    return await downloadAndUnzipVSCode({ cachePath: join(downloads, "desktop"), timeout: 10_000 })
  } catch (reason) {
    console.log(`No desktop VS Code (${reason instanceof Error ? reason.message : String(reason)}); the suite runs in VS Code's server.`)
    return undefined
  }
}

function runOnDesktop(executable: string, entry: string, listen: (line: string) => void): Promise<number> {
  const folder = temporaryFolder("suite")
  const data = temporaryFolder("desktop")
  return new Promise((resolve, reject) => {
    const child = spawn(executable, [
      folder,
      "--no-sandbox",
      "--disable-gpu-sandbox",
      "--disable-updates",
      "--skip-welcome",
      "--skip-release-notes",
      "--disable-workspace-trust",
      "--disable-telemetry",
      `--user-data-dir=${data}`,
      `--extensions-dir=${join(data, "extensions")}`,
      `--extensionDevelopmentPath=${root}`,
      `--extensionTestsPath=${entry}`,
    ], { stdio: ["ignore", "pipe", "pipe"] })
    let rest = ""
    const read = (text: Buffer) => {
      const lines = (rest + text.toString()).split(/\r?\n/)
      rest = lines.pop() ?? ""
      lines.forEach(listen)
    }
    child.stdout.on("data", read)
    child.stderr.on("data", read)
    const timer = setTimeout(() => child.kill("SIGKILL"), suiteLimitMs)
    child.once("error", reject)
    child.once("exit", (code) => {
      clearTimeout(timer)
      resolve(code ?? 124)
    })
  })
}
