// What the command line may say, and what it says back when it is misused. Apart from cli.ts, so that a test can ask
// for a hundred lines without starting a process.

import { parseArgs } from "node:util"
import type { DeviceChoice, ExplainQuestion } from "../protocol/api.ts"

export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "run"; readonly file: string; readonly json: boolean; readonly limits: Limits }
  | { readonly kind: "jsonLines"; readonly limits: Limits }
  | { readonly kind: "explain"; readonly file: string; readonly question: ExplainQuestion; readonly form: ExplainForm; readonly limits: Limits }
  | { readonly kind: "explainLines"; readonly limits: Limits }

/** How an explanation is written. */
export type ExplainForm = "text" | "json" | "latex" | "markdown"

export interface Limits {
  readonly device: DeviceChoice
  /** Seconds a snippet; 0 is none. */
  readonly timeLimit: number
  /** Megabytes. */
  readonly memoryLimit: number
}

/** The command line could not be understood; the message says what was expected. */
export class UsageError extends Error {}

const devices: readonly DeviceChoice[] = ["auto", "cpu", "webgpu"]
const defaultMemoryLimit = 2048
/** Seconds: one snippet that hangs must not hold up thousands. */
const defaultJsonLinesLimit = 30

/** Reads the arguments after the program's name. Throws a UsageError. */
export function commandOf(args: readonly string[]): Command {
  const { values, positionals } = parsed(args)
  if (values.help) return { kind: "help" }
  if (values.version) return { kind: "version" }
  const [verb, ...files] = positionals
  if (verb === undefined) throw new UsageError("A command was expected: run or explain.")
  if (verb !== "run" && verb !== "explain") throw new UsageError(`“${verb}” is no command. The commands are: run, explain.`)
  const jsonLines = values.jsonl === true
  const limits: Limits = {
    device: deviceOf(values.device ?? process.env.AUTOGRAD_DEVICE ?? "auto"),
    timeLimit: values.timeout === undefined ? (jsonLines ? defaultJsonLinesLimit : 0) : numberOf("--timeout", values.timeout),
    memoryLimit: values.memory === undefined ? defaultMemoryLimit : numberOf("--memory", values.memory),
  }
  if (jsonLines) {
    if (files.length > 0) throw new UsageError(`--jsonl reads snippets from standard input; no file was expected, and “${files[0]}” was given.`)
    if (values.json) throw new UsageError("--json belongs to a file; --jsonl always answers in JSON.")
    return { kind: verb === "run" ? "jsonLines" : "explainLines", limits }
  }
  const [file, extra] = files
  if (file === undefined) throw new UsageError(`A file was expected: autograd-lab ${verb} FILE.ts`)
  if (extra !== undefined) throw new UsageError(`One file was expected, and also “${extra}” was given.`)
  if (verb === "explain") {
    const { of, at } = values
    if (of === undefined || at === undefined) throw new UsageError('A result and an element were expected: autograd-lab explain FILE.ts --of out --at "x[0][0]"')
    const forms = (["json", "latex", "markdown"] as const).filter((form) => values[form])
    if (forms.length > 1) throw new UsageError(`One form was expected, and --${forms.join(" and --")} were given.`)
    return { kind: "explain", file, question: { of, at }, form: forms[0] ?? "text", limits }
  }
  for (const option of ["of", "at", "latex", "markdown"] as const) if (values[option] !== undefined) throw new UsageError(`--${option} belongs to explain.`)
  return { kind: "run", file, json: values.json === true, limits }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      strict: true,
      options: {
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "v" },
        json: { type: "boolean" },
        jsonl: { type: "boolean" },
        device: { type: "string" },
        timeout: { type: "string" },
        memory: { type: "string" },
        of: { type: "string" },
        at: { type: "string" },
        latex: { type: "boolean" },
        markdown: { type: "boolean" },
      },
    })
  } catch (error) {
    // Node's own message names the option; its advice about `--` only confuses here.
    throw new UsageError(error instanceof Error ? (error.message.split(". ")[0] ?? error.message) : String(error))
  }
}

function deviceOf(text: string): DeviceChoice {
  const device = devices.find((name) => name === text)
  if (device === undefined) throw new UsageError(`--device was expected to be one of ${devices.join(", ")}, and is “${text}”.`)
  return device
}

function numberOf(option: string, text: string): number {
  const value = Number(text)
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) throw new UsageError(`${option} was expected to be a number of 0 or more, and is “${text}”.`)
  return value
}

/** The help text in the language of the terminal. */
export function helpText(locale: string): string {
  return locale.toLowerCase().startsWith("ko") ? korean : english
}

const english = `Runs snippets of PyTorch written in TypeScript.

  autograd-lab run FILE          runs FILE.ts, the ts blocks of FILE.md, or the cells of FILE.ipynb
  autograd-lab run --jsonl       reads {"id","source"} a line from standard input,
                                 writes {"id","stdout","error","verdicts"} a line
  autograd-lab explain FILE.ts --of out --at "x[0][0]"
                                 tells how the gradient of out at x[0][0] came about, as text,
                                 or with --json, --markdown or --latex
  autograd-lab explain --jsonl   reads {"id","source","of","at"} a line, writes {"id","value","paths","check","error"}

  --device auto|cpu|webgpu       where tensors live (auto)
  --timeout SECONDS              time limit of each snippet (none; with --jsonl 30)
  --memory MB                    memory limit of each snippet (2048)
  --json                         with FILE: writes the whole result as JSON, the trace included
  -h, --help                     shows this
  -v, --version                  shows the version

What a snippet prints goes to standard output. A mistake goes to standard error with its place, and the exit code is 1;
it is 2 when the command line is wrong, and 130 after Ctrl+C.
`

const korean = `TypeScript로 쓴 PyTorch 스니펫을 실행합니다.

  autograd-lab run FILE          FILE.ts, FILE.md의 ts 블록, 또는 FILE.ipynb의 셀을 실행합니다
  autograd-lab run --jsonl       표준 입력에서 한 줄에 {"id","source"} 하나씩 읽고
                                 한 줄에 {"id","stdout","error","verdicts"} 하나씩 씁니다
  autograd-lab explain FILE.ts --of out --at "x[0][0]"
                                 x[0][0]에 대한 out의 기울기가 어떻게 나왔는지 글로 설명합니다.
                                 --json, --markdown, --latex로도 쓸 수 있습니다
  autograd-lab explain --jsonl   한 줄에 {"id","source","of","at"} 하나씩 읽고 {"id","value","paths","check","error"}를 씁니다

  --device auto|cpu|webgpu       텐서를 둘 장치 (auto)
  --timeout 초                   스니펫 하나의 시간 제한 (없음, --jsonl이면 30)
  --memory MB                    스니펫 하나의 메모리 제한 (2048)
  --json                         FILE과 함께: trace까지 포함한 전체 결과를 JSON으로 씁니다
  -h, --help                     이 도움말을 보여 줍니다
  -v, --version                  버전을 보여 줍니다

스니펫이 출력한 글은 표준 출력으로 갑니다. 오류는 위치와 함께 표준 오류로 가고 종료 코드는 1입니다.
명령줄이 잘못되면 2, Ctrl+C로 멈추면 130입니다.
`
