// Which part of the picture is seen, and how large: pan, zoom, fit. The picture itself is never drawn again for it.

export interface Look {
  readonly x: number
  readonly y: number
  readonly scale: number
}

interface Size {
  readonly width: number
  readonly height: number
}

const least = 0.05
const most = 3
/** Below this the text of a card is not read any more. */
const readable = 0.85

export class Camera {
  private look: Look = { x: 0, y: 0, scale: 1 }
  private picture: Size = { width: 0, height: 0 }
  private readonly stage: SVGSVGElement
  private readonly scene: SVGGElement
  private readonly moved: () => void

  constructor(stage: SVGSVGElement, scene: SVGGElement, moved: () => void) {
    this.stage = stage
    this.scene = scene
    this.moved = moved
  }

  get current(): Look {
    return this.look
  }

  /** Tells the size of what is drawn. */
  measure(picture: Size): void {
    this.picture = picture
  }

  set(look: Look): void {
    this.look = look
    this.scene.style.transform = `translate(${look.x}px, ${look.y}px) scale(${look.scale})`
    this.moved()
  }

  /** Shows the whole picture, centred. */
  fit(): void {
    this.set(this.fitted(least, 1))
  }

  /** The first look: the whole picture if it can be read so, else its beginning at a size that can. */
  open(): void {
    this.set(this.fitted(readable, 1))
  }

  zoomBy(factor: number, at?: { readonly x: number; readonly y: number }): void {
    const { width, height } = this.seen()
    const fixed = at ?? { x: width / 2, y: height / 2 }
    const scale = Math.min(most, Math.max(least, this.look.scale * factor))
    const grown = scale / this.look.scale
    this.set({ x: fixed.x - (fixed.x - this.look.x) * grown, y: fixed.y - (fixed.y - this.look.y) * grown, scale })
  }

  panBy(x: number, y: number): void {
    this.set({ ...this.look, x: this.look.x + x, y: this.look.y + y })
  }

  /** Moves no more than needed for a box (its middle and size, in the picture's own measure) to be seen whole. */
  bringIn(box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }): void {
    const { width, height } = this.seen()
    // While another tab is seen there is nothing to bring it into.
    if (width === 0) return
    const border = 24
    const shift = (middle: number, size: number, offset: number, room: number): number => {
      const half = (size / 2) * this.look.scale
      const at = middle * this.look.scale + offset
      if (2 * half + 2 * border > room) return room / 2 - at
      if (at - half < border) return border - at + half
      return at + half > room - border ? room - border - half - at : 0
    }
    const x = shift(box.x, box.width, this.look.x, width)
    const y = shift(box.y, box.height, this.look.y, height)
    if (x !== 0 || y !== 0) this.panBy(x, y)
  }

  private fitted(smallest: number, largest: number): Look {
    const { width, height } = this.seen()
    if (this.picture.width === 0 || width === 0) return { x: 0, y: 0, scale: 1 }
    const scale = Math.min(largest, Math.max(smallest, Math.min(width / this.picture.width, height / this.picture.height)))
    const x = (width - this.picture.width * scale) / 2
    const y = Math.max(0, (height - this.picture.height * scale) / 2)
    return { x, y, scale }
  }

  private seen(): Size {
    return { width: this.stage.clientWidth, height: this.stage.clientHeight }
  }
}
