// faultWords: the engine's sentences that a learner meets most, so that the editor can say them in the user's language.
// The engine itself speaks English alone, on every road; a sentence that is not listed here stays English.
// A unit test holds this list against the engine's sources and against the Korean bundle.

import type { Words } from "./words.ts"

/** The sentences, `{0}` … where the engine puts names, shapes and numbers. Longer forms before shorter ones. */
export const faultSentences: readonly string[] = [
  // Limits and ends of a run.
  "Stopped at line {0} after {1}.",
  "Stopped after {0}.",
  "Run it again when you are ready. If it was stuck, look at what should end the loop.",
  "The run was expected to finish within {0} and was still going at line {1}.",
  "The run was expected to finish within {0} and was still going.",
  "Check that the loop can end, make it smaller, or raise the setting autograd.timeLimit.",
  "This needs {0} more, {1} are in use already, and a run may use {2}.",
  "This needs {0}, and a run may use {1}.",
  "The run may use {0} and was using {1}.",
  "Check the sizes, use smaller tensors, or raise the setting autograd.memoryLimit.",
  "The run may use {0} and its arrays and objects filled that at line {1}.",
  "The run may use {0} and its arrays and objects filled that.",
  "Look for an array that keeps growing, or raise the setting autograd.memoryLimit.",
  "The engine was expected to finish this run, and it ended instead ({0}).",
  "Run again: a fresh engine starts by itself. If it happens each time, please report it with this snippet.",
  // Backward.
  "No backward pass has run.",
  "Call backward() on a result with one element.",
  "backward() a second time: the values that {0} saved were freed by the first backward().",
  "Call the first backward with { retain_graph: true }, or compute the result anew before each backward().",
  "backward() on {0} that does not require grad and has no grad_fn: nothing was recorded on the way to it.",
  "Make the leaves with { requires_grad: true }, and check that no detach() or no_grad() lies in between.",
  "backward() needs a result with one element to start from, found shape [{0}].",
  "Reduce it first, for example with .mean() or .sum(), or pass a gradient of the same shape: backward(torch.ones_like(y)).",
  "backward(): the gradient has shape [{0}], expected the result's shape [{1}].",
  "Pass one weight for each element of the result.",
  "{0} (shape [{1}]), which {2} needs for its gradient, was changed in place: it is at version {3}, expected version {4}.",
  "Change a copy instead: {0} = {1} + … makes a new tensor, or call {2}.clone() first.",
  "Use the operation that makes a new tensor instead of the one in place.",
  "{0} changes {1} in place, which is {2}: its gradient would no longer be that of the value you gave it.",
  "Change it inside torch.no_grad(), or make a new tensor: w = w - …",
  "Only floating-point tensors can require gradients, found {0}.",
  "Write the numbers as floats ([1, 2]), or pass dtype: torch.float32.",
  "Convert it first, for example with .float().",
  "requires_grad can only be turned off on leaves; this tensor is a result.",
  "Use detach(), which gives a tensor without history.",
  // Shapes, dimensions, indices.
  "{0}: the shapes {1} and {2} do not fit together: at dimension {3} the sizes must be equal, or one of them 1.",
  "Make the sizes meet, for example with reshape, unsqueeze or transpose.",
  "{0}: the shapes [{1}] and [{2}] do not fit: the first has {3} columns, the second {4} rows.",
  "{0}: the shape [{1}] does not hold the {2} elements of shape [{3}].",
  "Choose sizes whose product is {0}, or leave one to be worked out with -1.",
  "linear: the input has {0} features (shape [{1}]), the weight of shape [{2}] expects {3}.",
  "Give the layer as many input features as the input's last dimension.",
  "{0}: expected a dimension from {1} to {2}, found {3}; the tensor has {4} dimension{5}.",
  "Use a number from {0} to {1}; -1 is the last dimension.",
  "The index {0} is out of range for dimension {1}, which has size {2}.",
  "Use an index from {0} to {1}.",
  "Too many indices: the tensor has {0} dimension{1}, {2} were given.",
  "Give at most one index a dimension.",
  "{0}: expected a tensor with one element, found shape {1}.",
  "Reduce it first, for example with mean(), sum(), any() or all().",
  "{0}: expected both tensors to have the same type, found {1} and {2}.",
  "Convert one with .to(other.dtype), for example .float().",
  // Names, arguments, imports.
  "`{0}` is not defined.",
  "Declare it first with const or let, or check its spelling.",
  "Did you mean `{0}`?",
  "Check the name; completions list what there is.",
  "`{0}` is used before the line that declares it.",
  "`{0}` was declared with const, so it cannot be given another value.",
  "Declare it with let.",
  "`{0}` is {1} here, so it has no `{2}`.",
  "{0} has no `{1}`.",
  "A leaf's .grad is null until backward() has run.",
  "`{0}` is a class, and was called without new.",
  "Write `new {0}(…)`.",
  "A whole number such as 2n and a number such as 2 cannot be mixed.",
  "Write both with n, or both without; Number(2n) is 2.",
  "A snippet cannot import \"{0}\".",
  "There is no file \"{0}\" beside this one.",
  "Check the path; it starts from this file's folder, and the file must be saved.",
  "Keyword arguments go into one object at the end: `{ {0}: … }`.",
  "Look at this place and just before it: a bracket, a quote or an operator may be missing.",
  "A bracket is open: look for where the {0} belongs.",
  "Functions called one another too deeply.",
  "Check that the recursion ends.",
  // Files and downloads.
  "Save the snippet as a file, then run it again.",
  "{0}: expected the snippet to be a file of this machine, in whose folder “{1}” lies, and it is saved in none.",
  "{0}: expected a file that ends in {1}, found “{2}”.",
  "Name it model.pth, for example.",
  "{0}: expected a file in the snippet's own folder or below it, found “{1}”, which leads out of it.",
  "Put the file beside the snippet and name it ./model.pth, for example.",
  "torch.load: expected the file “{0}” beside the snippet, found none.",
  "Check its name: a path starts from the snippet's own folder.",
  "torch.save: expected the folder of “{0}” to be there, and it is not.",
  "Make the folder first, or save beside the snippet.",
  "torch.load: expected tensors, numbers, texts, lists and dicts in {0}, found the class or function {1}, which is not loaded because it could run code.",
  "Load it in Python and save its state alone: torch.save(model.state_dict(), path).",
  "torch.load: expected {0} to be a whole file of tensors, found {1}.",
  "Save it again with torch.save(model.state_dict(), path), or copy it anew.",
  "torch.save: expected tensors, numbers, texts, arrays and objects of them, found the module {0}.",
  "Save what it has learned: torch.save(model.state_dict(), path).",
  "The download of {0} was expected to bring {1}, and it was cut off after {2}.",
  "Check the connection and run again.",
  "The download of {0} was expected to have a SHA-256 that begins with {1}, and it begins with {2}: it is damaged or another file.",
  "Run again. If it stays so, something on the way to the server changes downloads.",
  "{0} was expected from {1}, and the server could not be reached ({2}).",
  "{0} was expected at {1}, and the server answered {2} {3}.",
  "Check the connection, or download {0} with a browser into the snippet's folder and pass weights: \"./{1}\".",
]

/** Words that the engine puts into a sentence's gaps. */
export const faultGaps: readonly string[] = ["a tensor", "one of the values", "a leaf that requires grad", "a leaf that requires grad, through a view of it", "A tensor", "The truth of a tensor"]

let patterns: readonly { readonly sentence: string; readonly pattern: RegExp; readonly order: readonly number[] }[] | undefined

/** The sentence in the user's words where it is a known one, else as it is. */
export function inUsersWords(text: string, l10n: Words): string {
  // Made at the first fault, not at start-up.
  patterns ??= faultSentences.map((sentence) => ({ sentence, ...patternOf(sentence) }))
  for (const { sentence, pattern, order } of patterns) {
    const found = pattern.exec(text)
    if (!found) continue
    const gaps: string[] = []
    order.forEach((gap, index) => (gaps[gap] = inGap(found[index + 1] ?? "", l10n)))
    return l10n.t(sentence, ...gaps)
  }
  return text
}

function inGap(text: string, l10n: Words): string {
  return faultGaps.includes(text) ? l10n.t(text) : text
}

function patternOf(sentence: string): { readonly pattern: RegExp; readonly order: readonly number[] } {
  const order: number[] = []
  const source = sentence
    .split(/(\{\d\})/)
    .map((part) => {
      const gap = /^\{(\d)\}$/.exec(part)?.[1]
      if (gap === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
      order.push(Number(gap))
      return "([^]*?)"
    })
    .join("")
  return { pattern: new RegExp(`^${source}$`), order }
}
