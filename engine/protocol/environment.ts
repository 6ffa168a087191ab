// What a process of the engine is started with, whoever starts it: the editor, the command line, a measurement.

/**
 * How the C library of Linux (glibc) keeps memory that was freed, in bytes; other systems pass it by. Left alone it gives
 * each large array back at once, and the next one of its size pays for fresh pages, five times what filling it costs.
 * One heap for all threads, so that what one thread leaves serves the next; what lies free at its end beyond a quarter
 * of a gigabyte goes back to the system.
 */
export const memoryEnvironment: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_MMAP_THRESHOLD_: String(2 ** 30),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 28),
  MALLOC_TOP_PAD_: String(2 ** 26),
}
