import type { Receipt } from '@busan/execution'
import { type Hex, hexToBytes } from '@busan/primitives'
import type { LogTerm } from '@busan/storage'
import type { LogFilter } from '../types.ts'

/** Everything that a block's logs can be looked up by, once each. */
export function* logTerms(receipts: readonly Receipt[]): Iterable<LogTerm> {
  // An address is shorter than a topic: their texts do not meet.
  const seen = new Set<Hex>()
  for (const receipt of receipts) {
    for (const { address, topics } of receipt.logs) {
      for (const text of [address, ...topics]) {
        if (seen.size === seen.add(text).size) continue
        yield { kind: text === address ? 'address' : 'topic', bytes: hexToBytes(text) }
      }
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
