/** Every code that this package throws. */
export type ChainErrorCode =
  /** The data folder holds another chain than the genesis file describes. */
  | 'genesis-mismatch'
  /** The data folder was written by a later release. */
  | 'database-too-new'
  /** A part of the head block is not in the database. */
  | 'head-incomplete'
  /** A block passed every check and could not be written; the head has not moved. */
  | 'persist-failed'
  /** A log query matches more than it may return. */
  | 'too-many-logs'
  /** Used after `close`. */
  | 'chain-closed'
