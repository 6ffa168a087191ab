// The panel's views in the order of their tabs; the first is what a learner sees first.
import { explanationView } from "./explanationView.ts"
import { iterationsView } from "./iterationsView.ts"
import { pictureView } from "./pictureView.ts"
import { stepsView } from "./stepsView.ts"
import { tensorView } from "./tensorView.ts"
import { treeView } from "./treeView.ts"
import type { MakeView } from "./view.ts"

export const views: readonly MakeView[] = [pictureView, explanationView, stepsView, iterationsView, treeView, tensorView]
