// What a transaction must satisfy given its sender's account and other pooled transactions.
import type { FeePolicy } from '@busan/chain-spec'
import { EMPTY_CODE_HASH, toChecksumAddress } from '@busan/primitives'
import { maxCostWei } from '../costs.ts'
import type { PoolEntry } from '../entries.ts'
import type { PoolLimits } from '../limits.ts'
import { type Rejection, reject } from '../rejection.ts'
import type { SenderAccount } from '../sender-account.ts'
import type { PoolTransaction } from '../types.ts'

/** What the stateful checks compare with. */
export interface StatefulRules {
  readonly feePolicy: FeePolicy
  readonly limits: PoolLimits
  readonly account: SenderAccount
  /** The sender's pooled transactions by nonce, executable or not. */
  readonly pooled: ReadonlyMap<bigint, PoolEntry>
}

type StatefulCheck = (transaction: PoolTransaction, rules: StatefulRules) => Rejection | undefined

const checks: readonly StatefulCheck[] = [
  checkNonce,
  checkSenderCode,
  checkDelegation,
  checkBalance,
  checkCumulativeBalance,
  checkAccountLimit,
  checkReplacementPrice,
]

/** The first failed check, if any. */
export function checkStateful(
  transaction: PoolTransaction,
  rules: StatefulRules,
): Rejection | undefined {
  for (const check of checks) {
    const rejection = check(transaction, rules)
    if (rejection !== undefined) return rejection
  }
  return undefined
}

function checkNonce(transaction: PoolTransaction, rules: StatefulRules): Rejection | undefined {
  const next = rules.account.nonce
  if (transaction.nonce >= next) return undefined
  return reject('nonce-too-low', `nonce too low: next nonce ${next}, tx nonce ${transaction.nonce}`)
}

/** EIP-3607, with the exception of EIP-7702: an account that delegates still sends. */
function checkSenderCode(
  transaction: PoolTransaction,
  rules: StatefulRules,
): Rejection | undefined {
  const { codeHash, code } = rules.account
  if (codeHash === EMPTY_CODE_HASH || isDelegation(code)) return undefined
  const sender = toChecksumAddress(transaction.sender)
  return reject('sender-not-eoa', `sender not an eoa: address ${sender}, len(code): ${code.length}`)
}

/**
 * An account that delegates (EIP-7702) can lose its balance and use its nonces without sending, and so void all that
 * it has in the pool at once: it gets one transaction at a time, geth's rule.
 */
function checkDelegation(
  transaction: PoolTransaction,
  { account, pooled }: StatefulRules,
): Rejection | undefined {
  if (account.codeHash === EMPTY_CODE_HASH || pooled.has(transaction.nonce)) return undefined
  if (pooled.size > 0) {
    return reject('account-limit', 'in-flight transaction limit reached for delegated accounts')
  }
  if (transaction.nonce === account.nonce) return undefined
  return reject('nonce-too-high', 'gapped-nonce tx from delegated accounts')
}

function checkBalance(transaction: PoolTransaction, rules: StatefulRules): Rejection | undefined {
  const { balanceWei } = rules.account
  const cost = maxCostWei(transaction, rules.feePolicy)
  if (cost <= balanceWei) return undefined
  return reject(
    'insufficient-funds',
    `insufficient funds for gas * price + value: balance ${balanceWei}, ` +
      `tx cost ${cost}, overshot ${cost - balanceWei}`,
  )
}

/**
 * The balance must also cover what the sender's executable transactions may spend. Those that wait
 * for a nonce do not count, as in geth: filling a gap must stay possible.
 */
function checkCumulativeBalance(
  transaction: PoolTransaction,
  rules: StatefulRules,
): Rejection | undefined {
  const { balanceWei } = rules.account
  let spent = 0n
  for (const entry of rules.pooled.values()) {
    if (entry.status === 'pending') spent += maxCostWei(entry.transaction, rules.feePolicy)
  }
  const previous = rules.pooled.get(transaction.nonce)
  const replaced = previous?.status === 'pending' ? previous : undefined
  const refund = replaced === undefined ? 0n : maxCostWei(replaced.transaction, rules.feePolicy)
  const added = maxCostWei(transaction, rules.feePolicy) - refund
  const overshot = spent + added - balanceWei
  if (overshot <= 0n) return undefined
  return reject(
    'insufficient-funds',
    `insufficient funds for gas * price + value: balance ${balanceWei}, queued cost ${spent}, ` +
      `${replaced === undefined ? 'tx cost' : 'tx bumped'} ${added}, overshot ${overshot}`,
  )
}

function checkAccountLimit(
  transaction: PoolTransaction,
  rules: StatefulRules,
): Rejection | undefined {
  const { pooled, limits } = rules
  if (pooled.has(transaction.nonce) || pooled.size < limits.perAccount) return undefined
  return reject('account-limit', `account limit exceeded: pooled ${pooled.size} txs`)
}

function checkReplacementPrice(
  transaction: PoolTransaction,
  rules: StatefulRules,
): Rejection | undefined {
  const previous = rules.pooled.get(transaction.nonce)?.transaction
  if (previous === undefined) return undefined
  const bumpPercent = rules.feePolicy.kind === 'freeGas' ? 0n : rules.limits.priceBumpPercent
  const feeCapIsEnough =
    transaction.maxFeePerGasWei >= bump(previous.maxFeePerGasWei, bumpPercent) &&
    (bumpPercent === 0n || transaction.maxFeePerGasWei > previous.maxFeePerGasWei)
  const tipIsEnough =
    transaction.maxPriorityFeePerGasWei >= bump(previous.maxPriorityFeePerGasWei, bumpPercent)
  if (feeCapIsEnough && tipIsEnough) return undefined
  return reject('replacement-underpriced', 'replacement transaction underpriced')
}

/**
 * The least fee that replaces `feeWei`. The division rounds down, so that wallets that round either
 * way pass, yet the fee must rise. A tip of 0 cannot rise by a percentage and may stay: the fee cap
 * rises.
 */
function bump(feeWei: bigint, percent: bigint): bigint {
  if (feeWei === 0n || percent === 0n) return feeWei
  const raised = (feeWei * (100n + percent)) / 100n
  return raised > feeWei ? raised : feeWei + 1n
}

/** EIP-7702: 0xef0100 followed by an address. */
function isDelegation(code: Uint8Array): boolean {
  return code.length === 23 && code[0] === 0xef && code[1] === 0x01 && code[2] === 0x00
}
