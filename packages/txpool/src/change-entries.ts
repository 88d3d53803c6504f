// The only ways in which the pool's memory changes; each notes what happened for the listeners.
import { type Address, type Hash, present } from '@busan/primitives'
import type { EntryBook, MutableEntry, MutableSender, PoolEntry } from './entries.ts'
import type { Origin, PoolChange, PoolTransaction, Removal } from './types.ts'

/**
 * Adds at a free nonce that is at least the state's, and promotes what thereby becomes executable.
 */
export function insertEntry<Tx extends PoolTransaction>(
  book: EntryBook<Tx>,
  offer: { readonly transaction: Tx; readonly origin: Origin },
  stateNonce: bigint,
): PoolEntry<Tx> {
  const { sender: address, nonce } = offer.transaction
  const sender = book.senders.get(address) ?? {
    byNonce: new Map<bigint, MutableEntry<Tx>>(),
    stateNonce,
    endNonce: stateNonce,
  }
  book.senders.set(address, sender)
  const entry = place(book, sender, offer)
  if (nonce === sender.endNonce) {
    setStatus(book, entry, 'pending')
    sender.endNonce++
  }
  announceAdded(book, entry)
  promote(book, sender)
  return entry
}

/** Removes, if it is there. Later executable transactions of the sender become queued. */
export function removeEntry<Tx extends PoolTransaction>(
  book: EntryBook<Tx>,
  hash: Hash,
  removal: Removal,
): void {
  const entry = book.byHash.get(hash)
  if (entry === undefined) return
  const { sender: address, nonce } = entry.transaction
  const sender = present(book.senders.get(address), 'the sender of a pooled transaction')
  take(book, sender, entry, removal)
  if (entry.status === 'pending') {
    for (let later = nonce + 1n; later < sender.endNonce; later++) {
      setStatus(book, present(sender.byNonce.get(later), 'an executable nonce'), 'queued')
    }
    sender.endNonce = nonce
  }
  if (sender.byNonce.size === 0) book.senders.delete(address)
}

/** Puts a transaction in the place of a pooled one with the same sender and nonce. */
export function replaceEntry<Tx extends PoolTransaction>(
  book: EntryBook<Tx>,
  previousHash: Hash,
  offer: { readonly transaction: Tx; readonly origin: Origin },
): PoolEntry<Tx> {
  const previous = present(book.byHash.get(previousHash), 'the transaction to replace')
  const sender = present(book.senders.get(offer.transaction.sender), 'the sender to replace for')
  take(book, sender, previous, {
    reason: 'replaced',
    message: `replaced by ${offer.transaction.hash}, which has its sender and nonce`,
    replacedBy: offer.transaction.hash,
  })
  const entry = place(book, sender, offer)
  // A replacement does not restart the wait for a missing nonce.
  entry.queuedAtMs = previous.queuedAtMs
  if (previous.status === 'pending') setStatus(book, entry, 'pending')
  announceAdded(book, entry)
  return entry
}

/**
 * Follows the sender's nonce in the state: drops what is below it and promotes what became
 * executable.
 * @param included hashes that a block included; others below the nonce were overtaken
 */
export function advanceSender<Tx extends PoolTransaction>(
  book: EntryBook<Tx>,
  address: Address,
  stateNonce: bigint,
  included?: ReadonlySet<Hash>,
): void {
  const sender = book.senders.get(address)
  if (sender === undefined || stateNonce <= sender.stateNonce) return
  for (const [nonce, entry] of [...sender.byNonce]) {
    if (nonce >= stateNonce) continue
    const isIncluded = included?.has(entry.transaction.hash) === true
    take(book, sender, entry, isIncluded ? INCLUDED : overtaken(nonce))
  }
  sender.stateNonce = stateNonce
  if (sender.endNonce < stateNonce) sender.endNonce = stateNonce
  if (sender.byNonce.size === 0) book.senders.delete(address)
  else promote(book, sender)
}

/** Hands over everything that changed since the last call. */
export function takeChanges<Tx extends PoolTransaction>(
  book: EntryBook<Tx>,
): readonly PoolChange<Tx>[] {
  const taken = book.changes
  book.changes = []
  return taken
}

function place<Tx extends PoolTransaction>(
  book: EntryBook<Tx>,
  sender: MutableSender<Tx>,
  { transaction, origin }: { readonly transaction: Tx; readonly origin: Origin },
): MutableEntry<Tx> {
  const entry: MutableEntry<Tx> = {
    transaction,
    origin,
    arrival: book.nextArrival++,
    status: 'queued',
    queuedAtMs: book.nowMs(),
    isRemoved: false,
  }
  book.departures.forget(transaction.hash)
  book.byHash.set(transaction.hash, entry)
  sender.byNonce.set(transaction.nonce, entry)
  book.sizeBytes += transaction.raw.length
  book.evictionOrder.note(entry)
  return entry
}

function take<Tx extends PoolTransaction>(
  book: EntryBook<Tx>,
  sender: MutableSender<Tx>,
  entry: MutableEntry<Tx>,
  removal: Removal,
): void {
  const { hash, nonce, raw } = entry.transaction
  entry.isRemoved = true
  book.byHash.delete(hash)
  sender.byNonce.delete(nonce)
  book.sizeBytes -= raw.length
  if (entry.status === 'pending') book.pendingCount--
  book.changes.push({ type: 'dropped', transaction: entry.transaction, ...removal })
  book.departures.noteDropped(entry.transaction, removal)
}

const INCLUDED: Removal = { reason: 'included', message: 'included in a block' }

function overtaken(nonce: bigint): Removal {
  const message = `nonce ${nonce} of its sender is used: a block included another transaction with it`
  return { reason: 'nonce-too-low', message }
}

function promote<Tx extends PoolTransaction>(book: EntryBook<Tx>, sender: MutableSender<Tx>): void {
  for (;;) {
    const entry = sender.byNonce.get(sender.endNonce)
    if (entry === undefined) return
    setStatus(book, entry, 'pending')
    book.changes.push({ type: 'promoted', transaction: entry.transaction })
    sender.endNonce++
  }
}

function setStatus<Tx extends PoolTransaction>(
  book: EntryBook<Tx>,
  entry: MutableEntry<Tx>,
  status: PoolEntry['status'],
): void {
  entry.status = status
  if (status === 'queued') entry.queuedAtMs = book.nowMs()
  book.pendingCount += status === 'pending' ? 1 : -1
  book.evictionOrder.note(entry)
}

function announceAdded<Tx extends PoolTransaction>(
  book: EntryBook<Tx>,
  { transaction, status, origin }: PoolEntry<Tx>,
): void {
  book.changes.push({ type: 'added', transaction, status, origin })
}
