// The extension's entry where there is Node: a desktop, a remote, a server. The engine is a process of its own.

import { Uri, type ExtensionContext } from "vscode"
import { engineProcess } from "./engineProcess.ts"
import { start, type AutogradApi } from "./main.ts"

/** Called by VS Code when a TypeScript or Markdown file is opened, a command is chosen, or a panel is restored. */
export function activate(context: ExtensionContext): AutogradApi {
  const { extensionUri, globalStorageUri } = context
  const script = Uri.joinPath(extensionUri, "dist", "engineProcess.mjs").fsPath
  return start(context, { startSeat: engineProcess(script, Uri.joinPath(globalStorageUri, "weights").fsPath), folderOf })
}

/** The folder of a file of this machine; anything else lies in none. */
function folderOf(uri: Uri): string | undefined {
  return uri.scheme === "file" ? Uri.joinPath(uri, "..").fsPath : undefined
}
