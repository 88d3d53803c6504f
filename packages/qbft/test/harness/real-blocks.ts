// Headers, keys and blocks as on a chain.
import type { Block, Header } from '@busan/chain-spec'
import {
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  type Hex,
  padLeft,
  privateKeyToAddress,
  signDigest,
  toHash,
  ZERO_HASH,
} from '@busan/primitives'
import { type ExtraData, encodeExtraData } from '../../src/codec/extra-data.ts'
import type { SignDigest } from '../../src/sign-message.ts'
import type { Validator } from '../../src/types.ts'
import worked from '../vectors/worked-example.json' with { type: 'json' }

export interface Key {
  readonly address: Validator
  readonly sign: SignDigest
}

/** The private keys 0x..01 to 0x..n, ascending by address. */
export function keysOf(count: number): readonly Key[] {
  return Array.from({ length: count }, (_, i) => keyOf(i + 1)).sort((a, b) =>
    a.address < b.address ? -1 : 1,
  )
}

/** The private key that is a small number. */
export function keyOf(number: number): Key {
  const privateKey = padLeft(Uint8Array.of(number), 32)
  return {
    address: privateKeyToAddress(privateKey),
    sign: (digest) => signDigest(digest, privateKey),
  }
}

/** The worked example's header; 15 items unless more are given. */
export function headerWith(
  extraData: Partial<ExtraData>,
  fields: Partial<Header> & { readonly coinbase: Header['coinbase'] },
): Header {
  return {
    parentHash: toHash(worked.header.parentHash),
    ommersHash: EMPTY_OMMERS_HASH,
    stateRoot: toHash(worked.header.stateRoot),
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: `0x${'00'.repeat(256)}`,
    difficulty: 1n,
    number: 1n,
    gasLimit: BigInt(worked.header.gasLimit),
    gasUsed: 0n,
    timestamp: BigInt(worked.header.timestamp),
    extraData: extraDataWith(extraData),
    mixHash: toHash('0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365'),
    nonce: '0x0000000000000000',
    ...fields,
  }
}

/** Zero vanity, no vote, round 0 and no seals unless given. */
export function extraDataWith(extraData: Partial<ExtraData>): Hex {
  return encodeExtraData({
    vanity: new Uint8Array(32),
    validators: [],
    round: 0,
    seals: [],
    ...extraData,
  })
}

/** What Prague headers have beyond the first 15 items. */
export const PRAGUE_FIELDS = {
  baseFeePerGas: 0n,
  withdrawalsRoot: EMPTY_TRIE_ROOT,
  blobGasUsed: 0n,
  excessBlobGas: 0n,
  parentBeaconBlockRoot: ZERO_HASH,
  requestsHash: toHash('0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
}

/** A Prague block of height 1 with a legacy and a typed envelope that nobody executes. */
export function blockBy(coinbase: Validator, extraData: Partial<ExtraData>): Block {
  const header = headerWith(extraData, { coinbase, ...PRAGUE_FIELDS })
  return { header, transactions: [Uint8Array.of(0xc2, 0x01, 0x02), Uint8Array.of(2, 0xc1, 5)] }
}
