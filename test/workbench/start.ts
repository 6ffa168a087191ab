// `npm start`: builds, then opens a VS Code with the extension and the first lesson, for a person;
// with `--check` in headless Chromium instead, where the lesson is run and what it shows is compared.
import { spawn, spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { describe, inlineAt, shownLines } from "./editorView.ts"
import { expectedLesson, lessonCopy } from "./lesson.ts"
import { removeTemporaryFolders, root } from "./places.ts"
import { build } from "./programs.ts"
import { startServer } from "./server.ts"
import { address, openWorkbench } from "./workbench.ts"

await build()
if (process.argv.includes("--check")) process.exit((await check()) ? 0 : 1)
const desktop = desktopCode()
if (desktop !== undefined && !process.argv.includes("--browser")) openDesktop(desktop)
else await openServer()

/** Runs the first lesson as a person would, prints what stands at its lines, and tells whether all of it is right. */
async function check(): Promise<boolean> {
  const { folder, file } = lessonCopy()
  const workbench = await openWorkbench({ folder, file, extension: "development", size: { width: 1440, height: 1300 } })
  try {
    await workbench.clickLens("▷ Run")
    const missing: string[] = []
    for (const { source, inline } of expectedLesson.lines) {
      await inlineAt(workbench, source, inline).catch(() => missing.push(`${source} … must show ${inline}`))
    }
    console.log(describe(await shownLines(workbench)))
    console.log(`\nscreenshot: ${await workbench.screenshot("start-check")}`)
    for (const line of missing) console.log(`WRONG ${line}`)
    if (missing.length === 0) console.log("The lesson shows what PyTorch prints.")
    return missing.length === 0
  } finally {
    await workbench.close()
    removeTemporaryFolders()
  }
}

/** The desktop's `code` command, when it is on the path and there is a screen to open it on. */
function desktopCode(): string | undefined {
  if (process.platform === "linux" && process.env["DISPLAY"] === undefined && process.env["WAYLAND_DISPLAY"] === undefined) return undefined
  const names = process.platform === "win32" ? ["code.cmd"] : ["code"]
  const folders = (process.env["PATH"] ?? "").split(delimiter)
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path))
  if (found === undefined) return undefined
  return spawnSync(found, ["--version"], { shell: process.platform === "win32" }).status === 0 ? found : undefined
}

function openDesktop(code: string): void {
  const { folder, file } = lessonCopy(language())
  spawn(code, ["--new-window", `--extensionDevelopmentPath=${root}`, folder, "--goto", file], { stdio: "inherit", shell: process.platform === "win32" })
  console.log(`VS Code opens with the first lesson, a copy in ${folder}. Click ▷ Run above its first line.`)
}

async function openServer(): Promise<void> {
  const { folder, file } = lessonCopy(language())
  const server = await startServer()
  console.log(`\nOpen this address in a browser:\n\n  ${address(server, { folder, file, extension: "development" })}\n\nThen click ▷ Run above the first line. Ctrl+C ends it.`)
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void server.close().then(() => process.exit(0)))
}

function language(): "en" | "ko" {
  return /^ko/i.test(process.env["LC_ALL"] ?? process.env["LANG"] ?? "") ? "ko" : "en"
}
