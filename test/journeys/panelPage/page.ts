// The panel on a page of its own: a webview's shell, policy and theme without a VS Code around it.
import { build } from "esbuild"
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core"
import type { PanelModel, PanelState } from "../../../engine/protocol/api.ts"
import { installChromium } from "../../workbench/install.ts"
import { root } from "../../workbench/places.ts"
import { themes, type ThemeName } from "./themes.ts"

export interface PageOptions {
  readonly theme?: ThemeName
  readonly language?: "en" | "ko"
  readonly width?: number
  readonly height?: number
  /** What an earlier page left with setState. */
  readonly state?: unknown
  /** What the extension answers, by method; null to every other call. */
  readonly answers?: Readonly<Record<string, unknown>>
  /** Tensors by id, of which the extension answers windows. */
  readonly tensors?: Readonly<Record<number, TensorNumbers>>
  /** Answers the calls that `answers` has none for, from outside the page: a real engine. */
  readonly answer?: (method: string, args: readonly unknown[]) => Promise<unknown>
}

/** All numbers of a tensor, row-major. */
export interface TensorNumbers {
  readonly shape: readonly number[]
  readonly dtype: string
  /** What is not finite as text, for it crosses to the page as JSON: `NaN`, `-Infinity`. */
  readonly values: readonly (number | string)[]
}

/** A call that the panel made of the extension. */
export interface HostCall {
  readonly method: string
  readonly args: readonly unknown[]
}

interface Shell {
  readonly posted: { kind: string; id: number; method?: string; args?: unknown[]; result?: { ok?: unknown; fault?: { message: string } } }[]
  state: unknown
}

declare global {
  interface Window {
    shell: Shell
  }
}

const address = "http://panel.invalid"

/** Starts a browser that opens panels. */
export async function startPanels(): Promise<Panels> {
  const bundled = await build({
    absWorkingDir: root,
    entryPoints: { panel: "media/panel/main.ts", style: "media/panel/panel.css" },
    bundle: true,
    format: "iife",
    write: false,
    outdir: "out",
    logLevel: "silent",
  })
  const text = (name: string): string => bundled.outputFiles.find(({ path }) => path.endsWith(name))?.text ?? ""
  const browser = await chromium.launch({ executablePath: installChromium(), args: ["--headless=new", "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage"] })
  return new Panels(browser, text("panel.js"), text("style.css"))
}

export class Panels {
  private readonly browser: Browser
  private readonly script: string
  private readonly style: string

  constructor(browser: Browser, script: string, style: string) {
    this.browser = browser
    this.script = script
    this.style = style
  }

  async open(options: PageOptions = {}): Promise<PanelPage> {
    const { theme = "dark", language = "en", width = 900, height = 760 } = options
    const context = await this.browser.newContext({ viewport: { width, height } })
    const page = await context.newPage()
    const { kind, variables } = themes[theme]
    const policy = `default-src 'none'; style-src ${address}; font-src ${address}; script-src 'nonce-n0'`
    const shell = `<!DOCTYPE html><html lang="${language}"><head><meta charset="utf-8"><title>Autograd</title><link rel="stylesheet" href="${address}/panel.css"></head>
      <body class="${kind}" data-vscode-theme-kind="${kind}"><div id="app"></div><script nonce="n0" src="${address}/panel.js"></script></body></html>`
    await page.route(`${address}/**`, (route) => {
      const path = new URL(route.request().url()).pathname
      if (path === "/panel.js") return route.fulfill({ contentType: "text/javascript; charset=utf-8", body: this.script })
      if (path === "/panel.css") return route.fulfill({ contentType: "text/css; charset=utf-8", body: this.style })
      return route.fulfill({ contentType: "text/html; charset=utf-8", headers: { "content-security-policy": policy }, body: shell })
    })
    const complaints: string[] = []
    page.on("console", (message) => { if (message.type() === "error" || message.type() === "warning") complaints.push(message.text()) })
    page.on("pageerror", (error) => complaints.push(error.stack ?? error.message))
    if (options.answer) await page.exposeFunction("hostAnswer", options.answer)
    await page.addInitScript(([colours, state, answers, tensors]) => {
      window.shell = { posted: [], state }
      const windowOf = ([, id, , start, size]: readonly unknown[]): unknown => {
        const tensor = tensors[Number(id)]
        if (tensor === undefined) return null
        const [from, shape] = [start as number[], size as number[]]
        const places = shape.reduce<number[][]>((all, length) => all.flatMap((place) => Array.from({ length }, (_, at) => [...place, at])), [[]])
        return { shape, dtype: tensor.dtype, values: places.map((place) => Number(tensor.values[place.reduce((at, index, d) => at * (tensor.shape[d] ?? 1) + index + (from[d] ?? 0), 0)])) }
      }
      const answerTo = (method: string, args: readonly unknown[]): unknown => (method in answers ? answers[method] : method === "values" ? windowOf(args) : null)
      const api = {
        postMessage(message: Shell["posted"][number]): void {
          window.shell.posted.push(structuredClone(message))
          if (message.kind !== "call") return
          const { method = "", args = [] } = message
          const reply = (ok: unknown): void => window.postMessage({ kind: "reply", id: message.id, result: { ok } }, "*")
          const { hostAnswer } = window as { hostAnswer?: PageOptions["answer"] }
          if (hostAnswer && !(method in answers)) void hostAnswer(method, args).then(reply)
          else reply(answerTo(method, args))
        },
        getState: () => window.shell.state ?? undefined,
        setState: (next: unknown) => { window.shell.state = structuredClone(next) },
      }
      const acquireVsCodeApi = (): typeof api => {
        // VS Code sets a webview's theme the same way: on the html element, by script.
        for (const [name, value] of Object.entries(colours)) document.documentElement.style.setProperty(name, value)
        return api
      }
      Object.assign(window, { acquireVsCodeApi })
    }, [variables, options.state ?? null, options.answers ?? {}, options.tensors ?? {}] as const)
    await page.goto(`${address}/`)
    const panel = new PanelPage(context, page, complaints)
    await panel.called("ready")
    return panel
  }

  close(): Promise<void> {
    return this.browser.close()
  }
}

export class PanelPage {
  readonly page: Page
  /** Errors and warnings that the browser logged, policy violations among them. */
  readonly complaints: readonly string[]
  private readonly context: BrowserContext
  private lastId = 0

  constructor(context: BrowserContext, page: Page, complaints: readonly string[]) {
    this.context = context
    this.page = page
    this.complaints = complaints
  }

  /** Changes the theme under the panel, as VS Code does while it is open. */
  async wear(name: ThemeName): Promise<void> {
    const { kind, variables } = themes[name]
    await this.page.evaluate(([theme, colours]) => {
      const { style } = document.documentElement
      for (const name of [...style].filter((each) => each.startsWith("--vscode-"))) style.removeProperty(name)
      for (const [name, value] of Object.entries(colours)) style.setProperty(name, value)
      document.body.className = theme
      document.body.dataset.vscodeThemeKind = theme
    }, [kind, variables] as const)
  }

  /** Calls a method of the panel as the extension would, and waits for its answer. */
  async call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    this.lastId += 1
    const id = this.lastId
    await this.page.evaluate(([callId, name, values]) => window.postMessage({ kind: "call", id: callId, method: name, args: values }, "*"), [id, method, args] as const)
    const reply = await this.page.waitForFunction((callId) => window.shell.posted.find((message) => message.kind === "reply" && message.id === callId)?.result, id)
    const result = await reply.jsonValue()
    if (result?.fault !== undefined) throw new Error(result.fault.message)
    return result?.ok
  }

  async show(model: PanelModel): Promise<void> {
    await this.call("show", model)
    await this.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
  }

  /** Shows a model and tells how long it took in the page, from the message to the second frame after; milliseconds. */
  async timeShow(model: PanelModel): Promise<number> {
    this.lastId += 1
    return await this.page.evaluate(async ([id, shown]) => {
      const started = performance.now()
      window.postMessage({ kind: "call", id, method: "show", args: [shown] }, "*")
      while (!window.shell.posted.some((message) => message.kind === "reply" && message.id === id)) await new Promise((resolve) => setTimeout(resolve))
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      return performance.now() - started
    }, [this.lastId, model] as const)
  }

  async state(): Promise<PanelState> {
    return await this.call("state") as PanelState
  }

  /** What the panel asked of the extension so far. */
  async calls(): Promise<HostCall[]> {
    const posted = await this.page.evaluate(() => window.shell.posted.filter(({ kind }) => kind === "call"))
    return posted.map(({ method, args }) => ({ method: method ?? "", args: args ?? [] }))
  }

  /** Waits until the panel has made a call, or that many. */
  async called(method: string, times = 1): Promise<void> {
    await this.page.waitForFunction(([name, least]) => window.shell.posted.filter((message) => message.kind === "call" && message.method === name).length >= least, [method, times] as const)
  }

  /** What the panel saved for a reload; it saves a moment after a change. The page's own clock is asked, which a busy machine slows as it slows the panel. */
  async saved(): Promise<unknown> {
    return await this.page.evaluate(() => new Promise((resolve) => setTimeout(() => resolve(window.shell.state), 250)))
  }

  close(): Promise<void> {
    return this.context.close()
  }
}
