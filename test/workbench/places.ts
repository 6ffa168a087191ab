// Where things lie: the repository, what is downloaded once, what a test leaves behind.
import { mkdirSync, mkdtempSync } from "node:fs"
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

/** A new empty folder outside the repository. */
export function temporaryFolder(purpose: string): string {
  return mkdtempSync(join(tmpdir(), `autograd-lab-${purpose}-`))
}

/** The path of an artifact, its folder made. */
export function artifact(name: string): string {
  mkdirSync(artifacts, { recursive: true })
  return join(artifacts, name)
}
