import { type Block, decodeBody, decodeHeader, encodeBlock, type Header } from '@busan/chain-spec'
import {
  decodeReceipts,
  type ExecutionResult,
  type Receipt,
  type Transaction,
  type TransactionDecoder,
} from '@busan/execution'
import { type Hash, keccakHash, Lru } from '@busan/primitives'
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
  /** In the block's order; decodes no transaction. */
  transactionHashesByNumber(number: bigint): readonly Hash[] | undefined
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

/** Headers and bodies as they are stored, nothing recovered or derived. */
type RawReader = Pick<BlockReader, 'hashByNumber' | 'headerByNumber' | 'rawBlockByNumber'> & {
  rememberHeader(header: Header): void
}

/** @param decode shared with the rest of the node, so that a transaction is decoded once */
export function createBlockReader(store: KeyValueStore, decode: TransactionDecoder): BlockReader {
  const raws = createRawReader(store)
  const blocks = new Lru<Hash, StoredBlock>(CACHED_BLOCKS)
  const receipts = new Lru<bigint, readonly Receipt[]>(CACHED_BLOCKS)
  const transactionHashes = new Lru<bigint, readonly Hash[]>(CACHED_BLOCKS)

  const loadBlock = (number: bigint, hash: Hash): StoredBlock | undefined => {
    const raw = raws.rawBlockByNumber(number)
    return raw && toStoredBlock(hash, raw, decodeAll(decode, raw))
  }
  const loadReceipts = (number: bigint): readonly Receipt[] | undefined => {
    const encoded = readReceipts(store, number)
    return encoded && decodeStored(`receipts of block ${number}`, () => decodeReceipts(encoded))
  }
  const blockAt = (number: bigint, hash: Hash) =>
    cached(blocks, hash, () => loadBlock(number, hash))
  const receiptsByNumber = (number: bigint) => cached(receipts, number, () => loadReceipts(number))

  const loadTransactionHashes = (number: bigint): readonly Hash[] | undefined => {
    const hash = raws.hashByNumber(number)
    const block = hash && blocks.get(hash)
    if (block !== undefined) return block.transactions.map((transaction) => transaction.hash)
    return raws.rawBlockByNumber(number)?.transactions.map(keccakHash)
  }

  return {
    hashByNumber: raws.hashByNumber,
    headerByNumber: raws.headerByNumber,
    rawBlockByNumber: raws.rawBlockByNumber,
    receiptsByNumber,
    transactionHashesByNumber: (number) =>
      cached(transactionHashes, number, () => loadTransactionHashes(number)),
    blockByNumber(number) {
      const hash = raws.hashByNumber(number)
      return hash && blockAt(number, hash)
    },
    blockByHash(hash) {
      const number = readNumberByHash(store, hash)
      return number === undefined ? undefined : blockAt(number, hash)
    },
    receiptsByHash(hash) {
      const number = readNumberByHash(store, hash)
      return number === undefined ? undefined : receiptsByNumber(number)
    },
    transactionLocation(hash) {
      const location = readTransactionLocation(store, hash)
      const blockHash = location && raws.hashByNumber(location.blockNumber)
      return location && blockHash && { ...location, blockHash }
    },
    remember({ hash, block: raw, result }) {
      const block = toStoredBlock(hash, raw, result.transactions)
      raws.rememberHeader(raw.header)
      blocks.set(hash, block)
      receipts.set(raw.header.number, result.receipts)
      return block
    },
  }
}

function createRawReader(store: KeyValueStore): RawReader {
  const headers = new Lru<bigint, Header>(CACHED_HEADERS)

  const hashByNumber = (number: bigint) =>
    number < 0n ? undefined : readHashByNumber(store, number)
  const loadHeader = (number: bigint): Header | undefined => {
    const hash = hashByNumber(number)
    const rlp = hash && readHeaderRlp(store, number, hash)
    return rlp && decodeStored(`header of block ${number}`, () => decodeHeader(rlp))
  }
  const headerByNumber = (number: bigint) => cached(headers, number, () => loadHeader(number))

  return {
    hashByNumber,
    headerByNumber,
    rawBlockByNumber(number) {
      const header = headerByNumber(number)
      const body = header && readBodyRlp(store, number)
      if (header === undefined || body === undefined) return undefined
      return { header, ...decodeStored(`body of block ${number}`, () => decodeBody(body)) }
    },
    rememberHeader: (header) => headers.set(header.number, header),
  }
}

/** Absence is not cached: the next block may bring the value. */
function cached<Key, Value>(
  cache: Lru<Key, Value>,
  key: Key,
  load: () => Value | undefined,
): Value | undefined {
  const known = cache.get(key)
  if (known !== undefined) return known
  const loaded = load()
  if (loaded !== undefined) cache.set(key, loaded)
  return loaded
}

function toStoredBlock(hash: Hash, raw: Block, transactions: readonly Transaction[]): StoredBlock {
  return { ...raw, hash, sizeBytes: encodeBlock(raw).length, transactions }
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
