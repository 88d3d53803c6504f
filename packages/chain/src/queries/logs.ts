import { setImmediate } from 'node:timers/promises'
import type { Log } from '@busan/execution'
import { CodedError, keccakHash, present } from '@busan/primitives'
import type { ChainErrorCode } from '../errors.ts'
import type { LocatedLog, LogFilter } from '../types.ts'
import type { BlockReader } from './block-reader.ts'
import { candidateBlocks, type LogSource } from './log-candidates.ts'
import { filterTerms } from './log-terms.ts'

/** Blocks whose receipts are read between two turns of the event loop, so that no query stalls consensus. */
const BLOCKS_PER_TURN = 16

/** A log query; both numbers belong to the range. */
export interface LogQuery {
  readonly fromNumber: bigint
  readonly toNumber: bigint
  readonly filter: LogFilter
  readonly maxLogs: number
}

/**
 * Logs of a block range that match, in chain order.
 * @throws CodedError `too-many-logs`, with the last number up to which everything fits as `fittingNumber`
 */
export async function findLogs(source: LogSource, query: LogQuery): Promise<readonly LocatedLog[]> {
  const { fromNumber, toNumber, filter, maxLogs } = query
  const groups = filterTerms(filter)
  const found: LocatedLog[] = []
  let blocksRead = 0
  for await (const number of candidateBlocks(source, groups, fromNumber, toNumber)) {
    for (const log of logsOfBlock(source.reader, number, filter)) found.push(log)
    if (found.length > maxLogs) throw tooManyLogs(query, number - 1n)
    blocksRead += 1
    if (blocksRead % BLOCKS_PER_TURN === 0) await setImmediate()
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

  const { header, transactions } = present(reader.rawBlockByNumber(number), `block ${number}`)
  const blockHash = present(reader.hashByNumber(number), `hash of block ${number}`)
  return matching.map(({ log, transactionIndex, logIndex }) => ({
    ...log,
    blockNumber: number,
    blockHash,
    blockTimestamp: header.timestamp,
    transactionHash: keccakHash(present(transactions[transactionIndex], 'transaction')),
    transactionIndex,
    logIndex,
  }))
}

function tooManyLogs(query: LogQuery, fittingNumber: bigint): CodedError<ChainErrorCode> {
  const { fromNumber, toNumber, maxLogs } = query
  return new CodedError(
    'too-many-logs',
    `query returned more than ${maxLogs} results: ` +
      `narrow the filter or the range of blocks ${fromNumber} to ${toNumber}`,
    { details: { maxLogs, fromNumber, toNumber, fittingNumber } },
  )
}
