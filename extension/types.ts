// Types: Add Types to Workspace, for editors whose TypeScript loads no plugin: writes the types of torch as one file
// into the folder, as other tools do with theirs, and never over a file that says something else without asking.

import { l10n, Uri, window, workspace } from "vscode"

/** The name of the file that is written. */
export const typesFile = "autograd-env.d.ts"

/** Writes the types beside the workspace's other files and says where. Resolves with the file, or undefined. */
export async function addTypes(extensionUri: Uri): Promise<Uri | undefined> {
  const folder = await chooseFolder()
  if (!folder) return undefined
  const types = await workspace.fs.readFile(Uri.joinPath(extensionUri, "dist", "types", "torch.d.ts"))
  const target = Uri.joinPath(folder, typesFile)
  const present = await readBytes(target)
  if (present && sameBytes(present, types)) {
    void window.showInformationMessage(l10n.t("{0} is there already and up to date.", typesFile))
    return target
  }
  if (present && !(await mayReplace())) return undefined
  await workspace.fs.writeFile(target, types)
  void tellWritten(target)
  return target
}

async function chooseFolder(): Promise<Uri | undefined> {
  const { activeTextEditor } = window
  const own = activeTextEditor && workspace.getWorkspaceFolder(activeTextEditor.document.uri)
  const { workspaceFolders = [] } = workspace
  const [only] = workspaceFolders
  if (own) return own.uri
  if (!only) {
    void window.showWarningMessage(l10n.t("Open a folder first: the types are written into it."))
    return undefined
  }
  if (workspaceFolders.length === 1) return only.uri
  return (await window.showWorkspaceFolderPick({ placeHolder: l10n.t("Which folder gets {0}?", typesFile) }))?.uri
}

async function mayReplace(): Promise<boolean> {
  const replace = l10n.t("Replace")
  const detail = l10n.t("It says something else than the types of this version.")
  return (await window.showWarningMessage(l10n.t("{0} exists. Replace it?", typesFile), { modal: true, detail }, replace)) === replace
}

async function tellWritten(target: Uri): Promise<void> {
  const open = l10n.t("Open")
  if ((await window.showInformationMessage(l10n.t("Wrote {0}.", typesFile), open)) === open) await window.showTextDocument(target)
}

async function readBytes(uri: Uri): Promise<Uint8Array | null> {
  try {
    return await workspace.fs.readFile(uri)
  } catch {
    // Not there yet, which is the usual case.
    return null
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
