// Lessons: the built-in snippets, opened as documents of the user's own so that nothing of the installation is edited;
// and New Snippet, which opens an empty one in the same way.

import { env, l10n, Uri, window, workspace, type QuickPickItem, type TextDocument } from "vscode"
import type { Documents } from "./documents.ts"

type Language = "en" | "ko"

/** One entry of media/lessons/lessons.json. */
interface Lesson {
  readonly id: string
  readonly order: number
  readonly title: Readonly<Record<Language, string>>
  readonly summary: Readonly<Record<Language, string>>
  readonly files: Readonly<Record<Language, string>>
}

/** Opens a lesson: the one named, else the one chosen from a list. */
export async function openLesson(extensionUri: Uri, documents: Documents, id?: string): Promise<TextDocument | undefined> {
  const folder = Uri.joinPath(extensionUri, "media", "lessons")
  const language: Language = /^ko\b/i.test(env.language) ? "ko" : "en"
  const lessons = lessonsOf(await readText(Uri.joinPath(folder, "lessons.json")))
  const lesson = lessons.find((each) => each.id === id) ?? (await chooseLesson(lessons, language))
  if (!lesson) return undefined
  return await openText(documents, await readText(Uri.joinPath(folder, lesson.files[language])))
}

/** Opens a new snippet that runs as it stands. */
export async function newSnippet(documents: Documents): Promise<TextDocument> {
  const lines = [
    `import torch from "torch"`,
    "",
    `// ${l10n.t("Run with ▷ above or Ctrl+Alt+Enter, then change a number and run again.")}`,
    "const x = torch.tensor([1, 2, 3], { requires_grad: true })",
    "const y = (x * x).sum()",
    "y.backward()",
    "print(x.grad)",
    "",
  ]
  return await openText(documents, lines.join("\n"))
}

async function chooseLesson(lessons: readonly Lesson[], language: Language): Promise<Lesson | undefined> {
  const items = [...lessons]
    .sort((a, b) => a.order - b.order)
    .map((lesson): QuickPickItem & { readonly lesson: Lesson } => ({
      label: `${lesson.order}. ${lesson.title[language]}`,
      detail: lesson.summary[language],
      lesson,
    }))
  const chosen = await window.showQuickPick(items, { title: l10n.t("Open Lesson"), placeHolder: l10n.t("Each lesson is one snippet to run and change"), matchOnDetail: true })
  return chosen?.lesson
}

async function openText(documents: Documents, content: string): Promise<TextDocument> {
  const document = await workspace.openTextDocument({ language: "typescript", content })
  documents.adopt(document.uri)
  await window.showTextDocument(document, { preview: false })
  return document
}

async function readText(uri: Uri): Promise<string> {
  return new TextDecoder().decode(await workspace.fs.readFile(uri))
}

/** The manifest; what is no lesson in it is a mistake of ours and said so. */
function lessonsOf(text: string): readonly Lesson[] {
  const all: unknown = JSON.parse(text)
  if (!Array.isArray(all) || !all.every(isLesson)) throw new Error("media/lessons/lessons.json is not a list of lessons")
  return all
}

function isLesson(value: unknown): value is Lesson {
  if (typeof value !== "object" || value === null) return false
  const { id, order, title, summary, files } = value as Partial<Record<keyof Lesson, unknown>>
  const isBoth = (text: unknown): boolean => typeof text === "object" && text !== null && "en" in text && "ko" in text
  return typeof id === "string" && typeof order === "number" && isBoth(title) && isBoth(summary) && isBoth(files)
}
