import type { StoredBlock } from '@busan/chain'
import type { Transaction } from '@busan/execution'
import { type Hash, toQuantity } from '@busan/primitives'
import type { z } from 'zod'
import { findBySenderAndNonce } from './account-history.ts'
import type { RpcContext } from './method.ts'
import type { PoolDeparture, PoolStanding } from './ports.ts'
import type { explanation } from './result/explanation.ts'

/** What an explanation works with. */
export type ExplainContext = Pick<RpcContext, 'chain' | 'pool' | 'fees' | 'sync' | 'permissions'>

/** Some blocks' worth; counting on would walk the whole pool while consensus waits. */
const AHEAD_COUNTED_MAX = 10_000

/** Where a transaction is, and why. */
export type Explanation = z.output<typeof explanation>

/** Looks in the chain, then in the pool, then in what the pool remembers. */
export async function explainTransaction(
  hash: Hash,
  context: ExplainContext,
): Promise<Explanation> {
  const final = explainFinal(hash, context)
  if (final !== undefined) return final
  const standing = context.pool.standing(hash)
  if (standing === undefined) return explainUnknown(hash, context)
  if (!('transaction' in standing)) return explainDeparture(hash, standing, context)
  const { transaction } = standing
  if (standing.status === 'queued') return explainQueued(transaction, standing)
  return explainUnderpriced(transaction, context) ?? explainExecutable(transaction, context)
}

function explainFinal(hash: Hash, { chain }: ExplainContext): Explanation | undefined {
  const location = chain.transactionLocation(hash)
  const block = location && chain.blockByHash(location.blockHash)
  const transaction = location && block?.transactions[location.index]
  if (location === undefined || block === undefined || transaction === undefined) return undefined
  const { blockHash, index } = location
  const { number } = block.header
  const succeeded = chain.receiptsByHash(blockHash)?.[index]?.succeeded ?? false
  const outcome = succeeded
    ? ''
    : '; it failed, and paid for its gas: debug_traceTransaction tells where'
  return {
    ...subject(transaction),
    status: 'final',
    message: `final in block ${number}${outcome}`,
    blockNumber: toQuantity(number),
    blockHash,
    transactionIndex: toQuantity(index),
    succeeded,
  }
}

function explainQueued(
  transaction: Transaction,
  { missingNonces }: Extract<PoolStanding, { status: 'queued' }>,
): Explanation {
  const gaps = missingNonces.map(({ first, last }) =>
    first === last ? `${first}` : `${first}..${last}`,
  )
  return {
    ...subject(transaction),
    status: 'queued',
    message:
      `queued behind the nonce gap ${gaps.join(', ')}: its nonce is ${transaction.nonce}, and its sender has to ` +
      'send the missing ones first',
    missingNonces: missingNonces.map(({ first, last }) => ({
      first: toQuantity(first),
      last: toQuantity(last),
    })),
  }
}

function explainUnderpriced(
  transaction: Transaction,
  { chain, pool, fees }: ExplainContext,
): Explanation | undefined {
  if (chain.spec.feePolicy.kind === 'freeGas') return undefined
  const baseFeeWei = fees.nextBaseFee()
  const blocking = pool
    .content(transaction.sender)
    .pending.get(transaction.sender)
    ?.find(
      ({ nonce, maxFeePerGasWei }) => nonce <= transaction.nonce && maxFeePerGasWei < baseFeeWei,
    )
  if (blocking === undefined) return undefined
  const isOwn = blocking.hash === transaction.hash
  const whose = isOwn
    ? 'its'
    : `nonce ${blocking.nonce} of its sender comes first (${blocking.hash}), whose`
  return {
    ...subject(transaction),
    status: 'underpriced',
    message:
      `waits for the base fee to fall: ${whose} maxFeePerGas is ${blocking.maxFeePerGasWei} wei, the next block's ` +
      `base fee ${baseFeeWei} wei; wait, or send a transaction with that nonce and a higher fee in its place`,
    maxFeePerGas: toQuantity(blocking.maxFeePerGasWei),
    baseFeePerGas: toQuantity(baseFeeWei),
    ...(isOwn ? {} : { blockedBy: blocking.hash }),
  }
}

function explainExecutable(
  transaction: Transaction,
  { pool, fees, ...context }: ExplainContext,
): Explanation {
  let ahead = 0
  for (const { hash } of pool.executable(fees.nextBaseFee())) {
    if (hash === transaction.hash || ahead === AHEAD_COUNTED_MAX) break
    ahead++
  }
  const orMore = ahead === AHEAD_COUNTED_MAX ? ' or more' : ''
  const first = ahead === 0 ? 'nothing comes before it' : `${ahead}${orMore} come before it`
  return {
    ...subject(transaction),
    status: 'executable',
    message: `in the pool and executable: the next blocks may take it, ${first}${behind(context)}`,
    ahead: toQuantity(ahead),
  }
}

async function explainDeparture(
  hash: Hash,
  departure: PoolDeparture,
  { chain, permissions }: ExplainContext,
): Promise<Explanation> {
  const { sender, nonce, reason, message, atMs } = departure
  const replacedBy = departure.replacedBy ?? (await findBySenderAndNonce(chain, sender, nonce))
  const words = { refused: 'refused', dropped: 'dropped from the pool' }[departure.status]
  const at = new Date(atMs).toISOString()
  const permission =
    reason === 'not-permitted' ? await permissionNow(departure, chain.head()) : undefined
  return {
    hash,
    from: sender,
    nonce: toQuantity(nonce),
    status: replacedBy === undefined ? departure.status : 'replaced',
    message: `${words} at ${at}: ${message}${usedBy(replacedBy, departure)}${permission?.message ?? ''}`,
    reason,
    at: toQuantity(Math.floor(atMs / 1000)),
    ...(replacedBy === undefined ? {} : { replacedBy }),
    ...(permission?.rule === undefined ? {} : { rule: permission.rule }),
  }

  async function permissionNow({ to }: PoolDeparture, { header }: StoredBlock) {
    if (permissions?.accounts()?.has(sender) === false) {
      return { rule: 'accounts-allowlist', message: '; the list is that of this node alone' }
    }
    const verdict = await chain.executor.permissionsAt(header.stateRoot)?.rule({ sender, to })
    if (verdict === undefined) return undefined
    if (verdict.ok) return { message: '; it is permitted now: submit it again' }
    return { rule: verdict.reason, message: `; ${verdict.message}` }
  }
}

function usedBy(replacedBy: Hash | undefined, { nonce, replacedBy: known }: PoolDeparture): string {
  if (replacedBy === undefined || known !== undefined) return ''
  return `; ${replacedBy} used nonce ${nonce}`
}

function explainUnknown(hash: Hash, context: ExplainContext): Explanation {
  return {
    hash,
    status: 'unknown',
    message:
      'this node has it neither in a block nor in its pool, and remembers no refusal of it: it was sent elsewhere, ' +
      `or long ago; submit it again${behind(context)}`,
  }
}

function behind({ sync }: Pick<ExplainContext, 'sync'>): string {
  return sync.status().syncing
    ? '; this node is behind the network: a block it lacks may hold it'
    : ''
}

function subject({ hash, sender, nonce }: Transaction) {
  return { hash, from: sender, nonce: toQuantity(nonce) }
}
