import type { Hash } from '@busan/primitives'
import type { Departures } from './departures.ts'
import type { Entries, SenderEntries } from './entries.ts'
import type { NonceRange, PoolTransaction, Standing } from './types.ts'

/** Where the pool has a transaction, or why it does not have it; undefined: never seen, or forgotten. */
export function standingOf<Tx extends PoolTransaction>(
  { entries, departures }: { readonly entries: Entries<Tx>; readonly departures: Departures },
  hash: Hash,
): Standing<Tx> | undefined {
  const entry = entries.byHash.get(hash)
  if (entry === undefined) return departures.get(hash)
  const { transaction, status } = entry
  if (status === 'pending') return { status, transaction }
  const sender = entries.senders.get(transaction.sender)
  return { status, transaction, missingNonces: sender ? gapsBelow(sender, transaction.nonce) : [] }
}

/** The runs of nonces that must come before `nonce` can, ascending. */
function gapsBelow({ byNonce, endNonce }: SenderEntries, nonce: bigint): readonly NonceRange[] {
  const pooled = [...byNonce.keys()].filter((each) => each >= endNonce && each <= nonce)
  const gaps: NonceRange[] = []
  let next = endNonce
  for (const present of pooled.sort((a, b) => (a < b ? -1 : 1))) {
    if (present > next) gaps.push({ first: next, last: present - 1n })
    next = present + 1n
  }
  return gaps
}
