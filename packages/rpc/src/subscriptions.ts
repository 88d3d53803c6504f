import type { HeadEvent, LogFilter } from '@busan/chain'
import { type Hash, toQuantity } from '@busan/primitives'
import { formatHeader } from './format/block.ts'
import { formatLog, matchesFilter } from './format/log.ts'
import { formatReceipts, locateLogs } from './format/receipt.ts'
import { formatPooledTransaction } from './format/transaction.ts'
import type { PoolEvent, RpcPorts } from './ports.ts'

/** What a connection is told of. */
export type SubscriptionKind =
  | { readonly type: 'newHeads' }
  | { readonly type: 'logs'; readonly filter: LogFilter }
  | { readonly type: 'newPendingTransactions'; readonly isFull: boolean }
  /** Transactions that leave the pool other than into a block, with the reason. */
  | { readonly type: 'droppedPendingTransactions'; readonly isFull: boolean }
  | { readonly type: 'syncing' }
  /** Receipts of each block, of the named transactions only when there are names. */
  | { readonly type: 'transactionReceipts'; readonly hashes: ReadonlySet<string> }

/** Takes one notification's `result` as JSON text. */
export type Push = (resultJson: string) => void

/** Fans the node's events out to subscribers; each event is put into words once. */
export interface Subscriptions {
  /** @returns a function that ends the subscription */
  add(kind: SubscriptionKind, push: Push): () => void
  close(): void
}

interface Subscription<Kind extends SubscriptionKind = SubscriptionKind> {
  readonly kind: Kind
  readonly push: Push
}

/** Listens to the chain and the pool for all subscribers of a server. */
export function createSubscriptions(
  ports: Pick<RpcPorts, 'chain' | 'pool' | 'sync'>,
): Subscriptions {
  const subscriptions = new Set<Subscription>()
  let wasSyncing = ports.sync.status().syncing

  function ofType<Type extends SubscriptionKind['type']>(type: Type) {
    type Kind = Extract<SubscriptionKind, { type: Type }>
    return [...subscriptions].filter(
      (subscription): subscription is Subscription<Kind> => subscription.kind.type === type,
    )
  }

  function pushSyncing(): void {
    const status = ports.sync.status()
    if (status.syncing === wasSyncing) return
    wasSyncing = status.syncing
    const json = JSON.stringify(
      status.syncing ? { syncing: true, status: progress(status) } : false,
    )
    for (const { push } of ofType('syncing')) push(json)
  }

  function progress(status: { startingBlock: bigint; highestBlock: bigint }) {
    return {
      startingBlock: toQuantity(status.startingBlock),
      currentBlock: toQuantity(ports.chain.head().header.number),
      highestBlock: toQuantity(status.highestBlock),
    }
  }

  const stopHeads = ports.chain.onHead((event) => {
    if (subscriptions.size === 0 && !wasSyncing) return
    pushHead(event, ofType('newHeads'))
    pushLogs(event, ofType('logs'))
    pushReceipts(event, ofType('transactionReceipts'))
    pushSyncing()
  })
  const stopPool = ports.pool.onChanged((changes) => {
    const interested = ofType('newPendingTransactions')
    if (interested.length > 0) pushPending(changes, interested)
    pushDropped(changes, ofType('droppedPendingTransactions'))
  })

  return {
    add(kind, push) {
      const subscription = { kind, push }
      subscriptions.add(subscription)
      return () => subscriptions.delete(subscription)
    },
    close() {
      stopHeads()
      stopPool()
      subscriptions.clear()
    },
  }
}

function pushHead({ block }: HeadEvent, interested: readonly Subscription[]): void {
  if (interested.length === 0) return
  const json = JSON.stringify(formatHeader(block.header, block.hash))
  for (const { push } of interested) push(json)
}

function pushLogs(
  { block, receipts }: HeadEvent,
  interested: readonly Subscription<Extract<SubscriptionKind, { type: 'logs' }>>[],
): void {
  if (interested.length === 0) return
  for (const log of locateLogs(block, receipts)) {
    const matching = interested.filter(({ kind }) => matchesFilter(log, kind.filter))
    if (matching.length === 0) continue
    const json = JSON.stringify(formatLog(log))
    for (const { push } of matching) push(json)
  }
}

function pushReceipts(
  { block, receipts }: HeadEvent,
  interested: readonly Subscription<Extract<SubscriptionKind, { type: 'transactionReceipts' }>>[],
): void {
  if (interested.length === 0 || receipts.length === 0) return
  const formatted = formatReceipts(block, receipts)
  for (const { kind, push } of interested) {
    const wanted = formatted.filter(
      ({ transactionHash }) => kind.hashes.size === 0 || kind.hashes.has(transactionHash),
    )
    if (wanted.length > 0) push(JSON.stringify(wanted))
  }
}

/** Tells of transactions once they are executable. */
function pushPending(
  changes: readonly PoolEvent[],
  interested: readonly Subscription<
    Extract<SubscriptionKind, { type: 'newPendingTransactions' }>
  >[],
): void {
  const announced = new Set<Hash>()
  for (const change of changes) {
    if (change.type === 'dropped' || (change.type === 'added' && change.status === 'queued'))
      continue
    if (announced.has(change.transaction.hash)) continue
    announced.add(change.transaction.hash)
    const hashJson = JSON.stringify(change.transaction.hash)
    const isAnyFull = interested.some(({ kind }) => kind.isFull)
    const fullJson = isAnyFull ? JSON.stringify(formatPooledTransaction(change.transaction)) : ''
    for (const { kind, push } of interested) push(kind.isFull ? fullJson : hashJson)
  }
}

/** Besu pushes the bare hash; the reason is why somebody listens. */
function pushDropped(
  changes: readonly PoolEvent[],
  interested: readonly Subscription<
    Extract<SubscriptionKind, { type: 'droppedPendingTransactions' }>
  >[],
): void {
  if (interested.length === 0) return
  for (const change of changes) {
    if (change.type !== 'dropped' || change.reason === 'included') continue
    const { transaction, reason, message, replacedBy } = change
    const { hash, sender, nonce } = transaction
    const drop = { hash, from: sender, nonce: toQuantity(nonce), reason, message, replacedBy }
    for (const { kind, push } of interested) {
      const full = kind.isFull ? { transaction: formatPooledTransaction(transaction) } : {}
      push(JSON.stringify({ ...drop, ...full }))
    }
  }
}
