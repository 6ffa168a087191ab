// Where in the learner's source the engine is working: compiled snippets set it before each operation,
// and whatever makes a grad_fn node or a fault reads it. Apart because everything below shares this one number.

/**
 * `site` indexes the compiler's table of source places; 0 is unknown. It lives in a cell that the host may exchange
 * for shared memory: whoever ends a thread that is stuck in a kernel reads there which line that was. (A class with
 * accessors, because V8 makes them as fast as a plain field; accessors put onto an object later cost a hundred times.)
 */
class Position {
  cell: Int32Array = new Int32Array(1)

  get site(): number {
    return this.cell[0] ?? 0
  }

  set site(site: number) {
    this.cell[0] = site
  }
}

export const position = new Position()
