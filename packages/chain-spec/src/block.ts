import { asBytes, asList, concatBytes, decodeRlp, encodeRlp, type RlpItem } from '@busan/primitives'
import { type Header, headerFromItems, headerToItems } from './header.ts'
import { type Withdrawal, withdrawalFromItem, withdrawalToItems } from './withdrawal.ts'

/**
 * A block as it travels and is stored. Transactions are their raw EIP-2718 envelopes: a legacy transaction's
 * RLP list, or the type byte followed by its payload.
 */
export interface Block {
  readonly header: Header
  readonly transactions: readonly Uint8Array[]
  /** Absent: none. Only blocks of an imported chain have some. */
  readonly ommers?: readonly Header[]
  /** As `ommers`. */
  readonly withdrawals?: readonly Withdrawal[]
}

/** What a block holds beside its header. */
export type BlockBody = Omit<Block, 'header'>

/** First byte of a stored body that is not a bare list of transactions. */
const WHOLE_BODY = 1

/** The block's RLP items: [header, transactions, ommers(, withdrawals from Shanghai)]. */
export function blockToItems(block: Block): RlpItem[] {
  const [transactions, ommers, withdrawals] = bodyToItems(block)
  const items: RlpItem[] = [headerToItems(block.header), transactions, ommers]
  if (block.header.withdrawalsRoot !== undefined) items.push(withdrawals)
  return items
}

/**
 * A block of this chain.
 * @throws TypeError when the items are not a block, carry ommers or carry withdrawals
 */
export function blockFromItems(items: readonly RlpItem[]): Block {
  const block = importedBlockFromItems(items)
  for (const name of ['ommers', 'withdrawals'] as const) {
    if (block[name] !== undefined) throw new TypeError(`block: ${name} must be empty`)
  }
  return block
}

/** RLP of the whole block. */
export function encodeBlock(block: Block): Uint8Array {
  return encodeRlp(blockToItems(block))
}

/** A block of this chain. @throws TypeError when the bytes are not one. */
export function decodeBlock(bytes: Uint8Array): Block {
  return blockFromItems(asList(decodeRlp(bytes), 'block'))
}

/** A block of any Ethereum chain, with its ommers and withdrawals. @throws TypeError when the bytes are not one. */
export function decodeImportedBlock(bytes: Uint8Array): Block {
  return importedBlockFromItems(asList(decodeRlp(bytes), 'block'))
}

/**
 * How a body is stored: the RLP list of the transactions, or, where there is more, the byte 1 and the RLP of
 * [transactions, ommers, withdrawals].
 */
export function encodeBody(body: BlockBody): Uint8Array {
  const items = bodyToItems(body)
  if (body.ommers === undefined && body.withdrawals === undefined) return encodeRlp(items[0])
  return concatBytes(Uint8Array.of(WHOLE_BODY), encodeRlp(items))
}

/** Reads {@link encodeBody}. @throws TypeError when the bytes are no body. */
export function decodeBody(bytes: Uint8Array): BlockBody {
  if (bytes[0] !== WHOLE_BODY) return bodyFromItems([decodeRlp(bytes), [], []])
  return bodyFromItems(asList(decodeRlp(bytes.subarray(1)), 'body'))
}

function importedBlockFromItems(items: readonly RlpItem[]): Block {
  const header = headerFromItems(asList(items[0], 'block header'))
  const expected = header.withdrawalsRoot === undefined ? 3 : 4
  if (items.length !== expected) {
    throw new TypeError(`block: expected ${expected} items, got ${items.length}`)
  }
  return { header, ...bodyFromItems([items[1], items[2], items[3] ?? []]) }
}

function bodyToItems({ transactions, ommers = [], withdrawals = [] }: BlockBody) {
  return [
    transactions.map(transactionItem),
    ommers.map(headerToItems),
    withdrawals.map(withdrawalToItems),
  ] as const
}

function bodyFromItems(items: readonly (RlpItem | undefined)[]): BlockBody {
  const ommers = asList(items[1], 'ommers').map((item) => headerFromItems(asList(item, 'ommer')))
  const withdrawals = asList(items[2], 'withdrawals').map(withdrawalFromItem)
  return {
    transactions: asList(items[0], 'transactions').map(rawTransaction),
    ...(ommers.length === 0 ? {} : { ommers }),
    ...(withdrawals.length === 0 ? {} : { withdrawals }),
  }
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
