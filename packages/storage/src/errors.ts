/** Every code that this package throws. */
export type StorageErrorCode =
  /** Another process holds the database's LOCK file. */
  | 'data-folder-in-use'
  /** The database's own checksums or files do not add up, or a stored value cannot be read. */
  | 'data-folder-corrupt'
  /** The database cannot be opened for another reason: permissions, not a folder, disk full. */
  | 'data-folder-unusable'
  /** The disk refused a read or write of an open database. */
  | 'store-failed'
  /** Used after `close`. */
  | 'store-closed'
  /** The file exists and is not a journal. */
  | 'not-a-journal'
  /** A journal whose disk lost or altered records that it had taken. */
  | 'journal-damaged'
  /** The disk refused a write or fsync; what the file holds is unknown until it is opened again. */
  | 'journal-failed'
  | 'journal-closed'
  | 'journal-record-too-large'
