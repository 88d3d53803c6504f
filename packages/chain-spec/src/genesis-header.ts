import {
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  type Hash,
  type Hex,
  toHash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@busan/primitives'
import { INITIAL_BASE_FEE_WEI } from './base-fee.ts'
import type { Fork } from './chain-spec.ts'
import type { GenesisKeys } from './genesis-schema.ts'
import type { Header } from './header.ts'

/** mixHash of every QBFT block, and so what PREVRANDAO reads: a constant, not randomness. */
export const QBFT_MIX_HASH = toHash(
  '0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365',
)

/** sha256 of no bytes: requestsHash of a block without requests (EIP-7685). */
export const EMPTY_REQUESTS_HASH = toHash(
  '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
)

/** logsBloom of a block without logs. */
export const EMPTY_LOGS_BLOOM: Hex = `0x${'00'.repeat(256)}`

/**
 * The genesis header by Besu's rules. The base fee is what the file says, else the initial one only where
 * `londonBlock` is literally 0, else absent; and an absent base fee ends the header's RLP list at 15 items,
 * so that its hash ignores the fields of later forks.
 */
export function createGenesisHeader(genesis: GenesisKeys, fork: Fork, stateRoot: Hash): Header {
  const baseFeePerGas = genesisBaseFee(genesis)
  return {
    parentHash: genesis.parentHash ?? ZERO_HASH,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: genesis.coinbase ?? ZERO_ADDRESS,
    stateRoot,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: EMPTY_LOGS_BLOOM,
    difficulty: genesis.difficulty,
    number: 0n,
    gasLimit: genesis.gasLimit,
    gasUsed: genesis.gasUsed ?? 0n,
    timestamp: genesis.timestamp ?? 0n,
    extraData: genesis.extraData ?? '0x',
    mixHash: genesis.mixHash ?? ZERO_HASH,
    nonce: genesis.nonce ?? '0x0000000000000000',
    ...(baseFeePerGas === undefined ? {} : { baseFeePerGas }),
    ...(fork.hasWithdrawals ? { withdrawalsRoot: EMPTY_TRIE_ROOT } : {}),
    ...(fork.hasBlobGas
      ? { blobGasUsed: genesis.blobGasUsed ?? 0n, excessBlobGas: genesis.excessBlobGas ?? 0n }
      : {}),
    ...(fork.hasBeaconRoot
      ? { parentBeaconBlockRoot: genesis.parentBeaconBlockRoot ?? ZERO_HASH }
      : {}),
    ...(fork.hasRequests ? { requestsHash: EMPTY_REQUESTS_HASH } : {}),
  }
}

function genesisBaseFee({ baseFeePerGas, config }: GenesisKeys): bigint | undefined {
  if (baseFeePerGas !== undefined) return baseFeePerGas
  if (config.londonBlock !== 0n) return undefined
  return config.feePolicy === 'freeGas' ? 0n : INITIAL_BASE_FEE_WEI
}
