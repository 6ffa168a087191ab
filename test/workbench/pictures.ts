// The pictures of the README: made by the journeys, kept only when someone asks for new ones.
import { copyFileSync, mkdirSync } from "node:fs"
import { basename, join } from "node:path"
import { root } from "./places.ts"

/** Keeps a screenshot as a picture of the README when AUTOGRAD_LAB_PICTURES is set. */
export function keepPicture(path: string): void {
  if (process.env["AUTOGRAD_LAB_PICTURES"] === undefined) return
  mkdirSync(join(root, "media", "images"), { recursive: true })
  copyFileSync(path, join(root, "media", "images", basename(path)))
}
