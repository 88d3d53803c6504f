/** The write of one block at a time, beside the judging of the next. */
export interface TipWriter {
  /** Settles as the latest write does; resolves where it is over. */
  written(): Promise<void>
  /** Begins a write; the one before must be over. Settles as the task does. */
  write<Result>(task: () => Promise<Result>): Promise<Result>
}

/** Nothing is being written. */
export function createTipWriter(): TipWriter {
  let written: Promise<void> = Promise.resolve()
  return {
    written: () => written,
    write(task) {
      const writing = task()
      written = writing.then(() => {})
      // Only who waited while it failed is to hear of it: the next block is judged on the head again.
      written.catch(() => {
        written = Promise.resolve()
      })
      return writing
    },
  }
}
