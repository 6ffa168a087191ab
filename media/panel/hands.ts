// Mouse, touch and keys over the picture, turned into what they ask for.
import type { Picture } from "./draw.ts"
import { actionOf, type Action } from "./keys.ts"

export interface Asked {
  act(action: Action): void
  /** A card was clicked. */
  press(id: string): void
}

/** Past this many pixels a press is a drag. */
const slack = 4

/** Listens on the picture's stage for as long as it lives. */
export function listenToHands(picture: Picture, asked: Asked): void {
  const { stage, camera } = picture
  let held: { x: number; y: number; dragged: boolean } | null = null

  stage.addEventListener("pointerdown", (event) => {
    if (event.button === 0 || event.button === 1) held = { x: event.clientX, y: event.clientY, dragged: false }
  })
  stage.addEventListener("pointermove", (event) => {
    if (held === null) return
    const [x, y] = [event.clientX - held.x, event.clientY - held.y]
    if (!held.dragged && Math.hypot(x, y) < slack) return
    if (!held.dragged) stage.setPointerCapture(event.pointerId)
    camera.panBy(x, y)
    held = { x: event.clientX, y: event.clientY, dragged: true }
    stage.classList.add("dragging")
  })
  const release = (): void => {
    // The click that ends a drag comes right after; it is let pass once the drag is forgotten.
    const last = held
    setTimeout(() => { if (held === last) held = null })
    stage.classList.remove("dragging")
  }
  stage.addEventListener("pointerup", release)
  stage.addEventListener("pointercancel", release)

  stage.addEventListener("click", (event) => {
    const id = picture.itemAt(event.target)
    if (id !== null && held?.dragged !== true) asked.press(id)
  })
  stage.addEventListener("wheel", (event) => {
    event.preventDefault()
    const box = stage.getBoundingClientRect()
    if (event.shiftKey) camera.panBy(-(event.deltaX || event.deltaY), 0)
    // A pinch arrives as a wheel with Control held, in much smaller steps.
    else camera.zoomBy(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), { x: event.clientX - box.left, y: event.clientY - box.top })
  }, { passive: false })
  stage.addEventListener("keydown", (event) => {
    const action = actionOf(event)
    if (action === null) return
    event.preventDefault()
    event.stopPropagation()
    asked.act(action)
  })
}
