// The lesson that `npm start` opens and that the journeys run, with what it must show.
import { cpSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { lessonFolder, root, temporaryFolder } from "./places.ts"

export interface ExpectedLesson {
  readonly lesson: string
  readonly lines: readonly { readonly source: string; readonly inline: string }[]
  /** The grad_fn chain of `z`, result first. */
  readonly chain: readonly string[]
}

export const expectedLesson = JSON.parse(readFileSync(join(root, "test", "workbench", "lesson001.json"), "utf8")) as ExpectedLesson

/** Copies the lessons of a language out of the repository, so that nobody edits them there; gives folder and first file. */
export function lessonCopy(language: "en" | "ko" = "en"): { folder: string; file: string } {
  const folder = join(temporaryFolder("start"), "lessons")
  cpSync(join(lessonFolder, language), folder, { recursive: true })
  return { folder, file: join(folder, expectedLesson.lesson) }
}
