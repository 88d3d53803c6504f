import { type BlockBody, type ChainSpec, GAS_PER_BLOB, type Header } from '@busan/chain-spec'
import { accept, bytesToHash, type Verdict } from '@busan/primitives'
import { lesser } from './bigint-order.ts'
import { blobGasOf } from './blob-rules.ts'
import { contractAddress } from './contract-address.ts'
import { beginEthereumBlock, endEthereumBlock } from './ethereum/block-rules.ts'
import type { PermissionRules } from './permissions.ts'
import { encodeReceiptsInSteps, joinBlooms, logsBloomInSteps } from './receipts.ts'
import { type RanTransaction, runTransaction } from './run-transaction.ts'
import { NO_ACCOUNT } from './state/account.ts'
import { pacedResultOf } from './state/steps.ts'
import { orderedTrieRootInSteps } from './state/trie.ts'
import { checkTransaction, type TransactionSetting } from './transaction-rules.ts'
import type { ExecutionReason, ExecutionResult, Receipt, Transaction } from './types.ts'
import type { BlockContext } from './vm/block-context.ts'
import type { Machine } from './vm/machine.ts'

/** A block on its way: transactions are applied one after another, then its outcome is taken. */
export interface BlockRun {
  /** Gas of all transactions so far. */
  gasUsed(): bigint
  /** Does what the chain's consensus does before the transactions. */
  begin(header: Pick<Header, 'parentBeaconBlockRoot' | 'parentHash'>): Promise<void>
  /** Runs the next transaction; a refused one leaves no trace. Throws only when the machine is broken. */
  apply(transaction: Transaction): Promise<Verdict<null, ExecutionReason>>
  /** Pays rewards and withdrawals, collects requests and computes the roots. */
  finish(
    body: Pick<BlockBody, 'ommers' | 'withdrawals'>,
  ): Promise<Verdict<ExecutionResult, ExecutionReason>>
}

/** What a block is run with. */
export interface BlockRunOptions {
  /** Already reset to the parent's state and this context. */
  readonly machine: Machine
  readonly spec: ChainSpec
  readonly context: BlockContext
  /** Who may send what, on the parent's state; absent: no transaction is asked about. */
  readonly permissions?: PermissionRules | undefined
}

/** Begins a block on the machine's state. */
export function createBlockRun(options: BlockRunOptions): BlockRun {
  const { machine, spec, context, permissions } = options
  const { feePolicy } = spec
  const isFree = feePolicy.kind === 'freeGas'
  const transactions: Transaction[] = []
  const receipts: Receipt[] = []
  let gasUsed = 0n
  let blobGasUsed = 0n

  const apply: BlockRun['apply'] = async (transaction) => {
    const pause = machine.pacer.pause()
    if (pause !== undefined) await pause
    const permission = permissions && (await permissions.judge(transaction))
    if (permission?.ok === false) return permission
    const setting = settingOf({ machine, spec, context }, { gasUsed, blobGasUsed })
    const judgement = checkTransaction(transaction, setting, machine.state)
    if (!judgement.ok) return judgement
    const price = isFree ? 0n : effectiveGasPrice(transaction, context.baseFeePerGasWei)
    const run = { context, gasPriceWei: price, isFree, blockGasUsed: gasUsed }
    const ran = await runTransaction(machine, transaction, run)
    if (!ran.ok) return ran
    gasUsed += ran.value.gasUsed
    blobGasUsed += blobGasOf(transaction)
    transactions.push(transaction)
    const bloom = await pacedResultOf(logsBloomInSteps(ran.value.result.logs), machine.pacer)
    receipts.push({
      ...toReceipt(transaction, ran.value, {
        cumulativeGasUsed: gasUsed,
        effectiveGasPriceWei: price,
        logsBloom: bloom,
      }),
      ...blobReceipt(transaction, context),
    })
    return accept(null)
  }

  const finish: BlockRun['finish'] = (body) =>
    finishBlock(options, { body, transactions, receipts })
  const begin: BlockRun['begin'] = async (header) => {
    if (isEthereum(spec)) await beginEthereumBlock(machine, context, header)
  }
  return { gasUsed: () => gasUsed, begin, apply, finish }
}

function isEthereum({ consensus }: ChainSpec): boolean {
  return consensus === 'ethereum'
}

/** Does what the chain's consensus does after the transactions, and computes the roots. */
export async function finishBlock(
  { machine, spec, context }: BlockRunOptions,
  ran: {
    readonly body: Pick<BlockBody, 'ommers' | 'withdrawals'>
    readonly transactions: readonly Transaction[]
    readonly receipts: readonly Receipt[]
  },
): Promise<Verdict<ExecutionResult, ExecutionReason>> {
  const { body, transactions, receipts } = ran
  const ended = isEthereum(spec)
    ? await endEthereumBlock(machine, context, { spec, body, receipts })
    : accept(payReward(machine, context))
  if (!ended.ok) return ended
  return accept({
    ...(await outcomeOf({ machine, context }, transactions, receipts)),
    gasUsed: receipts.at(-1)?.cumulativeGasUsed ?? 0n,
    blobGasUsed: transactions.reduce((sum, transaction) => sum + blobGasOf(transaction), 0n),
    ...(ended.value === undefined ? {} : { requests: ended.value }),
  })
}

/** What the next transaction meets, after so much gas. */
function settingOf(
  { machine, spec, context }: BlockRunOptions,
  spent: { readonly gasUsed: bigint; readonly blobGasUsed: bigint },
): TransactionSetting {
  const { blobs } = spec.forkAt(context.number, context.timestamp)
  return {
    rules: machine.rules,
    feePolicy: spec.feePolicy,
    baseFeePerGasWei: context.baseFeePerGasWei,
    gasLeft: context.gasLimit - spent.gasUsed,
    ...(isEthereum(spec) && blobs !== undefined
      ? {
          blobs: {
            rules: blobs,
            blobBaseFeePerGasWei: context.blobBaseFeePerGasWei ?? 0n,
            blobGasLeft: BigInt(blobs.max) * GAS_PER_BLOB - spent.blobGasUsed,
          },
        }
      : {}),
  }
}

async function outcomeOf(
  { machine: { state, pacer }, context }: Pick<BlockRunOptions, 'machine' | 'context'>,
  transactions: readonly Transaction[],
  receipts: readonly Receipt[],
): Promise<Omit<ExecutionResult, 'gasUsed' | 'blobGasUsed'>> {
  const { stateRoot, writes } = await pacedResultOf(
    state.changeInSteps(Number(context.number)),
    pacer,
  )
  const rootOf = async (values: readonly Uint8Array[]) =>
    bytesToHash(await pacedResultOf(orderedTrieRootInSteps(values), pacer))
  const encoded = await pacedResultOf(encodeReceiptsInSteps(receipts), pacer)
  return {
    stateRoot: bytesToHash(stateRoot),
    receiptsRoot: await rootOf(encoded.trieValues),
    transactionsRoot: await rootOf(transactions.map(({ raw }) => raw)),
    logsBloom: joinBlooms(receipts.map((receipt) => receipt.logsBloom)),
    receipts,
    storedReceipts: encoded.stored,
    transactions,
    stateWrites: writes,
  }
}

/** Price that a transaction pays per gas: all of it for types 0 and 1, base fee and tip else (EIP-1559). */
export function effectiveGasPrice(
  transaction: Pick<Transaction, 'maxFeePerGasWei' | 'maxPriorityFeePerGasWei'>,
  baseFeePerGasWei: bigint | undefined,
): bigint {
  const tipped = (baseFeePerGasWei ?? 0n) + transaction.maxPriorityFeePerGasWei
  return lesser(tipped, transaction.maxFeePerGasWei)
}

function toReceipt(
  transaction: Transaction,
  { gasUsed, result, stateRoot }: RanTransaction,
  made: Pick<Receipt, 'cumulativeGasUsed' | 'effectiveGasPriceWei' | 'logsBloom'>,
): Receipt {
  const { sender, nonce, to, type } = transaction
  return {
    type,
    // EIP-658; the state root in place of the status before Byzantium.
    ...(stateRoot === undefined
      ? { succeeded: result.exceptionError === undefined }
      : { succeeded: true, stateRoot }),
    ...made,
    logs: result.logs,
    gasUsed,
    contractAddress: to === null ? contractAddress(sender, nonce) : null,
  }
}

/** What the receipt of a transaction with blobs has more. */
export function blobReceipt(
  transaction: Pick<Transaction, 'blobVersionedHashes'>,
  { blobBaseFeePerGasWei }: BlockContext,
): Pick<Receipt, 'blobGas'> {
  if (transaction.blobVersionedHashes === undefined) return {}
  return { blobGas: { used: blobGasOf(transaction), priceWei: blobBaseFeePerGasWei ?? 0n } }
}

function payReward({ state }: Machine, { beneficiary, blockRewardWei }: BlockContext): undefined {
  // No reward, no account: Besu leaves the beneficiary untouched too.
  if (blockRewardWei === 0n) return
  const account = state.accountAt(beneficiary) ?? NO_ACCOUNT
  state.setAccountAt(beneficiary, { ...account, balance: account.balance + blockRewardWei })
}
