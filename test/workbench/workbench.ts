// A workbench open in headless Chromium: how a test opens one, and how it acts there as a person does.
// What stands in the text editor is read by editorView.ts.
import { chromium, type Browser, type Frame, type Locator, type Page } from "playwright-core"
import { appendFileSync } from "node:fs"
import { installChromium } from "./install.ts"
import { artifact, root } from "./places.ts"
import { startServer, type Server, type ServerOptions } from "./server.ts"

export interface WorkbenchOptions extends ServerOptions {
  /** Folder to open, absolute. */
  readonly folder: string
  /** File to open in it, absolute. */
  readonly file?: string
  /** `development`: this repository as it is built. `installed`: what the VSIX of `vsix` brought. */
  readonly extension: "development" | "installed"
  /** The extension under development runs in the browser's extension host, as in VS Code for the web. */
  readonly inBrowser?: boolean
  /** Further flags for Chromium. */
  readonly chromiumFlags?: readonly string[]
  /** Another extension's folder in place of the repository. */
  readonly extensionPath?: string
  /** A module whose `run()` VS Code calls in the extension host, absolute. */
  readonly extensionTestsPath?: string
  /** Hears each line that the suite writes. */
  readonly onSuiteLog?: (line: string) => void
  /** True: folders start in Restricted Mode, as they do for a person. */
  readonly workspaceTrust?: boolean
  readonly size?: { readonly width: number; readonly height: number }
}

/** A theme by its name in the list, and the class that the window gets from it. */
export interface ThemeChoice {
  readonly name: "dark" | "light" | "hcDark" | "hcLight"
  readonly label: string
  readonly kind: string
}

/** VS Code's own four kinds of theme. */
export const themeChoices: readonly ThemeChoice[] = [
  { name: "dark", label: "Dark 2026", kind: "vs-dark" },
  { name: "light", label: "Light 2026", kind: "vs" },
  { name: "hcDark", label: "Dark High Contrast", kind: "hc-black" },
  { name: "hcLight", label: "Light High Contrast", kind: "hc-light" },
]

/** What a starting VS Code may take on a machine that does much else, in milliseconds. */
const slow = 90_000

const chromiumArguments = [
  "--headless=new",
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
]

/** Opens a workbench on a server of its own; `close()` ends both. */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const settings = {
    ...options.settings,
    // An extension may choose among the hosts that it can run in; the user has the last word.
    ...(options.inBrowser === true ? { "remote.extensionKind": { "autograd-lab.autograd-lab": ["web"] } } : {}),
    ...(options.workspaceTrust === true
      ? { "security.workspace.trust.enabled": true, "security.workspace.trust.startupPrompt": "never", "security.workspace.trust.banner": "always" }
      : {}),
  }
  const server = await startServer({ ...options, settings })
  const browser = await chromium.launch({ executablePath: installChromium(), args: [...chromiumArguments, ...(options.chromiumFlags ?? [])] }).catch(async (reason: unknown) => {
    await server.close()
    throw reason
  })
  const page = await browser.newPage({ viewport: options.size ?? { width: 1280, height: 800 }, locale: options.locale ?? "en-US" })
  const workbench = new Workbench(server, browser, page)
  page.on("console", (message) => appendFileSync(artifact("workbench.log"), `${message.type()} ${message.text()}\n`))
  page.on("pageerror", (error) => appendFileSync(artifact("workbench.log"), `page error ${error.message}\n`))
  if (options.extensionTestsPath !== undefined) await workbench.listenToSuite(options.onSuiteLog ?? (() => {}))
  await page.goto(address(server, options))
  await page.waitForSelector(".monaco-workbench .part.editor", { timeout: 60_000 })
  return workbench
}

/** The address that opens a folder, a file and the extension under development on a server. */
export function address(server: Server, options: Pick<WorkbenchOptions, "folder" | "file" | "extension" | "extensionPath" | "extensionTestsPath">): string {
  const remote = (path: string) => `vscode-remote://127.0.0.1:${server.port}${path.startsWith("/") ? path : `/${path.replaceAll("\\", "/")}`}`
  const payload: [string, string][] = []
  if (options.extension === "development") payload.push(["extensionDevelopmentPath", remote(options.extensionPath ?? root)])
  if (options.extensionTestsPath !== undefined) payload.push(["extensionTestsPath", remote(options.extensionTestsPath)])
  if (options.file !== undefined) payload.push(["openFile", remote(options.file)])
  return `${server.url}/?folder=${encodeURIComponent(options.folder)}&payload=${encodeURIComponent(JSON.stringify(payload))}`
}

/** What a person can do in a workbench, and what they can see there. */
export class Workbench {
  readonly server: Server
  readonly page: Page
  private readonly browser: Browser
  private suite: Promise<number> | null = null

  constructor(server: Server, browser: Browser, page: Page) {
    this.server = server
    this.browser = browser
    this.page = page
  }

  /** Ends the browser, then the server. */
  async close(): Promise<void> {
    await this.browser.close()
    await this.server.close()
  }

  /** Runs a command through the palette by its full title, `Autograd: Run File`. */
  async command(title: string): Promise<void> {
    await this.quickly("F1", `>${title}`, title)
  }

  /** Changes the colour theme as a person does, by its name in the list: a window in a browser does not take it from the settings. */
  async theme({ label, kind }: ThemeChoice): Promise<void> {
    await this.command("Preferences: Color Theme")
    await this.page.locator(".quick-input-widget input[type=text]").first().fill(label)
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: label }).first().click()
    await this.page.locator(`.monaco-workbench.${kind}`).waitFor()
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" })
  }

  /** Opens a file of the folder by its name, through Quick Open. */
  async openFile(name: string): Promise<void> {
    await this.quickly("Control+P", name, name)
  }

  /** Opens a quick input with a key, types, and takes the row with this text. An editor that takes the focus closes it: then again. */
  private async quickly(key: string, typed: string, row: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.page.keyboard.press(key)
        const input = this.page.locator(".quick-input-widget input[type=text]").first()
        await input.fill(typed, { timeout: 5000 })
        await this.page.locator(".quick-input-list .monaco-list-row", { hasText: row }).first().click({ timeout: 5000 })
        return
      } catch (reason) {
        if (attempt === 3) throw reason
        await this.page.keyboard.press("Escape")
      }
    }
  }

  /** Picks the row of the open quick pick that contains a text. */
  async pick(text: string): Promise<void> {
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first().click()
  }

  /** Clicks the first CodeLens with this text, once it stands still: VS Code draws lenses anew while a file loads, and a click in between is lost. */
  async clickLens(text: string): Promise<void> {
    const lens = this.lens(text)
    await lens.waitFor({ timeout: slow })
    await this.eventually(`the lens ${text} stands still`, async () => {
      const before = await lens.elementHandle()
      await this.page.waitForTimeout(700)
      return (await before?.evaluate((element) => element.isConnected)) === true ? true : undefined
    }, slow)
    await lens.click({ timeout: 10_000 })
  }

  /** The first CodeLens with this text that can be clicked: VS Code shows an old one without its link until the extension has answered. */
  lens(text: string): Locator {
    return this.page.locator(`.codelens-decoration a:text-is(${JSON.stringify(text)})`).first()
  }

  /** Waits until the text stands anywhere in the workbench (webviews not counted). */
  async waitForText(text: string | RegExp, timeout = 30_000): Promise<void> {
    await this.page.getByText(text).first().waitFor({ state: "visible", timeout })
  }

  /** The texts of the status bar's items. */
  async statusBar(): Promise<string[]> {
    return this.page.locator(".statusbar-item:visible").evaluateAll((items) => items.map((item) => item.getAttribute("aria-label") ?? item.textContent ?? ""))
  }

  /** The texts of the notifications so far. Under the test driver VS Code shows no toasts, so the list is opened. */
  async notifications(): Promise<string[]> {
    if (!(await this.page.locator(".notifications-center.visible").isVisible())) await this.command("Notifications: Show Notifications")
    return this.page.locator(".notification-list-item-message").allTextContents()
  }

  /** The document inside a webview, once it contains the selector. */
  async webview(selector: string, timeout = 40_000): Promise<Frame> {
    const end = Date.now() + timeout
    while (Date.now() < end) {
      for (const frame of this.page.frames()) {
        if (frame === this.page.mainFrame()) continue
        const found = await frame.locator(selector).count().catch(() => 0)
        if (found > 0) return frame
      }
      await this.page.waitForTimeout(50)
    }
    throw new Error(`no webview showed ${selector} within ${timeout} ms`)
  }

  /** Writes test/artifacts/NAME.png and returns its path. */
  async screenshot(name: string): Promise<string> {
    const path = artifact(`${name}.png`)
    await this.page.screenshot({ path })
    return path
  }

  /** Asks again and again until the answer is not undefined; the sentence is what did not come true. */
  async eventually<T>(claim: string, ask: () => Promise<T | undefined>, timeout = 30_000): Promise<T> {
    const end = Date.now() + timeout
    for (;;) {
      const answer = await ask()
      if (answer !== undefined) return answer
      if (Date.now() > end) throw new Error(`within ${timeout} ms this did not come true: ${claim}`)
      await this.page.waitForTimeout(20)
    }
  }

  /** Listens to what VS Code says about `extensionTestsPath`; before the page is opened. */
  async listenToSuite(onLine: (line: string) => void): Promise<void> {
    let finish: (code: number) => void = () => {}
    this.suite = new Promise((resolve) => (finish = resolve))
    await this.page.exposeFunction("codeAutomationLog", (kind: string, parts: unknown[]) => {
      if (kind === "info" || kind === "warn" || kind === "error") onLine(parts.map(String).join(" "))
    })
    await this.page.exposeFunction("codeAutomationExit", (code: number) => finish(code))
  }

  /** Resolves with the exit code of the suite. */
  suiteEnd(): Promise<number> {
    return this.suite ?? Promise.reject(new Error("this workbench was opened without a suite"))
  }
}
