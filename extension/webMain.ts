// The extension's entry in a browser, where VS Code runs extensions in a web worker. The engine is a worker of that one.

import { Uri, type ExtensionContext } from "vscode"
import { engineWeb } from "./engineWeb.ts"
import { start, type AutogradApi } from "./main.ts"
import { folderAddress } from "./webFiles.ts"

/** Called by VS Code when a TypeScript or Markdown file is opened, a command is chosen, or a panel is restored. */
export function activate(context: ExtensionContext): AutogradApi {
  const { extensionUri, globalStorageUri } = context
  const script = Uri.joinPath(extensionUri, "dist", "web", "engineWorker.js")
  return start(context, { startSeat: engineWeb(script, Uri.joinPath(globalStorageUri, "weights")), folderOf: folderAddress })
}
