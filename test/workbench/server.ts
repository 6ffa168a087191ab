// VS Code's own server as a child process with data folders of its own, and the door to install a VSIX into it.
import { spawn, spawnSync, type ChildProcess } from "node:child_process"
import { createServer } from "node:net"
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { installServer } from "./install.ts"
import { artifact, temporaryFolder } from "./places.ts"

export interface ServerOptions {
  /** User settings, beside those that keep the workbench quiet. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** A display language, `ko`. English when absent. */
  readonly locale?: string
  /** VSIX files to install before the server starts. */
  readonly vsix?: readonly string[]
  /** Port to listen on; a free one when absent. */
  readonly port?: number
}

export interface Server {
  readonly port: number
  readonly url: string
  /** The server's data folder: user settings, extensions, logs. */
  readonly dataFolder: string
  close(): Promise<void>
}

/** Settings that keep tours, updates and experiments out of the way; trust is off unless a test asks for it. */
const quietSettings = {
  "security.workspace.trust.enabled": false,
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  // Newer versions lay some editors over the workbench, older ones beside the files: the tests know the latter.
  "workbench.editor.useModal": "off",
  "workbench.enableExperiments": false,
  "workbench.welcomePage.walkthroughs.openOnInstall": false,
  "telemetry.telemetryLevel": "off",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "update.mode": "none",
  "chat.disableAIFeatures": true,
  "chat.commandCenter.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "git.enabled": false,
  "editor.minimap.enabled": false,
  "editor.accessibilitySupport": "off",
  "files.autoSave": "off",
  "files.simpleDialog.enable": true,
}

/** Starts a server and resolves once it listens. Its log goes to test/artifacts/server.log. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const { folder, node } = await installServer()
  const main = join(folder, "out", "server-main.js")
  const dataFolder = temporaryFolder("server")
  const settings = JSON.stringify({ ...quietSettings, ...options.settings }, null, 2)
  // VS Code proper reads Machine, this build of it User as well.
  for (const scope of ["User", "Machine"]) {
    mkdirSync(join(dataFolder, "data", scope), { recursive: true })
    writeFileSync(join(dataFolder, "data", scope, "settings.json"), settings)
  }
  if (options.locale !== undefined) writeLanguagePack(dataFolder, options.locale)
  for (const vsix of options.vsix ?? []) installExtension(node, main, dataFolder, vsix)
  const port = options.port ?? (await freePort())
  const child = spawn(node, [
    main,
    "--host", "127.0.0.1",
    "--port", String(port),
    "--without-connection-token",
    "--accept-server-license-terms",
    "--enable-smoke-test-driver",
    "--telemetry-level", "off",
    "--server-data-dir", dataFolder,
    ...(options.locale === undefined ? [] : ["--locale", options.locale]),
  ], { stdio: ["ignore", "pipe", "pipe"], env: serverEnvironment() })
  const log = artifact("server.log")
  child.stdout.on("data", (text: Buffer) => appendFileSync(log, text))
  child.stderr.on("data", (text: Buffer) => appendFileSync(log, text))
  const killWithUs = () => child.kill("SIGKILL")
  process.once("exit", killWithUs)
  await listening(child, port, log)
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    dataFolder,
    async close() {
      process.off("exit", killWithUs)
      await ended(child)
      await rm(dataFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

/**
 * A display language counts only when a language pack is installed; the real ones are not on npm.
 * This one translates nothing of VS Code itself, so that what is in the language is the extension's own.
 */
function writeLanguagePack(dataFolder: string, locale: string): void {
  const translation = join(dataFolder, "languagePack.json")
  writeFileSync(translation, JSON.stringify({ contents: {} }))
  const packs = { [locale]: { hash: "autograd-lab", extensions: [{ extensionIdentifier: { id: `test.language-pack-${locale}` }, version: "1.0.0" }], translations: { vscode: translation } } }
  writeFileSync(join(dataFolder, "data", "languagepacks.json"), JSON.stringify(packs))
}

function installExtension(node: string, main: string, dataFolder: string, vsix: string): void {
  const args = [main, "--install-extension", vsix, "--force", "--accept-server-license-terms", "--server-data-dir", dataFolder]
  const { status, stdout, stderr } = spawnSync(node, args, { encoding: "utf8", env: serverEnvironment() })
  if (status !== 0 || !/successfully installed/.test(stdout)) throw new Error(`Installing ${vsix} failed:\n${stdout}\n${stderr}`)
}

/** Our environment without what would make the server think that it runs inside another VS Code. */
function serverEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|NODE_OPTIONS$)/.test(name)))
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address()
      probe.close(() => (address !== null && typeof address === "object" ? resolve(address.port) : reject(new Error("no free port"))))
    })
  })
}

function listening(child: ChildProcess, port: number, log: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`VS Code's server did not listen on port ${port} within 60 s; see ${log}`)), 60_000)
    child.once("exit", (code) => {
      clearTimeout(timer)
      reject(new Error(`VS Code's server ended with code ${code} before it listened; see ${log}`))
    })
    child.stdout?.on("data", (text: Buffer) => {
      if (!text.includes("Extension host agent started")) return
      clearTimeout(timer)
      child.removeAllListeners("exit")
      resolve()
    })
  })
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000)
    child.once("exit", () => {
      clearTimeout(timer)
      resolve()
    })
    child.kill("SIGTERM")
  })
}
