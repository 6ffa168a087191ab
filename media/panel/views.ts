// The panel's views in the order of their tabs; the first is what a learner sees first.
import { explanationView } from "./explanationView.ts"
import { pictureView } from "./pictureView.ts"
import { tensorView } from "./tensorView.ts"
import { treeView } from "./treeView.ts"
import type { MakeView } from "./view.ts"

export const views: readonly MakeView[] = [pictureView, explanationView, treeView, tensorView]
