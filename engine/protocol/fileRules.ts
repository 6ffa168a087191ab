// What a snippet's path to a weight file must be, and the faults that say so: the same sentences at every door to files,
// on a computer's disk (engine/host) and in a browser's workspace (extension).

import { Fault } from "./faults.ts"

export type FileVerb = "torch.load" | "torch.save"

const endings = [".pth", ".pt", ".safetensors", ".bin"]

/** The path lies in no folder, or its ending is not that of a weight file: throws. */
export function checkPath(what: FileVerb, path: string, hasFolder: boolean): void {
  if (!hasFolder) {
    throw new Fault("RuntimeError", `${what}: expected the snippet to be a file of this machine, in whose folder “${path}” lies, and it is saved in none.`, "Save the snippet as a file, then run it again.")
  }
  const ending = /[^/\\](\.[^./\\]*)$/.exec(path)?.[1]?.toLowerCase() ?? ""
  if (!endings.includes(ending)) {
    throw new Fault("ValueError", `${what}: expected a file that ends in ${endings.join(", ")}, found “${path}”.`, "Name it model.pth, for example.")
  }
}

/** The parts of a path from the snippet's folder down, in a workspace that has no other folders to reach; throws where it leads out. */
export function partsBelow(what: FileVerb, path: string): readonly string[] {
  const parts: string[] = []
  for (const part of path.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) throw leadsOut(what, path)
    } else if (part !== "" && part !== ".") parts.push(part)
  }
  if (path.startsWith("/") || /[\\\0]|^[A-Za-z][\w+.-]*:/.test(path)) throw leadsOut(what, path)
  return parts
}

export function leadsOut(what: FileVerb, path: string): Fault {
  return new Fault("PermissionError", `${what}: expected a file in the snippet's own folder or below it, found “${path}”, which leads out of it.`, "Put the file beside the snippet and name it ./model.pth, for example.")
}

export function isFolder(what: FileVerb, path: string): Fault {
  return new Fault("IsADirectoryError", `${what}: expected “${path}” to be a file, and it is none.`, "Name a file in it, for example with /model.pth at the end.")
}

export function notThere(what: FileVerb, path: string): Fault {
  return what === "torch.save"
    ? new Fault("RuntimeError", `torch.save: expected the folder of “${path}” to be there, and it is not.`, "Make the folder first, or save beside the snippet.")
    : new Fault("FileNotFoundError", `torch.load: expected the file “${path}” beside the snippet, found none.`, "Check its name: a path starts from the snippet's own folder.")
}

export function unusable(what: FileVerb, path: string, why: string): Fault {
  return new Fault("OSError", `${what}: “${path}” could not be ${what === "torch.save" ? "written" : "read"} (${why}).`, "Check the file's permissions and the space on the disk.")
}
