import { asBytes, asList, decodeRlp, encodeRlp, type RlpItem } from '@busan/primitives'
import { type Header, headerFromItems, headerToItems } from './header.ts'

/**
 * A block as it travels and is stored. Transactions are their raw EIP-2718 envelopes: a legacy transaction's
 * RLP list, or the type byte followed by its payload. Ommers and withdrawals are always empty on this chain.
 */
export interface Block {
  readonly header: Header
  readonly transactions: readonly Uint8Array[]
}

/** The block's RLP items: [header, transactions, ommers(, withdrawals from Shanghai)]. */
export function blockToItems(block: Block): RlpItem[] {
  const items: RlpItem[] = [headerToItems(block.header), bodyTransactions(block), []]
  if (block.header.withdrawalsRoot !== undefined) items.push([])
  return items
}

/** @throws TypeError when the items are not a block, carry ommers or carry withdrawals. */
export function blockFromItems(items: readonly RlpItem[]): Block {
  const header = headerFromItems(asList(items[0], 'block header'))
  const expected = header.withdrawalsRoot === undefined ? 3 : 4
  if (items.length !== expected) {
    throw new TypeError(`block: expected ${expected} items, got ${items.length}`)
  }
  for (const [index, name] of ['ommers', 'withdrawals'].slice(0, expected - 2).entries()) {
    if (asList(items[2 + index], name).length > 0)
      throw new TypeError(`block: ${name} must be empty`)
  }
  return { header, transactions: asList(items[1], 'transactions').map(rawTransaction) }
}

/** RLP of the whole block. */
export function encodeBlock(block: Block): Uint8Array {
  return encodeRlp(blockToItems(block))
}

/** @throws TypeError when the bytes are not a block. */
export function decodeBlock(bytes: Uint8Array): Block {
  return blockFromItems(asList(decodeRlp(bytes), 'block'))
}

/** RLP of the transactions alone, in block form: how a body is stored. */
export function encodeTransactions(transactions: readonly Uint8Array[]): Uint8Array {
  return encodeRlp(transactions.map(transactionItem))
}

/** @throws TypeError when the bytes are not a transaction list. */
export function decodeTransactions(bytes: Uint8Array): Uint8Array[] {
  return asList(decodeRlp(bytes), 'transactions').map(rawTransaction)
}

function bodyTransactions(block: Block): RlpItem[] {
  return block.transactions.map(transactionItem)
}

/** Inside a block a legacy transaction is a nested list, a typed one a byte string (EIP-2718). */
function transactionItem(raw: Uint8Array): RlpItem {
  return (raw[0] as number) >= 0xc0 ? decodeRlp(raw) : raw
}

function rawTransaction(item: RlpItem): Uint8Array {
  return item instanceof Uint8Array ? asTyped(item) : encodeRlp(item)
}

function asTyped(envelope: Uint8Array): Uint8Array {
  const first = asBytes(envelope, 'transaction')[0]
  if (first === undefined || first >= 0x80)
    throw new TypeError('transaction: not an EIP-2718 envelope')
  return envelope
}
