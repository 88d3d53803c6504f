import type { Address, Hash } from '@busan/primitives'
import { advanceSender, removeEntry } from './change-entries.ts'
import { checkPermission } from './checks/permission.ts'
import { maxCostWei } from './costs.ts'
import type { PoolContext } from './pool-context.ts'
import { readSenderAccount, type SenderAccount } from './sender-account.ts'
import type { HeadState, PoolTransaction } from './types.ts'

/** Senders looked at per block beside those that sent: see {@link HeadFollower}. */
const ROTATION_SIZE = 128

/** What a block included, as far as the pool cares. */
export interface IncludedTransaction {
  readonly sender: Address
  readonly nonce: bigint
  readonly hash: Hash
}

/**
 * Keeps the pool true to the head. Senders of included transactions are re-checked at once. An
 * account that delegates (EIP-7702) can also lose its balance or use its nonce without sending, so
 * every other sender is re-checked in turn.
 */
export interface HeadFollower {
  onHead(head: HeadState, included: readonly IncludedTransaction[]): Promise<void>
}

/** A follower for one pool. */
export function createHeadFollower<Tx extends PoolTransaction>(
  context: PoolContext<Tx>,
): HeadFollower {
  const unchecked = new Set<Address>()
  let rotation: Iterator<Address> | undefined

  function addNextInRotation(): void {
    for (let i = 0; i < ROTATION_SIZE; i++) {
      rotation ??= context.entries.senders.keys()
      const { done, value } = rotation.next()
      if (done === true) {
        rotation = undefined
        return
      }
      unchecked.add(value)
    }
  }

  return {
    async onHead(head, included) {
      const gasLimitFell = head.gasLimit < context.head.gasLimit
      const rulesChanged = head.permissions?.version !== context.head.permissions?.version
      context.head = head
      dropIncluded(context, included)
      if (gasLimitFell) dropOversized(context, head)
      for (const { sender } of included) {
        if (context.entries.senders.has(sender)) unchecked.add(sender)
      }
      addNextInRotation()
      try {
        if (rulesChanged) await dropDenied(context, head)
        const accounts = await readAccounts(context, [...unchecked])
        // A later head took over while we read; its own call re-checks these senders too.
        if (context.head !== head) return
        for (const [sender, account] of accounts) {
          recheckSender(context, sender, account)
          unchecked.delete(sender)
        }
      } finally {
        context.announce()
      }
    },
  }
}

function dropIncluded<Tx extends PoolTransaction>(
  context: PoolContext<Tx>,
  included: readonly IncludedTransaction[],
): void {
  const hashes = new Set(included.map(({ hash }) => hash))
  const nextNonces = new Map<Address, bigint>()
  for (const { sender, nonce } of included) {
    const known = nextNonces.get(sender) ?? 0n
    if (nonce >= known) nextNonces.set(sender, nonce + 1n)
  }
  for (const [sender, nonce] of nextNonces) advanceSender(context.entries, sender, nonce, hashes)
}

async function readAccounts<Tx extends PoolTransaction>(
  context: PoolContext<Tx>,
  senders: readonly Address[],
): Promise<readonly (readonly [Address, SenderAccount])[]> {
  return Promise.all(
    senders.map(async (sender) => [sender, await readSenderAccount(context, sender)] as const),
  )
}

function recheckSender<Tx extends PoolTransaction>(
  context: PoolContext<Tx>,
  sender: Address,
  account: SenderAccount,
): void {
  advanceSender(context.entries, sender, account.nonce)
  const pooled = context.entries.senders.get(sender)?.byNonce.values() ?? []
  for (const { transaction } of [...pooled]) {
    const costWei = maxCostWei(transaction, context.feePolicy)
    if (costWei <= account.balanceWei) continue
    removeEntry(context.entries, transaction.hash, {
      reason: 'insufficient-funds',
      message: `its sender's balance fell to ${account.balanceWei} wei, and it may cost ${costWei} wei`,
    })
  }
}

function dropOversized<Tx extends PoolTransaction>(
  { entries }: PoolContext<Tx>,
  { gasLimit }: HeadState,
): void {
  for (const { transaction } of [...entries.byHash.values()]) {
    if (transaction.gasLimit <= gasLimit) continue
    removeEntry(entries, transaction.hash, {
      reason: 'gas-limit-exceeds-block',
      message: `its gas limit ${transaction.gasLimit} exceeds the block gas limit, which fell to ${gasLimit}`,
    })
  }
}

/** Judges everything again under changed rules; a later head that changes them judges all once more. */
async function dropDenied<Tx extends PoolTransaction>(
  context: PoolContext<Tx>,
  { permissions }: HeadState,
): Promise<void> {
  if (permissions === undefined) return
  for (const { transaction } of [...context.entries.byHash.values()]) {
    if (permissions.version !== context.head.permissions?.version) return
    const { hash } = transaction
    const denial = await checkPermission(permissions, transaction)
    if (denial !== undefined) removeEntry(context.entries, hash, denial)
  }
}
