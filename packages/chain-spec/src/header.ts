import {
  type Address,
  asBytes,
  asList,
  asScalar,
  bigintToBytes,
  bytesToAddress,
  bytesToHash,
  bytesToHex,
  decodeRlp,
  encodeRlp,
  type Hash,
  type Hex,
  hexToBytes,
  type RlpItem,
} from '@busan/primitives'

/**
 * A block header, yellow paper 4.4 with the fields that later forks append. A field that the fork does not
 * have is absent, and so is every field after it: that is the RLP rule.
 */
export interface Header {
  readonly parentHash: Hash
  readonly ommersHash: Hash
  /** QBFT: the validator that proposed the block. */
  readonly coinbase: Address
  readonly stateRoot: Hash
  readonly transactionsRoot: Hash
  readonly receiptsRoot: Hash
  /** 256 bytes. */
  readonly logsBloom: Hex
  readonly difficulty: bigint
  readonly number: bigint
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  /** Seconds since the Unix epoch. */
  readonly timestamp: bigint
  /** QBFT: RLP of [vanity, validators, vote, round, seals]. */
  readonly extraData: Hex
  readonly mixHash: Hash
  /** 8 bytes. */
  readonly nonce: Hex
  /** Wei. London (EIP-1559). */
  readonly baseFeePerGas?: bigint
  /** Shanghai (EIP-4895). */
  readonly withdrawalsRoot?: Hash
  /** Cancun (EIP-4844). */
  readonly blobGasUsed?: bigint
  /** Cancun (EIP-4844). */
  readonly excessBlobGas?: bigint
  /** Cancun (EIP-4788). */
  readonly parentBeaconBlockRoot?: Hash
  /** Prague (EIP-7685). */
  readonly requestsHash?: Hash
}

/** Item positions in the header's RLP list that other code replaces or reads. */
export const HEADER_EXTRA_DATA_INDEX = 12

const REQUIRED_ITEMS = 15
const ITEMS_MAX = 21

/** The header's RLP list, 15 to 21 items; stops at the first absent field. */
export function headerToItems(header: Header): Uint8Array[] {
  const items = [
    hexToBytes(header.parentHash),
    hexToBytes(header.ommersHash),
    hexToBytes(header.coinbase),
    hexToBytes(header.stateRoot),
    hexToBytes(header.transactionsRoot),
    hexToBytes(header.receiptsRoot),
    hexToBytes(header.logsBloom),
    bigintToBytes(header.difficulty),
    bigintToBytes(header.number),
    bigintToBytes(header.gasLimit),
    bigintToBytes(header.gasUsed),
    bigintToBytes(header.timestamp),
    hexToBytes(header.extraData),
    hexToBytes(header.mixHash),
    hexToBytes(header.nonce),
  ]
  const appended = [
    header.baseFeePerGas,
    header.withdrawalsRoot,
    header.blobGasUsed,
    header.excessBlobGas,
    header.parentBeaconBlockRoot,
    header.requestsHash,
  ]
  for (const field of appended) {
    if (field === undefined) break
    items.push(typeof field === 'bigint' ? bigintToBytes(field) : hexToBytes(field))
  }
  return items
}

/** @throws TypeError when the items are not a header: wrong count, wrong sizes, non-canonical scalars. */
export function headerFromItems(items: readonly RlpItem[]): Header {
  if (items.length < REQUIRED_ITEMS || items.length > ITEMS_MAX) {
    throw new TypeError(`header: expected 15 to 21 items, got ${items.length}`)
  }
  const hash = (index: number, name: string) => bytesToHash(asBytes(items[index], name, 32))
  const scalar = (index: number, name: string) => asScalar(items[index], name)
  return {
    parentHash: hash(0, 'parentHash'),
    ommersHash: hash(1, 'ommersHash'),
    coinbase: bytesToAddress(asBytes(items[2], 'coinbase', 20)),
    stateRoot: hash(3, 'stateRoot'),
    transactionsRoot: hash(4, 'transactionsRoot'),
    receiptsRoot: hash(5, 'receiptsRoot'),
    logsBloom: bytesToHex(asBytes(items[6], 'logsBloom', 256)),
    difficulty: scalar(7, 'difficulty'),
    number: scalar(8, 'number'),
    gasLimit: scalar(9, 'gasLimit'),
    gasUsed: scalar(10, 'gasUsed'),
    timestamp: scalar(11, 'timestamp'),
    extraData: bytesToHex(asBytes(items[HEADER_EXTRA_DATA_INDEX], 'extraData')),
    mixHash: hash(13, 'mixHash'),
    nonce: bytesToHex(asBytes(items[14], 'nonce', 8)),
    ...(items.length > 15 ? { baseFeePerGas: scalar(15, 'baseFeePerGas') } : {}),
    ...(items.length > 16 ? { withdrawalsRoot: hash(16, 'withdrawalsRoot') } : {}),
    ...(items.length > 17 ? { blobGasUsed: scalar(17, 'blobGasUsed') } : {}),
    ...(items.length > 18 ? { excessBlobGas: scalar(18, 'excessBlobGas') } : {}),
    ...(items.length > 19 ? { parentBeaconBlockRoot: hash(19, 'parentBeaconBlockRoot') } : {}),
    ...(items.length > 20 ? { requestsHash: hash(20, 'requestsHash') } : {}),
  }
}

/** RLP of the header as it stands; hashing rules live in `qbft`. */
export function encodeHeader(header: Header): Uint8Array {
  return encodeRlp(headerToItems(header))
}

/** @throws TypeError when the bytes are not a header. */
export function decodeHeader(bytes: Uint8Array): Header {
  return headerFromItems(asList(decodeRlp(bytes), 'header'))
}
