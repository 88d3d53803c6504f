/** One write of a batch. */
export type BatchOperation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

/** Bounds of an ordered scan over keys, in byte order. */
export interface Range {
  readonly gte: Uint8Array
  readonly lt: Uint8Array
  readonly reverse?: boolean
  readonly limit?: number
}

/** An ordered map of bytes that outlives the process. */
export interface KeyValueStore {
  /** Synchronous on purpose: ten times the rate of an awaited read in LevelDB. */
  get(key: Uint8Array): Uint8Array | undefined
  /**
   * All operations or none, also across a crash. Taken over the turns of the event loop when they are many.
   * @param operations read once; what throws while it makes them is thrown, and nothing is written
   * @param options.sync waits for the disk; default true
   */
  batch(operations: Iterable<BatchOperation>, options?: { readonly sync?: boolean }): Promise<void>
  range(range: Range): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>
  close(): Promise<void>
}
