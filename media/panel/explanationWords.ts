// The texts of the explanation, in English and in Korean.
import type { FactorNote } from "../../engine/protocol/api.ts"

/** What is read aloud behind the name of a factor. */
export interface FactorSaid {
  readonly from: string
  readonly slope: string
  readonly note: string
  readonly place: string
}

const english = {
  title: "Explanation",
  none: "Choose a gradient to explain: press Explain on a node here, in a hover, or with “Autograd: Explain Gradient” at the cursor.",
  asking: "The snippet runs again, unseen, to follow this gradient…",
  cancel: "Cancel",
  again: "Explain again",
  ended: "The explanation was ended before it was complete.",
  refused: "This gradient could not be explained",
  of: "Result",
  at: "Element",
  atHint: "A name and the element's place, such as x[0][1]",
  choose: "Elements",
  chooseHint: (name: string): string => `Elements of ${name}; choose one to explain`,
  headline: (of: string, at: string, value: string): string => `The derivative of ${of} with respect to ${at} is ${value}`,
  same: (at: string): string => `This is ${at}`,
  noGrad: (name: string): string => `${name}.grad is empty: no backward pass left anything there.`,
  addsUp: (at: string, grad: string, passes: number, sum: string, lines: string): string => `${at} is ${grad}: ${passes} backward passes added up, ${sum} (${lines}).`,
  differs: (at: string, grad: string): string => `${at} is ${grad}: it came from another result, or was changed after the pass.`,
  weighed: (of: string): string => `${of} has several elements: each is weighed by v, the gradient that backward was given.`,
  paths: "Paths",
  onePath: "One path leads from the result to this element.",
  sum: (count: number): string => `${count} paths add up`,
  path: (at: number, of: number): string => `Path ${at} of ${of}`,
  group: (count: string, through: string): string => `${count} more paths through ${through}, together`,
  noPath: (of: string, at: string): string => `No path leads from ${of} to ${at}: its derivative is 0.`,
  itself: "The result is this very element.",
  factors: "From the result down to the element",
  parts: "here the paths part",
  line: (line: number): string => `line ${line}`,
  factor: ({ from, slope, note, place }: FactorSaid): string => `changes with ${from}: slope ${[slope, note, place].filter((part) => part !== "").join(", ")}`,
  noteMean: (count: string): string => `one of ${count} that are averaged`,
  noteSum: (count: string): string => `one of ${count} that are summed`,
  noteProduct: (row: string, column: string, meeting: string): string =>
    [row !== "" && column !== "" ? `row ${row} meets column ${column}` : row !== "" ? `row ${row} meets the vector` : "the two vectors meet", `this is place ${meeting}`].join("; "),
  noteCopies: (count: string): string => `one of ${count} copies (broadcasting)`,
  noteMoved: "only moved: the number is the same",
  noteChosen: "this element was the one chosen",
  noteWindow: "the element lies in this output's window",
  noteWeight: "the weight that backward was given",
  folded: (count: number, name: string): string => `${count} steps through ${name}`,
  foldedPlain: (count: number): string => `${count} steps`,
  unfold: "Show them",
  fold: "Fold",
  product: "product",
  check: "Check by nudging",
  agrees: (at: string, of: string, slope: string): string => `Nudging ${at} a little and running again in float64, ${of} moves by ${slope} per unit: the same.`,
  disagrees: (at: string, of: string, slope: string): string => `Nudging ${at} a little and running again in float64, ${of} moves by ${slope} per unit: not the same.`,
  gap: (gap: string): string => `relative gap ${gap}`,
  unmeasured: "The slope could not be measured: the snippet does not get that far when the element is nudged, or it was changed on the way.",
  kink: (before: string, after: string, value: string): string => `This is a kink: the slope is ${before} just below and ${after} just above. There is no one derivative; PyTorch's convention gives ${value} here.`,
  kinkBare: (value: string): string => `This is a kink: the slopes just below and just above differ. PyTorch's convention gives ${value} here.`,
  vjp: "v, J and vᵀJ",
  vjpHint: "Each row of J is one element of the result; backward weighs the rows by v and adds them up.",
  vjpTable: (of: string, name: string): string => `The Jacobian of ${of} by ${name}, weighed by v`,
  leftOut: (rows: number, columns: number): string => `Left out here, though counted in vᵀJ: ${rows} rows, ${columns} columns.`,
  copy: "Copy as",
  text: "text",
  markdown: "Markdown",
  latex: "LaTeX",
  copied: "Copied",
  told: (value: string, count: number): string => `Explained: ${value}, ${count === 1 ? "one path" : `${count} paths`}`,
  stale: "From the last run.",
  explain: "Explain",
  cell: (name: string): string => `Explain ${name}`,
}

export type ExplanationWords = typeof english

const korean: ExplanationWords = {
  title: "설명",
  none: "설명할 기울기(gradient)를 고르세요. 여기 노드의 ‘설명’, 호버의 링크, 또는 커서 위치에서 “Autograd: 기울기 설명”을 선택하면 됩니다.",
  asking: "이 기울기를 따라가려고 코드를 보이지 않게 다시 실행합니다…",
  cancel: "취소",
  again: "다시 설명",
  ended: "설명이 끝나기 전에 중단되었습니다.",
  refused: "이 기울기를 설명할 수 없습니다",
  of: "결과",
  at: "원소",
  atHint: "이름과 원소의 자리. 예: x[0][1]",
  choose: "원소",
  chooseHint: (name) => `${name}의 원소. 고르면 설명합니다`,
  headline: (of, at, value) => `${at}에 대한 ${of}의 미분은 ${value}입니다`,
  same: (at) => `곧 ${at}입니다`,
  noGrad: (name) => `${name}.grad는 비어 있습니다. 역전파(backward)가 이곳에 아무것도 남기지 않았습니다.`,
  addsUp: (at, grad, passes, sum, lines) => `${at}는 ${grad}입니다. 역전파 ${passes}번이 더해졌습니다: ${sum} (${lines}).`,
  differs: (at, grad) => `${at}는 ${grad}입니다. 다른 결과에서 왔거나, 역전파 뒤에 바뀌었습니다.`,
  weighed: (of) => `${of}에는 원소가 여러 개 있습니다. 각 원소에 backward가 받은 gradient인 v를 곱합니다.`,
  paths: "경로",
  onePath: "결과에서 이 원소까지 가는 경로는 하나입니다.",
  sum: (count) => `경로 ${count}개를 더합니다`,
  path: (at, of) => `경로 ${at}/${of}`,
  group: (count, through) => `${through}를 지나는 나머지 경로 ${count}개의 합`,
  noPath: (of, at) => `${of}에서 ${at}까지 가는 경로가 없으므로 미분은 0입니다.`,
  itself: "결과가 바로 이 원소입니다.",
  factors: "결과에서 원소까지",
  parts: "여기서 경로가 갈립니다",
  line: (line) => `${line}번째 줄`,
  factor: ({ from, slope, note, place }) => `${from}에 따라 변함: 기울기 ${[slope, note, place].filter((part) => part !== "").join(", ")}`,
  noteMean: (count) => `${count}개의 평균 중 하나`,
  noteSum: (count) => `${count}개의 합 중 하나`,
  noteProduct: (row, column, meeting) =>
    [row !== "" && column !== "" ? `${row}번 행과 ${column}번 열이 만남` : row !== "" ? `${row}번 행과 벡터가 만남` : "두 벡터가 만남", `그중 ${meeting}번 자리`].join("; "),
  noteCopies: (count) => `복사본 ${count}개 중 하나 (브로드캐스팅)`,
  noteMoved: "자리만 옮김: 값은 그대로",
  noteChosen: "이 원소가 뽑힘",
  noteWindow: "이 출력의 창 안에 있는 원소",
  noteWeight: "backward가 받은 가중치",
  folded: (count, name) => `${name}을(를) 지나는 ${count}단계`,
  foldedPlain: (count) => `${count}단계`,
  unfold: "펼치기",
  fold: "접기",
  product: "곱",
  check: "조금 움직여 확인",
  agrees: (at, of, slope) => `${at}를 조금 움직여 float64로 다시 실행하면 ${of}가 1당 ${slope}만큼 움직입니다. 같은 값입니다.`,
  disagrees: (at, of, slope) => `${at}를 조금 움직여 float64로 다시 실행하면 ${of}가 1당 ${slope}만큼 움직입니다. 같은 값이 아닙니다.`,
  gap: (gap) => `상대 차이 ${gap}`,
  unmeasured: "기울기를 잴 수 없습니다. 원소를 움직이면 코드가 거기까지 가지 못하거나, 도중에 값이 바뀌었습니다.",
  kink: (before, after, value) => `꺾이는 점입니다. 바로 아래의 기울기는 ${before}, 바로 위는 ${after}입니다. 하나로 정해지는 미분이 없고, PyTorch의 약속으로는 ${value}입니다.`,
  kinkBare: (value) => `꺾이는 점입니다. 바로 아래와 바로 위의 기울기가 다릅니다. PyTorch의 약속으로는 ${value}입니다.`,
  vjp: "v, J, vᵀJ",
  vjpHint: "J의 한 행은 결과의 원소 하나입니다. backward는 각 행에 v를 곱해 더합니다.",
  vjpTable: (of, name) => `v를 곱한, ${name}에 대한 ${of}의 야코비안(Jacobian)`,
  leftOut: (rows, columns) => `여기서 줄인 것: 행 ${rows}개, 열 ${columns}개. vᵀJ에는 들어 있습니다.`,
  copy: "복사",
  text: "텍스트",
  markdown: "Markdown",
  latex: "LaTeX",
  copied: "복사했습니다",
  told: (value, count) => `설명: ${value}, 경로 ${count}개`,
  stale: "지난 실행의 설명입니다.",
  explain: "설명",
  cell: (name) => `${name} 설명`,
}

/** The words for a BCP 47 language; English where there are none. */
export function explanationWords(language: string): ExplanationWords {
  return /^ko\b/i.test(language) ? korean : english
}

/** What is said beside a factor; empty where there is nothing. */
export function noteText(note: FactorNote | undefined, words: ExplanationWords): string {
  const counted = (count: number): string => count.toLocaleString("en")
  switch (note?.kind) {
    case undefined: return ""
    case "mean": return words.noteMean(counted(note.count))
    case "sum": return words.noteSum(counted(note.count))
    case "product": return words.noteProduct(note.row, note.column, note.meeting)
    case "copies": return words.noteCopies(counted(note.count))
    case "moved": return words.noteMoved
    case "chosen": return words.noteChosen
    case "window": return words.noteWindow
    case "weight": return words.noteWeight
  }
}
