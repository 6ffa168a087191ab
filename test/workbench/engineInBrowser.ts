// The engine's worker in a real browser, without VS Code around it: what a test of the browser's half of the engine opens.
import { build } from "esbuild"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { chromium } from "playwright-core"
import type { RunRequest, RunResult } from "../../engine/protocol/api.ts"
import { installChromium } from "./install.ts"
import { root } from "./places.ts"

/** What a page tells of a run. */
export interface PageRun {
  readonly result: RunResult
  /** What was printed while it ran. */
  readonly printed: string
  readonly wanted: readonly string[]
  readonly written: Readonly<Record<string, number[]>>
  readonly tookMs: number
  readonly spoiled: boolean
  readonly ended: boolean
}

/** What a page tells of a run that may download. */
export interface PageDownload {
  readonly result: RunResult
  readonly printed: string
  readonly told: readonly (readonly [file: string, fraction: number | null])[]
  /** Files that are kept. */
  readonly kept: readonly string[]
  readonly tookMs: number
  /** What a next run prints. */
  readonly after: string
}

export interface PageDownloadOptions {
  readonly baseUrl: string
  readonly hashes: Readonly<Record<string, string>>
  readonly patience?: number
  /** The run is stopped when so much has come. */
  readonly stopAt?: number
  /** What is kept is spoiled first. */
  readonly damage?: boolean
}

export interface PageOptions {
  /** Every kernel on the GPU, however small. */
  readonly everything?: boolean
  /** Milliseconds after which the run is stopped. */
  readonly stopAfter?: number
  readonly files?: Readonly<Record<string, number[]>>
}

export interface EngineInBrowser {
  run(source: string, request?: Partial<RunRequest>, options?: PageOptions): Promise<PageRun>
  readBack(sizes: readonly number[], rounds: number): Promise<readonly { readonly bytes: number; readonly wrong: number; readonly ms: number }[]>
  /** Runs a snippet whose published weights come from a server. */
  download(source: string, options: PageDownloadOptions): Promise<PageDownload>
  close(): Promise<void>
}

/**
 * Flags that give Chromium a GPU of software: WebGPU on SwiftShader, and a canvas that shares its pictures with it, without
 * which drawing one ends the browser.
 */
export const softwareGpu: readonly string[] = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan", "--use-vulkan=swiftshader", "--use-angle=swiftshader"]

/** Opens a page with the built engine; `npm run build` comes first. */
export async function openEngine({ gpu }: { readonly gpu: boolean }): Promise<EngineInBrowser> {
  const page = await build({ absWorkingDir: root, entryPoints: ["test/workbench/enginePage.ts"], bundle: true, write: false, platform: "browser", format: "iife", target: "es2022", logLevel: "warning" })
  const files: Readonly<Record<string, readonly [type: string, text: () => string]>> = {
    "/": ["text/html", () => `<!doctype html><meta charset="utf-8"><script src="/page.js"></script>`],
    "/page.js": ["text/javascript", () => page.outputFiles[0]?.text ?? ""],
    "/engineWorker.js": ["text/javascript", () => readFileSync(join(root, "dist", "web", "engineWorker.js"), "utf8")],
  }
  const server = createServer(({ url = "/" }, answer) => {
    const [type, text] = files[url] ?? ["text/plain", () => ""]
    answer.setHeader("content-type", `${type}; charset=utf-8`).end(text())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const browser = await chromium.launch({ executablePath: installChromium(), args: ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", ...(gpu ? softwareGpu : [])] })
  const tab = await browser.newPage()
  if (process.env["AUTOGRAD_LAB_PAGE_LOG"]) tab.on("console", (message) => console.log(message.text()))
  // A listening server's address is of the internet's kind.
  await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  let runs = 0
  return {
    run(source, request = {}, { everything = false, files: given = {}, ...rest } = {}) {
      runs += 1
      const whole: RunRequest = { runId: runs, source, fileName: "/snippet.ts", device: "auto", timeLimit: 30, memoryLimit: 2048, trace: true, ...request }
      return tab.evaluate(([request, options]) => (globalThis as unknown as Page).engine.run(request, options), [whole, { everything, files: given, ...rest }] as const)
    },
    readBack: (sizes, rounds) => tab.evaluate(([sizes, rounds]) => (globalThis as unknown as Page).engine.readBack(sizes, rounds), [sizes, rounds] as const),
    download(source, options) {
      runs += 2
      const request: RunRequest = { runId: runs, source, fileName: "/snippet.ts", device: "cpu", timeLimit: 30, memoryLimit: 2048, trace: true }
      return tab.evaluate(([request, options]) => (globalThis as unknown as Page).engine.download(request, options), [request, options] as const)
    },
    async close() {
      await browser.close()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What enginePage.ts puts onto the page. */
interface Page {
  readonly engine: {
    run(request: RunRequest, options: object): Promise<PageRun>
    readBack(sizes: readonly number[], rounds: number): Promise<{ readonly bytes: number; readonly wrong: number; readonly ms: number }[]>
    download(request: RunRequest, options: PageDownloadOptions): Promise<PageDownload>
  }
}
