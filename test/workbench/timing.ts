// How long a learner waits, measured in the page itself. The figures are printed by a journey and never asserted:
// they depend on the machine.
import type { Workbench } from "./workbench.ts"

/** Milliseconds from the next press of a mouse button or key until an inline value contains `text`; call `shown` after acting. */
export async function watchForInline({ page }: Workbench, text: string): Promise<{ shown(): Promise<number> }> {
  await page.evaluate(([text, limit]) => {
    const shows = () =>
      [...document.querySelectorAll(".part.editor .view-line span")].some((span) => getComputedStyle(span, "::after").content.includes(text))
    const seen = new Promise<number>((resolve, reject) => {
      const start = () => {
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

/** Milliseconds that VS Code says our extension took to activate, from its list of running extensions. */
export async function activationTime(workbench: Workbench): Promise<number> {
  await workbench.command("Developer: Show Running Extensions")
  // Under development VS Code lists it by its id, installed by its name.
  const row = workbench.page.locator(".runtime-extensions-editor .monaco-list-row", { hasText: /autograd[ -]lab/i })
  const text = await row.locator(".activation-time").innerText()
  await workbench.command("View: Close Editor")
  return Number(/(\d+)\s*ms/.exec(text)?.[1] ?? Number.NaN)
}
