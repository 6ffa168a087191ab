// Where things lie: the repository, what is downloaded once, what a test leaves behind.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** The repository, which is also the extension's folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Downloads that survive from run to run; git and VSIX ignore it. */
export const downloads = join(root, ".vscode-test")

/** Screenshots and logs of the last run. */
export const artifacts = join(root, "test", "artifacts")

/** The lesson that `npm start` opens and most journeys run. */
export const lessonFolder = join(root, "media", "lessons")

const temporary: string[] = []

/** A new empty folder outside the repository. */
export function temporaryFolder(purpose: string): string {
  const folder = mkdtempSync(join(tmpdir(), `autograd-lab-${purpose}-`))
  temporary.push(folder)
  return folder
}

/** Takes away what `temporaryFolder` made, for runs that nobody looks at afterwards. */
export function removeTemporaryFolders(): void {
  for (const folder of temporary.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** The path of an artifact, its folder made. */
export function artifact(name: string): string {
  mkdirSync(artifacts, { recursive: true })
  return join(artifacts, name)
}
