import type { Hash } from '@busan/primitives'
import { advanceSender, insertEntry, replaceEntry } from './change-entries.ts'
import { checkPermission } from './checks/permission.ts'
import { checkStateful } from './checks/stateful.ts'
import { checkStateless } from './checks/stateless.ts'
import type { PoolEntry } from './entries.ts'
import { makeRoom } from './eviction.ts'
import type { PoolContext } from './pool-context.ts'
import { type Rejection, reject } from './rejection.ts'
import { readSenderAccount, type SenderAccount } from './sender-account.ts'
import type { AddResult, Origin, PoolTransaction } from './types.ts'

/**
 * Admission, in geth's order: known, stateless, stateful, replacement or room. Everything after the
 * read of the sender's account is synchronous, so what was checked still holds when it is acted on.
 */
export async function addTransaction<Tx extends PoolTransaction>(
  context: PoolContext<Tx>,
  transaction: Tx,
  origin: Origin,
): Promise<AddResult> {
  const early = checkKnown(context, transaction) ?? checkAlone(context, transaction)
  if (early !== undefined) return refused(context, transaction, early)
  const account = await readPermittedSender(context, transaction)
  if ('reason' in account) return refused(context, transaction, account)
  const outcome = admit(context, { transaction, origin, account })
  context.announce()
  return 'reason' in outcome ? refused(context, transaction, outcome) : outcome
}

/** The sender's account, if the chain lets the transaction through; asked again if the rules changed meanwhile. */
async function readPermittedSender<Tx extends PoolTransaction>(
  context: PoolContext<Tx>,
  transaction: Tx,
): Promise<SenderAccount | Rejection> {
  for (;;) {
    const { permissions } = context.head
    const denied = permissions && (await checkPermission(permissions, transaction))
    if (denied !== undefined) return denied
    const account = await readSenderAccount(context, transaction.sender)
    if (permissions?.version === context.head.permissions?.version) return account
  }
}

type Admitted = Exclude<AddResult, { status: 'rejected' }>

function admit<Tx extends PoolTransaction>(
  context: PoolContext<Tx>,
  offer: { readonly transaction: Tx; readonly origin: Origin; readonly account: SenderAccount },
): Admitted | Rejection {
  const { entries, feePolicy, limits } = context
  const { transaction, origin, account } = offer
  advanceSender(entries, transaction.sender, account.nonce)
  const sender = entries.senders.get(transaction.sender)
  const pooled: ReadonlyMap<bigint, PoolEntry<Tx>> = sender?.byNonce ?? new Map()
  const rejection = checkStateful(transaction, { feePolicy, limits, account, pooled })
  if (rejection !== undefined) return rejection
  const previous = pooled.get(transaction.nonce)
  if (previous !== undefined) {
    return checkGrowth(context, previous, transaction) ?? replace(context, previous, offer)
  }

  const isNext = transaction.nonce === (sender?.endNonce ?? account.nonce)
  const status = isNext ? 'pending' : 'queued'
  const noRoom = makeRoom(context, { transaction, origin, status })
  if (noRoom !== undefined) return noRoom
  return { status: insertEntry(entries, offer, account.nonce).status }
}

/** A replacement takes its predecessor's place, so it may not need more room than the pool has left. */
function checkGrowth<Tx extends PoolTransaction>(
  { entries, limits }: PoolContext<Tx>,
  previous: PoolEntry<Tx>,
  { raw }: Tx,
): Rejection | undefined {
  const sizeBytes = entries.sizeBytes + raw.length - previous.transaction.raw.length
  const fits = raw.length <= previous.transaction.raw.length || sizeBytes <= limits.totalSizeBytes
  return fits ? undefined : reject('pool-full', 'txpool is full')
}

function replace<Tx extends PoolTransaction>(
  context: PoolContext<Tx>,
  previous: PoolEntry<Tx>,
  offer: { readonly transaction: Tx; readonly origin: Origin },
): Admitted {
  const replaced: Hash = previous.transaction.hash
  const entry = replaceEntry(context.entries, replaced, offer)
  return { status: entry.status, replaced }
}

function checkKnown<Tx extends PoolTransaction>(
  context: PoolContext<Tx>,
  transaction: Tx,
): Rejection | undefined {
  if (!context.entries.byHash.has(transaction.hash)) return undefined
  return reject('already-known', 'already known')
}

function checkAlone<Tx extends PoolTransaction>(
  context: PoolContext<Tx>,
  transaction: Tx,
): Rejection | undefined {
  const { chainId, feePolicy, allowsBlobs, limits, head } = context
  const blockGasLimit = head.gasLimit
  return checkStateless(transaction, { chainId, feePolicy, allowsBlobs, limits, blockGasLimit })
}

function refused<Tx extends PoolTransaction>(
  context: PoolContext<Tx>,
  transaction: Tx,
  rejection: Rejection,
): AddResult {
  const { reason, message } = rejection
  context.metrics.rejected(reason)
  context.departures.noteRefused(transaction, rejection)
  return { status: 'rejected', reason, message }
}
