import type { StoredBlock } from '@busan/chain'
import { encodeBlock, type Header } from '@busan/chain-spec'
import { type Transaction, transactionsRoot } from '@busan/execution'
import {
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  type Hex,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@busan/primitives'
import { childTimestamp } from './fee-oracle.ts'
import { formatBlock } from './format/block.ts'
import { formatPooledTransaction } from './format/transaction.ts'
import type { RpcContext } from './method.ts'
import { genesisDifficulty } from './resolve-block.ts'

const EMPTY_BLOOM: Hex = `0x${'00'.repeat(256)}`

/** What the pool would put into the next block, as far as the gas limit allows. */
export function pendingTransactions(context: RpcContext): Transaction[] {
  const { gasLimit } = context.chain.head().header
  const chosen: Transaction[] = []
  let gas = 0n
  for (const transaction of context.pool.executable(context.fees.nextBaseFee())) {
    gas += transaction.gasLimit
    if (gas > gasLimit) break
    chosen.push(transaction)
  }
  return chosen
}

/** The head's child as the pool would fill it, in geth's JSON shape: `hash`, `nonce` and `miner` are null. */
export async function formatPendingBlock(context: RpcContext, isFull: boolean) {
  const block = await pendingBlock(context)
  return {
    ...formatBlock(block, false, genesisDifficulty(context.chain)),
    hash: null,
    nonce: null,
    miner: null,
    transactions: isFull
      ? block.transactions.map(formatPooledTransaction)
      : block.transactions.map((transaction) => transaction.hash),
  }
}

/** It is not executed: no gas is used yet, and the state is the head's. */
async function pendingBlock(context: RpcContext): Promise<StoredBlock> {
  const { chain, clock, fees } = context
  const parent = chain.head()
  const transactions = pendingTransactions(context)
  const raws = transactions.map(({ raw }) => raw)
  const header: Header = {
    ...parent.header,
    parentHash: parent.hash,
    number: parent.header.number + 1n,
    timestamp: childTimestamp(parent.header, clock),
    coinbase: ZERO_ADDRESS,
    extraData: '0x',
    gasUsed: 0n,
    logsBloom: EMPTY_BLOOM,
    transactionsRoot: await transactionsRoot(raws),
    receiptsRoot: EMPTY_TRIE_ROOT,
    ommersHash: EMPTY_OMMERS_HASH,
    ...(parent.header.withdrawalsRoot === undefined ? {} : { withdrawalsRoot: EMPTY_TRIE_ROOT }),
    ...(parent.header.baseFeePerGas === undefined ? {} : { baseFeePerGas: fees.nextBaseFee() }),
  }
  const sizeBytes = encodeBlock({ header, transactions: raws }).length
  return { hash: ZERO_HASH, header, sizeBytes, transactions }
}
