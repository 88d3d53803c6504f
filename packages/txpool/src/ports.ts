import type { Verdict } from '@busan/primitives'
import type { PoolTransaction } from './types.ts'

/**
 * Where local transactions survive a restart; `openJournal` of storage fits. Calls take effect in
 * call order, each whole or not at all.
 */
export interface PoolJournal {
  /** Every record, oldest first: the raw envelopes of transactions accepted here. */
  replay(): readonly Uint8Array[]
  /** Resolves when the record is on disk. */
  append(record: Uint8Array): Promise<void>
  /** Replaces all records. */
  rewrite(records: readonly Uint8Array[]): Promise<void>
  close(): Promise<void>
}

/** Reads a journaled envelope and recovers its sender; `decodeTransaction` of execution fits. */
export type DecodeTransaction<Tx extends PoolTransaction> = (raw: Uint8Array) => Verdict<Tx, string>
