import type { FeePolicy } from '@busan/chain-spec'
import { accept, equalBytes, refuse, type Verdict } from '@busan/primitives'
import { type BlobSetting, blobGasOf, checkBlobs } from './blob-rules.ts'
import { delegateOf } from './interpreter/delegation.ts'
import type { SyncState } from './interpreter/ports.ts'
import { INIT_CODE_SIZE_BYTES_MAX, intrinsicGas, TRANSACTION_GAS_MAX } from './intrinsic-gas.ts'
import { EMPTY_CODE_HASH_BYTES } from './state/account.ts'
import type { ExecutionReason, Transaction } from './types.ts'
import type { ForkRules } from './vm/machine.ts'

/** What a transaction meets in its block. */
export interface TransactionSetting {
  readonly rules: ForkRules
  readonly feePolicy: FeePolicy
  readonly baseFeePerGasWei: bigint | undefined
  /** Gas that is left in the block. */
  readonly gasLeft: bigint
  /** Absent where blocks carry no blobs. */
  readonly blobs?: BlobSetting | undefined
}

type AccountReader = Pick<SyncState, 'accountAt' | 'codeAt'>

type Judgement = Verdict<null, ExecutionReason>

/** EIP-2718 type of a transaction that carries blobs (EIP-4844). */
const BLOB_TYPE = 3

const FINE: Judgement = accept(null)

/** The EIP that brought each transaction type. */
const TYPE_EIPS: readonly number[] = [155, 2930, 1559, 4844, 7702]

/** Everything a transaction must satisfy to run next on this state; geth's words and order of checks. */
export function checkTransaction(
  transaction: Transaction,
  setting: TransactionSetting,
  state: AccountReader,
): Judgement {
  for (const check of [checkForm, checkGas, checkFees, checkBlobGas]) {
    const judgement = check(transaction, setting)
    if (!judgement.ok) return judgement
  }
  return checkSender(transaction, setting, state)
}

function checkForm(transaction: Transaction, { rules, blobs }: TransactionSetting): Judgement {
  if (transaction.type === BLOB_TYPE && blobs === undefined) {
    return refuse('blob-transaction', 'this chain carries no blobs')
  }
  const eip = TYPE_EIPS[transaction.type] as number
  if (transaction.type !== 0 && !rules.isActivatedEIP(eip)) {
    return refuse('unsupported-type', `transaction type not supported: ${transaction.type}`)
  }
  if (transaction.chainId !== undefined && transaction.chainId !== rules.chainId()) {
    return refuse(
      'invalid-transaction',
      `invalid chain id for signer: have ${transaction.chainId} want ${rules.chainId()}`,
    )
  }
  const isTooLong = transaction.data.length > INIT_CODE_SIZE_BYTES_MAX
  if (transaction.to === null && isTooLong && rules.isActivatedEIP(3860)) {
    return refuse(
      'invalid-transaction',
      `max initcode size exceeded: code size ${transaction.data.length} limit ${INIT_CODE_SIZE_BYTES_MAX}`,
    )
  }
  return FINE
}

function checkGas(transaction: Transaction, { rules, gasLeft }: TransactionSetting): Judgement {
  const { gasLimit } = transaction
  if (rules.isActivatedEIP(7825) && gasLimit > TRANSACTION_GAS_MAX) {
    return refuse(
      'invalid-transaction',
      `transaction gas limit too high (cap: ${TRANSACTION_GAS_MAX}, tx: ${gasLimit})`,
    )
  }
  const { intrinsic, floor } = intrinsicGas(transaction, rules)
  if (gasLimit < intrinsic) {
    return refuse(
      'intrinsic-gas-too-low',
      `intrinsic gas too low: have ${gasLimit}, want ${intrinsic}`,
    )
  }
  if (gasLimit < floor) {
    return refuse(
      'intrinsic-gas-too-low',
      `insufficient gas for floor data gas cost: have ${gasLimit}, want ${floor}`,
    )
  }
  if (gasLimit > gasLeft) {
    return refuse('gas-limit-reached', `gas limit reached: have ${gasLeft}, want ${gasLimit}`)
  }
  return FINE
}

function checkFees(transaction: Transaction, setting: TransactionSetting): Judgement {
  const { baseFeePerGasWei, feePolicy } = setting
  const { maxFeePerGasWei, maxPriorityFeePerGasWei, sender } = transaction
  if (maxPriorityFeePerGasWei > maxFeePerGasWei) {
    return refuse(
      'invalid-transaction',
      `max priority fee per gas higher than max fee per gas: address ${sender}, ` +
        `maxPriorityFeePerGas: ${maxPriorityFeePerGasWei}, maxFeePerGas: ${maxFeePerGasWei}`,
    )
  }
  if (feePolicy.kind === 'freeGas' || baseFeePerGasWei === undefined) return FINE
  if (maxFeePerGasWei >= baseFeePerGasWei) return FINE
  return refuse(
    'fee-cap-too-low',
    `max fee per gas less than block base fee: address ${sender}, ` +
      `maxFeePerGas: ${maxFeePerGasWei}, baseFee: ${baseFeePerGasWei}`,
  )
}

function checkBlobGas(transaction: Transaction, { blobs }: TransactionSetting): Judgement {
  return checkBlobs(transaction, blobs)
}

function checkSender(
  transaction: Transaction,
  setting: TransactionSetting,
  state: AccountReader,
): Judgement {
  const { sender, nonce } = transaction
  const account = state.accountAt(sender)
  const next = account?.nonce ?? 0n
  if (nonce < next) {
    return refuse('nonce-too-low', `nonce too low: address ${sender}, tx: ${nonce} state: ${next}`)
  }
  if (nonce > next) {
    return refuse(
      'nonce-too-high',
      `nonce too high: address ${sender}, tx: ${nonce} state: ${next}`,
    )
  }
  // EIP-7702: an account that delegates is still an externally owned account.
  if (account !== null && !equalBytes(account.codeHash, EMPTY_CODE_HASH_BYTES)) {
    const code = state.codeAt(sender)
    const delegates = setting.rules.isActivatedEIP(7702) && delegateOf(code) !== undefined
    if (!delegates) {
      return refuse(
        'invalid-transaction',
        `sender not an eoa: address ${sender}, len(code): ${code.length}`,
      )
    }
  }
  return checkBalance(transaction, setting.feePolicy, account?.balance ?? 0n)
}

function checkBalance(transaction: Transaction, feePolicy: FeePolicy, balance: bigint): Judgement {
  const { gasLimit, maxFeePerGasWei, valueWei, sender } = transaction
  const price = feePolicy.kind === 'freeGas' ? 0n : maxFeePerGasWei
  const blobCost = blobGasOf(transaction) * (transaction.maxFeePerBlobGasWei ?? 0n)
  const cost = gasLimit * price + valueWei + blobCost
  if (balance >= cost) return FINE
  return refuse(
    'insufficient-funds',
    `insufficient funds for gas * price + value: address ${sender} have ${balance} want ${cost}`,
  )
}
