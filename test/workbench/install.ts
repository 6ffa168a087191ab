// Brings the two large things that the rig needs, once: VS Code's own server and a Chromium.
// Neither is a dependency in package.json, because only tests and `npm start` want them.
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { mkdir, rename, rm, writeFile } from "node:fs/promises"
import { delimiter, dirname, join } from "node:path"
import { downloads } from "./places.ts"
import { standIns } from "./standIns.ts"

/**
 * The npm package that contains VS Code 1.139.1 as a server. Another version is tested by naming it:
 * AUTOGRAD_LAB_SERVER=4.104.0 is VS Code 1.104, the lowest that package.json promises.
 */
const serverPackage = "code-server"
const serverVersion = process.env["AUTOGRAD_LAB_SERVER"] ?? "4.139.1"

export interface InstalledServer {
  /** `out/server-main.js` lies in it. */
  readonly folder: string
  /** The Node that this version asks for. */
  readonly node: string
}

/** Where a Chromium or Chrome usually lies; CHROME_PATH wins. */
const chromiums = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files\\Microsoft\\Edge\\Application\\msedge.exe",
]

/** Installs VS Code's server the first time, and the Node that it asks for where that is not the one at work. */
export async function installServer(): Promise<InstalledServer> {
  const home = join(downloads, `${serverPackage}-${serverVersion}`)
  if (!existsSync(join(home, "complete"))) await downloadServer(home)
  const { engines } = JSON.parse(readFileSync(join(home, "package", "package.json"), "utf8")) as { engines: { node: string } }
  return { folder: join(home, "package", "lib", "vscode"), node: await installNode(engines.node) }
}

async function installNode(major: string): Promise<string> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const home = join(downloads, `node-${major}`)
  const node = join(home, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node")
  if (existsSync(node)) return node
  await mkdir(home, { recursive: true })
  await writeFile(join(home, "package.json"), JSON.stringify({ private: true, allowScripts: { node: true } }))
  npm(["install", `node@${major}`, "--no-audit", "--no-fund", "--silent"], home)
  return node
}

async function downloadServer(home: string): Promise<void> {
  console.log(`Installing VS Code's server (${serverPackage} ${serverVersion} from npm) into .vscode-test, once …`)
  // A half-made installation must never look like a whole one, so it is made beside and renamed.
  const making = `${home}.${process.pid}`
  await rm(making, { recursive: true, force: true })
  await mkdir(making, { recursive: true })
  npm(["pack", `${serverPackage}@${serverVersion}`, "--pack-destination", ".", "--silent"], making)
  mustRun("tar", ["-xzf", `${serverPackage}-${serverVersion}.tgz`], making)
  await rm(join(making, `${serverPackage}-${serverVersion}.tgz`))
  // Without install scripts no compiler is needed: what the server needs comes prebuilt or is replaced below.
  const install = ["install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
  const vscode = join(making, "package", "lib", "vscode")
  npm(install, vscode)
  npm(install, join(vscode, "extensions"))
  for (const [name, text] of Object.entries(standIns)) {
    const folder = join(vscode, "node_modules", name)
    if (existsSync(folder)) await writeFile(join(folder, "index.js"), text)
  }
  await writeFile(join(making, "complete"), "")
  await rename(making, home).catch(async (reason: unknown) => {
    // Another process was quicker.
    await rm(making, { recursive: true, force: true })
    if (!existsSync(join(home, "complete"))) throw reason
  })
}

/** The path of a Chromium; installs Debian's when it may, else throws a sentence that says what to do. */
export function installChromium(): string {
  const present = chromiumPath()
  if (present !== undefined) return present
  if (!isDebian() || process.getuid?.() !== 0) {
    throw new Error("No Chromium or Chrome was found. Install one (on Debian or Ubuntu: sudo apt-get install chromium), or set CHROME_PATH to its executable, and try again.")
  }
  console.log("Installing chromium with apt, once …")
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" }
  mustRun("apt-get", ["update", "-qq"], "/", env)
  // The font is for Korean: without one the screenshots show boxes.
  mustRun("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-cjk"], "/", env)
  const installed = chromiumPath()
  if (installed === undefined) throw new Error("apt installed chromium, but no executable was found where Debian puts it (/usr/bin/chromium).")
  return installed
}

function chromiumPath(): string | undefined {
  return [process.env["CHROME_PATH"], ...chromiums].find((path) => path !== undefined && path !== "" && existsSync(path))
}

function isDebian(): boolean {
  if (!existsSync("/etc/os-release")) return false
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync("/etc/os-release", "utf8"))
}

function npm(args: string[], cwd: string): void {
  // The npm that started us, run by this very Node; the one on the path otherwise.
  const npmCli = process.env["npm_execpath"]
  const path = `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`
  const env: NodeJS.ProcessEnv = { ...process.env, PATH: path }
  if (npmCli !== undefined && npmCli.endsWith("npm-cli.js")) mustRun(process.execPath, [npmCli, ...args], cwd, env)
  else mustRun("npm", args, cwd, env, process.platform === "win32")
}

function mustRun(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = process.env, shell = false): void {
  const { status, error, stderr, stdout } = spawnSync(command, args, { cwd, env, shell, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })
  if (error === undefined && status === 0) return
  throw new Error(`${command} ${args.join(" ")} failed (${error?.message ?? `exit code ${status}`}).\n${stdout}\n${stderr}`)
}
