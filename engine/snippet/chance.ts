// Chance of a run: JavaScript's own random numbers, from the same seed as PyTorch's. Apart because the run that is shown
// and the hidden ones that repeat it must draw the same.

/** A seed that nobody chose. */
export function anySeed(): number {
  return Math.floor(Math.random() * 2 ** 52)
}

/** Code that makes Math.random of a realm draw from a seed. Weyl's sequence, mixed by multiplications and shifts. */
export function chanceFrom(seed: number): string {
  return `(() => {
    let state = ${(seed ^ Math.floor(seed / 2 ** 32)) >>> 0}
    Math.random = function random() {
      state = (state + 0x9e3779b9) >>> 0
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
      return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
    }
  })()`
}
