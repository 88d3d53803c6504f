import { CodedError, type Hash } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import type { Entries } from './entries.ts'
import type { DecodeTransaction, PoolJournal } from './ports.ts'
import type { AddResult, PoolTransaction } from './types.ts'

/** Records beyond which a journal of mostly departed transactions is rewritten. */
const COMPACTION_MINIMUM = 1024

/** The journal of transactions that this node promised to keep. */
export interface LocalJournal<Tx extends PoolTransaction> {
  /** Offers every journaled transaction to `admit`, forgets those it refuses. */
  restore(
    decode: DecodeTransaction<Tx>,
    admit: (transaction: Tx) => Promise<AddResult>,
  ): Promise<void>
  /** Resolves when the transaction is on disk. @throws CodedError `pool-journal-write` */
  append(transaction: Tx): Promise<void>
  /** Rewrites the journal when most of its records left the pool. */
  compactIfGrown(): Promise<void>
  close(): Promise<void>
}

/** Works on a journal; without one local transactions live only in memory. */
export function createLocalJournal<Tx extends PoolTransaction>(
  journal: PoolJournal | undefined,
  entries: Entries<Tx>,
  logger: Logger,
): LocalJournal<Tx> {
  let recordCount = 0

  function localRecords(): Uint8Array[] {
    const locals = [...entries.byHash.values()].filter(({ origin }) => origin === 'local')
    return locals.map(({ transaction }) => transaction.raw)
  }

  function rewrite(): Promise<void> {
    const records = localRecords()
    recordCount = records.length
    return write('rewrite', () => journal?.rewrite(records))
  }

  return {
    async restore(decode, admit) {
      const records = journal?.replay() ?? []
      recordCount = records.length
      const restored = new Set<Hash>()
      for (const record of records) {
        const transaction = decode(record)
        if (!transaction.ok) {
          logger.warn('journaled transaction unreadable', { reason: transaction.reason })
          continue
        }
        const result = await admit(transaction.value)
        if (result.status !== 'rejected') restored.add(transaction.value.hash)
      }
      if (records.length === 0) return
      logger.info('restored local transactions', {
        restored: restored.size,
        dropped: records.length - restored.size,
      })
      if (restored.size < records.length) await rewrite()
    },
    append(transaction) {
      recordCount++
      return write('append to', () => journal?.append(transaction.raw))
    },
    async compactIfGrown() {
      if (recordCount < COMPACTION_MINIMUM) return
      let localCount = 0
      for (const { origin } of entries.byHash.values()) if (origin === 'local') localCount++
      if (recordCount > 2 * localCount) await rewrite()
    },
    close: () => write('close', () => journal?.close()),
  }
}

async function write(action: string, task: () => Promise<void> | undefined): Promise<void> {
  try {
    await task()
  } catch (cause) {
    const message = `cannot ${action} the transaction journal: check the data disk`
    throw new CodedError('pool-journal-write', message, { cause })
  }
}
