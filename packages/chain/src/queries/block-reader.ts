import {
  type Block,
  decodeHeader,
  decodeTransactions,
  encodeBlock,
  type Header,
} from '@busan/chain-spec'
import {
  decodeReceipts,
  type ExecutionResult,
  type Receipt,
  type Transaction,
  type TransactionDecoder,
} from '@busan/execution'
import { type Hash, Lru } from '@busan/primitives'
import {
  decodeStored,
  type KeyValueStore,
  readBodyRlp,
  readHashByNumber,
  readHeaderRlp,
  readNumberByHash,
  readReceipts,
  readTransactionLocation,
} from '@busan/storage'
import type { StoredBlock, TransactionLocation } from '../types.ts'

/** Synchronous reads of stored blocks. Blocks are final, so what is cached never becomes wrong. */
export interface BlockReader {
  hashByNumber(number: bigint): Hash | undefined
  headerByNumber(number: bigint): Header | undefined
  rawBlockByNumber(number: bigint): Block | undefined
  blockByNumber(number: bigint): StoredBlock | undefined
  blockByHash(hash: Hash): StoredBlock | undefined
  receiptsByHash(hash: Hash): readonly Receipt[] | undefined
  receiptsByNumber(number: bigint): readonly Receipt[] | undefined
  transactionLocation(hash: Hash): TransactionLocation | undefined
  /** Caches a block that was just written. */
  remember(written: WrittenBlock): StoredBlock
}

/** A block as the import has it in hand. */
export interface WrittenBlock {
  readonly hash: Hash
  readonly block: Block
  readonly result: Pick<ExecutionResult, 'transactions' | 'receipts'>
}

/** Entries kept. A full block is some megabytes decoded, a header some kilobytes. */
const CACHED_BLOCKS = 64
const CACHED_HEADERS = 1_024

/** @param decode shared with the rest of the node, so that a transaction is decoded once */
export function createBlockReader(store: KeyValueStore, decode: TransactionDecoder): BlockReader {
  const headers = new Lru<bigint, Header>(CACHED_HEADERS)
  const blocks = new Lru<Hash, StoredBlock>(CACHED_BLOCKS)
  const receipts = new Lru<bigint, readonly Receipt[]>(CACHED_BLOCKS)

  const hashByNumber = (number: bigint) =>
    number < 0n ? undefined : readHashByNumber(store, number)

  const headerByNumber = (number: bigint): Header | undefined => {
    const cached = headers.get(number)
    if (cached !== undefined) return cached
    const hash = hashByNumber(number)
    const rlp = hash === undefined ? undefined : readHeaderRlp(store, number, hash)
    if (rlp === undefined) return undefined
    const header = decodeStored(`header of block ${number}`, () => decodeHeader(rlp))
    headers.set(number, header)
    return header
  }

  const rawBlockByNumber = (number: bigint): Block | undefined => {
    const header = headerByNumber(number)
    const body = header === undefined ? undefined : readBodyRlp(store, number)
    if (header === undefined || body === undefined) return undefined
    const transactions = decodeStored(`body of block ${number}`, () => decodeTransactions(body))
    return { header, transactions }
  }

  const loadBlock = (number: bigint, hash: Hash): StoredBlock | undefined => {
    const cached = blocks.get(hash)
    if (cached !== undefined) return cached
    const raw = rawBlockByNumber(number)
    if (raw === undefined) return undefined
    const block = toStoredBlock(hash, raw, decodeAll(decode, raw))
    blocks.set(hash, block)
    return block
  }

  const receiptsByNumber = (number: bigint): readonly Receipt[] | undefined => {
    const cached = receipts.get(number)
    if (cached !== undefined) return cached
    const encoded = readReceipts(store, number)
    if (encoded === undefined) return undefined
    const decoded = decodeStored(`receipts of block ${number}`, () => decodeReceipts(encoded))
    receipts.set(number, decoded)
    return decoded
  }

  return {
    hashByNumber,
    headerByNumber,
    rawBlockByNumber,
    receiptsByNumber,
    blockByNumber(number) {
      const hash = hashByNumber(number)
      return hash === undefined ? undefined : loadBlock(number, hash)
    },
    blockByHash(hash) {
      const number = readNumberByHash(store, hash)
      return number === undefined ? undefined : loadBlock(number, hash)
    },
    receiptsByHash(hash) {
      const number = readNumberByHash(store, hash)
      return number === undefined ? undefined : receiptsByNumber(number)
    },
    transactionLocation(hash) {
      const location = readTransactionLocation(store, hash)
      const blockHash = location === undefined ? undefined : hashByNumber(location.blockNumber)
      return location === undefined || blockHash === undefined
        ? undefined
        : { ...location, blockHash }
    },
    remember({ hash, block: raw, result }) {
      const block = toStoredBlock(hash, raw, result.transactions)
      headers.set(raw.header.number, raw.header)
      blocks.set(hash, block)
      receipts.set(raw.header.number, result.receipts)
      return block
    },
  }
}

function toStoredBlock(hash: Hash, raw: Block, transactions: readonly Transaction[]): StoredBlock {
  return { hash, header: raw.header, sizeBytes: encodeBlock(raw).length, transactions }
}

function decodeAll(decode: TransactionDecoder, { header, transactions }: Block): Transaction[] {
  return decodeStored(`body of block ${header.number}`, () =>
    transactions.map((raw) => {
      const decoded = decode(raw)
      if (!decoded.ok) throw new TypeError(decoded.message)
      return decoded.value
    }),
  )
}
