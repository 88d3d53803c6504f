import { setImmediate } from 'node:timers/promises'
import type { Log } from '@busan/execution'
import { CodedError, present } from '@busan/primitives'
import type { ChainErrorCode } from '../errors.ts'
import type { LocatedLog, LogFilter } from '../types.ts'
import type { BlockReader } from './block-reader.ts'
import { candidateBlocks, type LogSource } from './log-candidates.ts'
import { filterTerms } from './log-terms.ts'

/** How long a query holds the event loop, in milliseconds: consensus timers run in between. */
const SLICE_MS = 10

/** More than one block of 100 million gas can emit. */
const DATA_SIZE_BYTES_MAX = 12 * 1024 * 1024

/** A log query; both numbers belong to the range. */
export interface LogQuery {
  readonly fromNumber: bigint
  readonly toNumber: bigint
  readonly filter: LogFilter
  readonly maxLogs: number
  /** Most bytes of log data in one answer; as JSON they are twice as many. */
  readonly maxDataSizeBytes?: number
}

/**
 * Logs of a block range that match, in chain order.
 * @throws CodedError `too-many-logs`, with the limit in words as `exceeded` and the last number up to which everything
 * fits as `fittingNumber`
 */
export async function findLogs(source: LogSource, query: LogQuery): Promise<readonly LocatedLog[]> {
  const { fromNumber, toNumber, filter, maxLogs } = query
  const { maxDataSizeBytes = DATA_SIZE_BYTES_MAX } = query
  const groups = filterTerms(filter)
  const found: LocatedLog[] = []
  let dataSizeBytes = 0
  let sliceEndMs = performance.now() + SLICE_MS
  for await (const number of candidateBlocks(source, groups, fromNumber, toNumber)) {
    for (const log of logsOfBlock(source.reader, number, filter)) {
      found.push(log)
      dataSizeBytes += (log.data.length - 2) / 2
    }
    if (found.length > maxLogs) throw tooManyLogs(query, `${maxLogs} results`, number - 1n)
    if (dataSizeBytes > maxDataSizeBytes) {
      throw tooManyLogs(query, `${maxDataSizeBytes} bytes of log data`, number - 1n)
    }
    if (performance.now() < sliceEndMs) continue
    await setImmediate()
    sliceEndMs = performance.now() + SLICE_MS
  }
  return found
}

/** True when the log has one of the addresses and, at each position, one of its topics. */
export function matchesFilter(log: Log, { addresses, topics }: LogFilter): boolean {
  if (addresses.length > 0 && !addresses.includes(log.address)) return false
  if (topics.length > log.topics.length) return false
  return topics.every((wanted, position) => {
    if (wanted === null || wanted.length === 0) return true
    const topic = log.topics[position]
    return topic !== undefined && wanted.includes(topic)
  })
}

function logsOfBlock(reader: BlockReader, number: bigint, filter: LogFilter): LocatedLog[] {
  const receipts = reader.receiptsByNumber(number) ?? []
  const matching: { log: Log; transactionIndex: number; logIndex: number }[] = []
  let logIndex = 0
  for (const [transactionIndex, receipt] of receipts.entries()) {
    for (const log of receipt.logs) {
      if (matchesFilter(log, filter)) matching.push({ log, transactionIndex, logIndex })
      logIndex += 1
    }
  }
  if (matching.length === 0) return []

  const header = present(reader.headerByNumber(number), `header of block ${number}`)
  const hashes = present(reader.transactionHashesByNumber(number), `body of block ${number}`)
  const blockHash = present(reader.hashByNumber(number), `hash of block ${number}`)
  return matching.map(({ log, transactionIndex, logIndex }) => ({
    ...log,
    blockNumber: number,
    blockHash,
    blockTimestamp: header.timestamp,
    transactionHash: present(hashes[transactionIndex], 'hash of a transaction'),
    transactionIndex,
    logIndex,
  }))
}

function tooManyLogs(
  { fromNumber, toNumber }: LogQuery,
  exceeded: string,
  fittingNumber: bigint,
): CodedError<ChainErrorCode> {
  return new CodedError(
    'too-many-logs',
    `query returned more than ${exceeded}: ` +
      `narrow the filter or the range of blocks ${fromNumber} to ${toNumber}`,
    { details: { exceeded, fromNumber, toNumber, fittingNumber } },
  )
}
