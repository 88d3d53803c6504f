import { type ChainSpec, decodeHeader, type Header } from '@busan/chain-spec'
import { StoredBlockHeader, toEthereumjsBlock } from '@busan/execution'
import { bytesToHash, type Hash, Lru, present } from '@busan/primitives'
import { type BatchOperation, type KeyValueStore, keys, readHeaderRlp } from '@busan/storage'
import { type Blockchain, createBlockchain } from '@ethereumjs/blockchain'
import { type CollectingDatabase, createCollectingDatabase } from './collecting-database.ts'
import { createLinearConsensus } from './linear-consensus.ts'

/** The canonical chain of headers, kept by @ethereumjs/blockchain; the caller owns when its writes reach the disk. */
export interface CanonicalHeaders {
  /** The writes of the genesis header, for a store that lacks it. */
  readonly genesisWrites: readonly BatchOperation[]
  /** The writes that append a checked child of the head. */
  append(header: Header): Promise<BatchOperation[]>
  /** Forgets an append whose writes did not reach the disk. */
  rollBack(): void
}

interface CanonicalHeadersOptions {
  readonly store: KeyValueStore
  readonly spec: ChainSpec
  readonly genesis: Header
  /** The hash of a header that has been checked. */
  readonly hashOf: (header: Header) => Hash
}

/** Headers kept decoded: appending looks back at the parent alone. */
const RECENT_HEADERS = 4

/** Opens the header chain on what the store holds. */
export async function openCanonicalHeaders(
  options: CanonicalHeadersOptions,
): Promise<CanonicalHeaders> {
  // The library would rebuild a stored genesis to compare it, and its header class cannot hold all that Besu
  // makes. So it always starts from the genesis we compute, which the database's marker has been checked for.
  const hiddenKey = keys.hashByNumber(0n)
  const database = createCollectingDatabase(options.store, hiddenKey)
  let blockchain: Blockchain | undefined = await openBlockchain(options, database)
  return {
    genesisWrites: database.take(),
    async append(header) {
      if (blockchain === undefined) {
        blockchain = await openBlockchain(options, database)
        database.take()
      }
      await blockchain.putHeader(toEthereumjsHeader(header, options))
      return database.take()
    },
    rollBack() {
      blockchain = undefined
      database.take()
    },
  }
}

async function openBlockchain(
  options: CanonicalHeadersOptions,
  database: CollectingDatabase,
): Promise<Blockchain> {
  const { store, spec, genesis, hashOf } = options
  const common = spec.commonAt(genesis.number, genesis.timestamp)
  const blockchain = await createBlockchain({
    common,
    db: database,
    genesisBlock: toEthereumjsBlock({ header: genesis, transactions: [] }, spec, hashOf),
    // Headers are judged by our own strict rules before they come here: the library's are mainnet's.
    validateBlocks: false,
    validateConsensus: true,
    consensusDict: { [common.consensusAlgorithm()]: createLinearConsensus() },
  })
  const headers = new Lru<string, StoredBlockHeader>(RECENT_HEADERS)
  // The library would rebuild a stored header with the plain hash, which is not the hash of a QBFT block.
  blockchain.dbManager.getHeader = async (hashBytes, number) => {
    const hash = bytesToHash(hashBytes)
    const known = headers.get(hash)
    if (known !== undefined) return known
    const rlp = present(readHeaderRlp(store, number, hash), `header ${number} ${hash}`)
    const header = toEthereumjsHeader(decodeHeader(rlp), options)
    headers.set(hash, header)
    return header
  }
  return blockchain
}

function toEthereumjsHeader(
  header: Header,
  { spec, hashOf }: CanonicalHeadersOptions,
): StoredBlockHeader {
  return new StoredBlockHeader(
    header,
    hashOf(header),
    spec.commonAt(header.number, header.timestamp),
  )
}
