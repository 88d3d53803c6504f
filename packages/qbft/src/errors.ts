/** Codes of the CodedErrors that this package throws: each is a bug or a broken journal, never foreign data. */
export type QbftErrorCode =
  /** A header whose extraData was not checked before it was hashed. */
  | 'malformed-extra-data'
  /** A validator list that is empty or names someone twice. */
  | 'invalid-validators'
  /** A journal that contradicts itself: going on could sign a second block at one height. */
  | 'invalid-restored-state'
  /** The driver answered `build-block` with a block that was not asked for. */
  | 'unexpected-block'
