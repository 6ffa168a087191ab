// faultWords: the engine's sentences in the user's language. The engine itself speaks English alone, on every road; its
// English sentence, with gaps for names, shapes and numbers, is the key of the translation, as everywhere in VS Code.
// Here the gaps of a sentence that was said are found again. A unit test holds the Korean bundle against the engine's
// sources: every sentence of a fault has its entry.

import type { Words } from "./words.ts"

interface Known {
  readonly sentence: string
  /** What stands before the first gap and behind the last: quick to ask. */
  readonly head: string
  readonly tail: string
  pattern: RegExp | null
}

const byBundle = new WeakMap<object, readonly Known[]>()

/** The sentence in the user's words where the bundle has it, else as it is. */
export function inUsersWords(text: string, l10n: Words): string {
  const { bundle } = l10n
  return bundle === undefined ? text : (said(text, l10n, knownIn(bundle), 0) ?? text)
}

function said(text: string, l10n: Words, known: readonly Known[], depth: number): string | null {
  if (l10n.bundle !== undefined && Object.hasOwn(l10n.bundle, text)) return l10n.t(text)
  for (const one of known) {
    if (!text.startsWith(one.head) || !text.endsWith(one.tail)) continue
    const found = (one.pattern ??= patternOf(one.sentence)).exec(text)
    if (!found) continue
    const gaps: string[] = []
    gapsOf(one.sentence).forEach((gap, i) => (gaps[gap] ??= inGap(found[i + 1] ?? "", l10n, known, depth)))
    return l10n.t(one.sentence, ...gaps)
  }
  // `pow: whole numbers have no …`: the operator's name stands before a sentence.
  const [, name, rest] = /^([\w.]+(?:\("[^"]*"\))?): ([^]+)$/.exec(text) ?? []
  const inner = rest === undefined || depth > 2 ? null : said(rest, l10n, known, depth + 1)
  return inner === null ? null : `${name}: ${inner}`
}

/** Words of the engine inside a sentence; a single word is the learner's own and stays. */
function inGap(text: string, l10n: Words, known: readonly Known[], depth: number): string {
  if (!text.includes(" ") || depth > 2) return text
  return text.split("\n\t").map((line) => said(line, l10n, known, depth + 1) ?? line).join("\n\t")
}

/** The sentences with gaps, those that say most first. */
function knownIn(bundle: Readonly<Record<string, string>>): readonly Known[] {
  let known = byBundle.get(bundle)
  if (!known) {
    const size = (sentence: string): number => sentence.replace(/\{\d+\}/g, "").length
    known = Object.keys(bundle)
      .filter((sentence) => /\{\d+\}/.test(sentence) && /[A-Za-z]{2}/.test(sentence))
      .sort((a, b) => size(b) - size(a))
      .map((sentence) => ({ sentence, head: sentence.slice(0, sentence.search(/\{\d+\}/)), tail: /[^}]*$/.exec(sentence)?.[0] ?? "", pattern: null }))
    byBundle.set(bundle, known)
  }
  return known
}

function gapsOf(sentence: string): readonly number[] {
  return [...sentence.matchAll(/\{(\d+)\}/g)].map(([, gap]) => Number(gap))
}

function patternOf(sentence: string): RegExp {
  const parts = sentence.split(/\{\d+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
  return new RegExp(`^${parts.join("([^]*?)")}$`)
}
