// The texts of the comparison with the run before, in English and in Korean.
import type { ChangedPart } from "../../engine/protocol/difference.ts"

const english = {
  compare: "Compare with the last run",
  noneBefore: "There is no run before this one to compare with.",
  same: "Nothing of this graph changed since the last run.",
  heading: "Since the last run",
  counts: (added: number, removed: number, changed: number): string => `${added} added, ${removed} removed, ${changed} changed`,
  added: "added",
  removed: "removed",
  changed: "changed",
  list: "What changed since the last run",
  line: (line: number): string => `line ${line}`,
  wasLine: (line: number): string => `was on line ${line}`,
  parts: { kind: "kind", shape: "shape", dtype: "dtype", value: "value", grad: "grad", inputs: "made of other things" } satisfies Record<ChangedPart, string>,
  inside: (added: number, changed: number): string => [added > 0 ? `${added} added` : "", changed > 0 ? `${changed} changed` : ""].filter((text) => text !== "").join(", "),
}

export type ComparisonWords = typeof english

const korean: ComparisonWords = {
  compare: "직전 실행과 비교",
  noneBefore: "비교할 직전 실행이 없습니다.",
  same: "직전 실행과 비교해 이 그래프에서 바뀐 것이 없습니다.",
  heading: "직전 실행과 비교",
  counts: (added, removed, changed) => `추가 ${added}개, 삭제 ${removed}개, 변경 ${changed}개`,
  added: "추가됨",
  removed: "사라짐",
  changed: "바뀜",
  list: "직전 실행과 비교해 바뀐 것",
  line: (line) => `${line}번째 줄`,
  wasLine: (line) => `${line}번째 줄에 있었음`,
  parts: { kind: "종류", shape: "모양", dtype: "dtype", value: "값", grad: "grad", inputs: "입력이 달라짐" },
  inside: (added, changed) => [added > 0 ? `추가 ${added}개` : "", changed > 0 ? `변경 ${changed}개` : ""].filter((text) => text !== "").join(", "),
}

/** The texts for a BCP 47 language; English where there are none. */
export function comparisonWordsFor(language: string): ComparisonWords {
  return /^ko\b/i.test(language) ? korean : english
}
