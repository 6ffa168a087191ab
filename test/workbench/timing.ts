// How long a learner waits, measured in the page itself. The figures are printed by a journey and never asserted:
// they depend on the machine.
import type { Workbench } from "./workbench.ts"

/** Milliseconds from the next press of a mouse button or key until an inline value contains `text`; call `shown` after acting. */
export async function watchForInline({ page }: Workbench, text: string): Promise<{ shown(): Promise<number> }> {
  await page.evaluate(([text, limit]) => {
    const shows = () =>
      [...document.querySelectorAll(".part.editor .view-line span[class*='ced-']")].some((span) => getComputedStyle(span, "::after").content.includes(text))
    const seen = new Promise<number>((resolve, reject) => {
      const start = (event: Event) => {
        // The keys that are held while another is pressed do not run anything yet.
        if (event instanceof KeyboardEvent && ["Control", "Alt", "Shift", "Meta"].includes(event.key)) return
        removeEventListener("mousedown", start, true)
        removeEventListener("keydown", start, true)
        const started = performance.now()
        const look = () => {
          if (shows()) resolve(performance.now() - started)
          else if (performance.now() - started > limit) reject(new Error(`no value with ${text} after ${limit} ms`))
          else requestAnimationFrame(look)
        }
        look()
      }
      addEventListener("mousedown", start, true)
      addEventListener("keydown", start, true)
    })
    Object.assign(globalThis, { autogradSeen: seen })
    // Whoever never asks must not make the page report an unhandled rejection.
    seen.catch(() => {})
  }, [text, 30_000] as const)
  return { shown: () => page.evaluate(() => (globalThis as unknown as { autogradSeen: Promise<number> }).autogradSeen) }
}

/** What VS Code says of our extension's start, in milliseconds: its own report, read from the editor in which it opens. */
export async function activationTime(workbench: Workbench): Promise<{ load: number; call: number; finish: number }> {
  const { page } = workbench
  const size = page.viewportSize()
  // Only lines on the screen are in the page, and the report is long.
  await page.setViewportSize({ width: 1600, height: 4000 })
  await workbench.command("Developer: Startup Performance")
  const row = await workbench.eventually("the report names this extension", async () => {
    const text = (await page.locator(".part.editor .view-lines").allInnerTexts()).join("\n").replaceAll("\u00a0", " ")
    return /\| autograd-lab\.autograd-lab +\|[^|]*\| *(\d+) *\| *(\d+) *\| *(\d+) *\|/.exec(text) ?? undefined
  }, 30_000)
  await workbench.command("View: Close Editor")
  if (size !== null) await page.setViewportSize(size)
  return { load: Number(row[1]), call: Number(row[2]), finish: Number(row[3]) }
}

/** Milliseconds from the next press of the mouse until an element that matches the selector is there; call `shown` after acting. */
export async function watchForElement({ page }: Workbench, selector: string): Promise<{ shown(): Promise<number> }> {
  await page.evaluate(([selector, limit]) => {
    const seen = new Promise<number>((resolve, reject) => {
      addEventListener("mousedown", () => {
        const started = performance.now()
        const look = () => {
          if (document.querySelector(selector) !== null) resolve(performance.now() - started)
          else if (performance.now() - started > limit) reject(new Error(`no ${selector} after ${limit} ms`))
          else requestAnimationFrame(look)
        }
        look()
      }, { capture: true, once: true })
    })
    seen.catch(() => {})
    Object.assign(globalThis, { autogradSeen: seen })
  }, [selector, 30_000] as const)
  return { shown: () => page.evaluate(() => (globalThis as unknown as { autogradSeen: Promise<number> }).autogradSeen) }
}
