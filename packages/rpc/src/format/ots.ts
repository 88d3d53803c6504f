import type { StoredBlock } from '@busan/chain'
import type { Receipt } from '@busan/execution'
import { toQuantity } from '@busan/primitives'
import { formatBlock } from './block.ts'
import { formatReceiptAt, formatReceipts } from './receipt.ts'
import { formatMinedTransaction } from './transaction.ts'

/** What a block tells on its own page: a header without bloom, counts, fees and the reward. */
export function formatDetails(
  block: StoredBlock,
  receipts: readonly Receipt[],
  money: { readonly genesisDifficulty: bigint | undefined; readonly blockRewardWei: bigint },
) {
  const { transactions: _, ...rest } = formatBlock(block, false, money.genesisDifficulty)
  const fees = receipts.reduce(
    (sum, { gasUsed, effectiveGasPriceWei }) => sum + gasUsed * effectiveGasPriceWei,
    0n,
  )
  const reward = toQuantity(money.blockRewardWei)
  return {
    block: { ...rest, logsBloom: null, transactionCount: block.transactions.length },
    issuance: { blockReward: reward, uncleReward: '0x0', issuance: reward },
    totalFees: toQuantity(fees),
  }
}

const SELECTOR_DIGITS = 2 + 2 * 4

/** One page of a block's transactions, the last ones first page; input is cut to the selector, logs are left out. */
export function formatPage(
  block: StoredBlock,
  receipts: readonly Receipt[],
  page: {
    readonly number: number
    readonly size: number
    readonly genesisDifficulty: bigint | undefined
  },
) {
  const end = Math.max(0, block.transactions.length - page.number * page.size)
  const start = Math.max(0, end - page.size)
  const { header, hash } = block
  const transactions = block.transactions.slice(start, end).map((transaction, offset) => {
    const index = start + offset
    const formatted = formatMinedTransaction(transaction, { header, blockHash: hash, index })
    return { ...formatted, input: formatted.input.slice(0, SELECTOR_DIGITS) }
  })
  const plain = formatReceipts(block, receipts).slice(start, end)
  const { transactions: _, ...rest } = formatBlock(block, false, page.genesisDifficulty)
  const transactionCount = block.transactions.length
  return {
    fullblock: { ...rest, logsBloom: null, transactionCount, transactions },
    receipts: plain.map((receipt) => ({ ...receipt, logs: null, logsBloom: null })),
  }
}

/** A transaction and its receipt as a search answers them; the time is a number. */
export function formatFound(block: StoredBlock, receipts: readonly Receipt[], index: number) {
  const { header, hash } = block
  const transaction = block.transactions[index]
  const receipt = formatReceiptAt(block, receipts, index)
  if (transaction === undefined || receipt === undefined) return undefined
  return {
    transaction: formatMinedTransaction(transaction, { header, blockHash: hash, index }),
    receipt: { ...receipt, timestamp: Number(header.timestamp) },
  }
}
