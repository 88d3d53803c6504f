import type { Receipt } from '@busan/execution'
import { hexToBytes } from '@busan/primitives'
import type { LogTerm } from '@busan/storage'
import type { LogFilter } from '../types.ts'

/** Everything that a block's logs can be looked up by, repeats included. */
export function* logTerms(receipts: readonly Receipt[]): Iterable<LogTerm> {
  for (const receipt of receipts) {
    for (const log of receipt.logs) {
      yield { kind: 'address', bytes: hexToBytes(log.address) }
      for (const topic of log.topics) yield { kind: 'topic', bytes: hexToBytes(topic) }
    }
  }
}

/** A filter as terms: a block that matches has at least one term of every group. */
export function filterTerms(filter: LogFilter): readonly (readonly LogTerm[])[] {
  const addresses = filter.addresses.map(
    (address): LogTerm => ({ kind: 'address', bytes: hexToBytes(address) }),
  )
  const topics = filter.topics.map((topicsAt) =>
    (topicsAt ?? []).map((topic): LogTerm => ({ kind: 'topic', bytes: hexToBytes(topic) })),
  )
  return [addresses, ...topics].filter((group) => group.length > 0)
}
