// The narrow door to files: what torch.save, torch.load and trained weights may ask for. Apart because the engine itself
// reaches no file and no network; whoever holds the thread opens the door, and decides behind it what is allowed.

/** What may be asked. Every method answers at once or throws a Fault; paths are as the learner wrote them. */
export interface FileDoor {
  /** The bytes of a file beside the snippet. */
  read(path: string): Uint8Array<ArrayBuffer>
  /** Writes a file beside the snippet, whole or not at all. It may take the bytes over. */
  write(path: string, bytes: Uint8Array): void
  /** The bytes of a published weight file, by its name; downloaded where they are not kept. */
  weights(file: string, showProgress: boolean): Uint8Array<ArrayBuffer>
}

/** `current` is null where nobody opened it: a test, a benchmark, another tool's own program. */
export const door: { current: FileDoor | null } = { current: null }

/** A door that reads and writes nothing, for a run that is to leave no trace. */
export function readOnly({ read, weights }: FileDoor): FileDoor {
  return { read, weights, write: () => undefined }
}
