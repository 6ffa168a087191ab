// Feedback text: what a wrong answer to a question is told, down to the rule of the operation that it went wrong at, in
// words and letters. Apart from predict.ts, which asks; pure.

import { shortNumber } from "../engine/protocol/explanation.ts"
import type { Feedback, LinkRule } from "../engine/protocol/prediction.ts"
import { named } from "./questions.ts"
import type { Words } from "./words.ts"

/** Rules that one hint reminds of. */
const mostRules = 2

/** What an answer that is not right is told. It names a place to look at before it names a number. `lineNow` gives where a line of the run stands now. */
export function feedbackText(feedback: Feedback, l10n: Words, lineNow: (line: number) => number = (line) => line): string {
  if (!("link" in feedback)) return feedback.kind === "sign" ? l10n.t("The size is right, the sign is not.") : l10n.t("Not that. Follow the values from the result back, line by line: what does each line pass on?")
  const { link } = feedback
  const line = lineNow(link.line)
  switch (feedback.kind) {
    case "left-out":
      return l10n.t("A factor is missing: {0}, made on line {1}.", named(link), line)
    case "one-way":
      return l10n.t("That is one way alone. {0} enters line {1} in {2} ways, and their slopes add up.", link.at, line, link.parts.length)
    case "upside-down":
      return l10n.t("One factor is upside down: {0}, made on line {1}.", named(link), line)
    case "factor":
      return l10n.t("If all else is right, you have {0} for {1} (line {2}), and it is {3}.", shortNumber(feedback.given), named(link), line, shortNumber(link.value))
    case "rule":
      return [
        l10n.t("Not that. Look at {0}, made on line {1}.", named(link), line),
        ...(link.parts.length > 1 ? [l10n.t("{0} gets there in {1} ways, and their slopes add up.", link.at, link.parts.length)] : []),
        ...link.rules.slice(0, mostRules).map((rule) => ruleText(rule, l10n)),
      ].join(" ")
  }
}

/** An operation's slope in words and letters; by its name where it is none of a first year's course. */
function ruleText({ node, rule }: LinkRule, l10n: Words): string {
  switch (node.replace(/Backward\d*$/, "")) {
    case "Add": return l10n.t("A sum moves as much as each of its parts: ∂(a + b)/∂a = 1.")
    case "Sub": return l10n.t("A difference moves with its first part and against its second: ∂(a − b)/∂a = 1, ∂(a − b)/∂b = −1.")
    case "Mul": return l10n.t("The slope of a product by one factor is the other factor: ∂(a · b)/∂a = b.")
    case "Div": return l10n.t("A quotient has a slope for each of its parts: ∂(a / b)/∂a = 1 / b, ∂(a / b)/∂b = −a / b².")
    case "Neg": return l10n.t("A sign turns the slope around: ∂(−x)/∂x = −1.")
    case "Pow": return l10n.t("The exponent of a power comes to the front and goes down by one: ∂xⁿ/∂x = n · xⁿ⁻¹.")
    case "Exp": return l10n.t("The slope of the exponential function is its own value: ∂eˣ/∂x = eˣ.")
    case "Log": return l10n.t("The slope of the logarithm is one over what it is taken of: ∂ln(x)/∂x = 1 / x.")
    case "Sqrt": return l10n.t("The slope of a root is one over twice the root: ∂√x/∂x = 1 / (2 · √x).")
    case "Sin": return l10n.t("The slope of the sine is the cosine: ∂sin(x)/∂x = cos(x).")
    case "Cos": return l10n.t("The slope of the cosine is the sine, turned around: ∂cos(x)/∂x = −sin(x).")
    case "Abs": return l10n.t("The slope of an absolute value is the sign: ∂|x|/∂x = 1 where x > 0, −1 where x < 0.")
    case "Relu": return l10n.t("relu passes the slope on where its input is positive, and nothing elsewhere: ∂relu(x)/∂x = 1 where x > 0, else 0.")
    case "Sigmoid": return l10n.t("The slope of the sigmoid is made of its own value: ∂σ(x)/∂x = σ(x) · (1 − σ(x)).")
    case "Tanh": return l10n.t("The slope of tanh is made of its own value: ∂tanh(x)/∂x = 1 − tanh(x)².")
    case "Sum": return l10n.t("In a sum each element counts once: ∂sum(x)/∂xᵢ = 1.")
    case "Mean": return l10n.t("In a mean of n elements each counts one n-th: ∂mean(x)/∂xᵢ = 1 / n.")
    case "Mm": return l10n.t("In a matrix product the slope of an element is what it is multiplied by: ∂(A · B)[i][j]/∂A[i][k] = B[k][j].")
  }
  // A rule without letters would be the number itself.
  return rule === undefined || /= [−-]?[\d.]+$/.test(rule) ? l10n.t("The operation is {0}.", node) : l10n.t("The slope of {0}: {1}.", node, rule)
}
