import type { LocatedLog, LogFilter } from '@busan/chain'
import { toQuantity } from '@busan/primitives'

/** A log in geth's JSON shape. `removed` is always false: QBFT blocks are final. */
export function formatLog(log: LocatedLog) {
  return {
    address: log.address,
    topics: log.topics,
    data: log.data,
    blockNumber: toQuantity(log.blockNumber),
    transactionHash: log.transactionHash,
    transactionIndex: toQuantity(log.transactionIndex),
    blockHash: log.blockHash,
    blockTimestamp: toQuantity(log.blockTimestamp),
    logIndex: toQuantity(log.logIndex),
    removed: false,
  }
}

/** geth's rule: an empty list or null matches anything; a log with fewer topics than positions does not. */
export function matchesFilter(log: LocatedLog, filter: LogFilter): boolean {
  if (filter.addresses.length > 0 && !filter.addresses.includes(log.address)) return false
  if (filter.topics.length > log.topics.length) return false
  return filter.topics.every((alternatives, position) => {
    if (alternatives === null || alternatives.length === 0) return true
    const topic = log.topics[position]
    return topic !== undefined && alternatives.includes(topic)
  })
}
