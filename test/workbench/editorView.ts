// What stands in the text editor on the screen: inline values, squiggles, hovers, the cursor's line.
// Read from the page itself, because that is what a learner sees, whatever the extension believes.
import type { Workbench } from "./workbench.ts"

/** One line of the editor with what decorations write at its end. */
export interface ShownLine {
  readonly line: number
  readonly source: string
  /** Text that decorations put after the source; empty where there is none. */
  readonly inline: string
  /** The least opacity among those texts: stale values are dimmed. */
  readonly opacity: number
}

/** The visible lines of the active editor, top to bottom. */
export async function shownLines({ page }: Workbench): Promise<ShownLine[]> {
  return page.evaluate(() => {
    const editor = document.querySelector(".editor-group-container.active .monaco-editor") ?? document.querySelector(".part.editor .monaco-editor")
    if (editor === null) return []
    const topOf = (element: Element) => Math.round(element.getBoundingClientRect().top)
    const numbers = new Map<number, number>()
    for (const element of editor.querySelectorAll(".margin-view-overlays .line-numbers")) numbers.set(topOf(element), Number(element.textContent))
    const lines = [...editor.querySelectorAll(".view-lines .view-line")].map((element) => {
      let inline = ""
      let opacity = 1
      for (const span of element.querySelectorAll("span")) {
        const after = getComputedStyle(span, "::after")
        if (after.content === "none" || after.content === "normal" || after.content === "") continue
        // The computed content is a CSS string: unescape its quotes and backslashes.
        inline += after.content.replace(/^"|"$/g, "").replace(/\\(.)/g, "$1")
        opacity = Math.min(opacity, Number(after.opacity) * Number(getComputedStyle(span).opacity))
      }
      return { line: numbers.get(topOf(element)) ?? 0, source: (element.textContent ?? "").replace(/\u00a0/g, " "), inline: inline.replace(/\u00a0/g, " ").trim(), opacity }
    })
    return lines.filter(({ line }) => line > 0).sort((a, b) => a.line - b.line)
  })
}

/** The least contrast between the inline texts on the screen and the editor behind them, as WCAG counts it; opacity and what lies between are not counted. */
export async function inlineContrast({ page }: Workbench): Promise<number> {
  return page.evaluate(() => {
    const numbers = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number)
    const luminance = ([red = 0, green = 0, blue = 0]: number[]): number => {
      const [r = 0, g = 0, b = 0] = [red, green, blue].map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4))
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const editor = document.querySelector(".part.editor .monaco-editor-background")
    const behind = numbers(editor === null ? "" : getComputedStyle(editor).backgroundColor)
    const contrasts = [...document.querySelectorAll(".part.editor .view-line span")].flatMap((span) => {
      const after = getComputedStyle(span, "::after")
      if (after.content === "none" || after.content === "normal" || after.content === "") return []
      const [red = 0, green = 0, blue = 0, alpha = 1] = numbers(after.color)
      const seen = [red, green, blue].map((part, at) => part * alpha + (behind[at] ?? 0) * (1 - alpha))
      const [more = 0, less = 0] = [luminance(seen), luminance(behind)].sort((a, b) => b - a)
      return [(more + 0.05) / (less + 0.05)]
    })
    return Math.min(...contrasts)
  })
}

/** Waits until the line whose source contains `source` shows an inline text that contains `expected`; returns that text. */
export async function inlineAt(workbench: Workbench, source: string, expected: string, timeout = 40_000): Promise<string> {
  let seen: ShownLine[] = []
  return workbench
    .eventually(`at "${source}" the editor shows ${expected}`, async () => {
      seen = await shownLines(workbench)
      return seen.find((line) => line.source.includes(source) && line.inline.includes(expected))?.inline
    }, timeout)
    .catch((reason: unknown) => {
      throw new Error(`${reason instanceof Error ? reason.message : String(reason)}; the lines are:\n${describe(seen)}`)
    })
}

/** The lines as text, values to the right: for a person and for failure messages. */
export function describe(lines: readonly ShownLine[]): string {
  const width = Math.min(60, Math.max(0, ...lines.map(({ source }) => source.length)))
  return lines.map(({ line, source, inline }) => `${String(line).padStart(4)}  ${inline === "" ? source : `${source.padEnd(width)}  ${inline}`}`.trimEnd()).join("\n")
}

/** Where on the screen a piece of source stands, its `offset`-th character: for the mouse. */
export async function placeOf({ page }: Workbench, source: string, token: string): Promise<{ x: number; y: number }> {
  const place = await page.evaluate(([source, token]) => {
    for (const line of document.querySelectorAll(".part.editor .view-lines .view-line")) {
      const text = (line.textContent ?? "").replace(/\u00a0/g, " ")
      const start = text.includes(source ?? "") ? text.indexOf(token ?? "", text.indexOf(source ?? "")) : -1
      if (start < 0) continue
      const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT)
      let passed = 0
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const length = node.textContent?.length ?? 0
        if (start < passed + length) {
          const range = document.createRange()
          range.setStart(node, start - passed)
          range.setEnd(node, start - passed + 1)
          const box = range.getBoundingClientRect()
          return { x: box.left + box.width / 2, y: box.top + box.height / 2 }
        }
        passed += length
      }
    }
    return null
  }, [source, token])
  if (place === null) throw new Error(`"${token}" of the line with "${source}" is not on the screen`)
  return place
}

/** Rests the mouse on a token until a hover that contains `expected` is there; returns the hover's whole text. */
export async function hoverAt(workbench: Workbench, source: string, token: string, expected: string): Promise<string> {
  const { page } = workbench
  const { x, y } = await placeOf(workbench, source, token)
  await page.mouse.move(x + 40, y + 60)
  await page.mouse.move(x, y, { steps: 3 })
  return workbench.eventually(`the hover of "${token}" contains ${expected}`, async () => {
    const texts = await page.locator(".monaco-hover:not(.hidden) .hover-contents").allInnerTexts()
    const text = texts.join("\n").replace(/\u00a0/g, " ")
    return text.includes(expected) ? text : undefined
  })
}

/** The line that the cursor is on, read from the status bar's "Ln 5, Col 1". */
export async function cursorLine(workbench: Workbench): Promise<number> {
  const text = await workbench.page.locator("#status\\.editor\\.selection").innerText()
  return Number(/\d+/.exec(text)?.[0] ?? 0)
}

/** Puts the cursor at a token by clicking it. */
export async function clickAt(workbench: Workbench, source: string, token: string): Promise<void> {
  const { x, y } = await placeOf(workbench, source, token)
  await workbench.page.mouse.click(x, y)
}

/** Whether an error squiggle is on the screen, as many as there are. */
export async function errorSquiggles({ page }: Workbench): Promise<number> {
  return page.locator(".part.editor .squiggly-error").count()
}
