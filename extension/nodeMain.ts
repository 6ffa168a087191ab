// The extension's entry where there is Node: a desktop, a remote, a server. The engine is a process of its own.

import { Uri, type ExtensionContext } from "vscode"
import { engineProcess } from "./engineProcess.ts"
import { start, type AutogradApi } from "./main.ts"

/** Called by VS Code when a TypeScript or Markdown file is opened, a command is chosen, or a panel is restored. */
export function activate(context: ExtensionContext): AutogradApi {
  const { extensionUri, globalStorageUri } = context
  return start(context, engineProcess(Uri.joinPath(extensionUri, "dist", "engineProcess.mjs").fsPath, Uri.joinPath(globalStorageUri, "weights").fsPath))
}
