import {
  type Address,
  accept,
  asBytes,
  asList,
  asScalar,
  bigintToBytes,
  bytesToAddress,
  bytesToHash,
  concatBytes,
  decodeRlp,
  encodeRlp,
  equalBytes,
  type Hash,
  keccak256,
  padLeft,
  type RlpItem,
  refuse,
  type Verdict,
} from '@busan/primitives'
import type { SignedDigest } from './recovery/sender-recovery.ts'
import type { Authorization, DecodeReason, Transaction } from './types.ts'

const UINT64_MAX = 2n ** 64n - 1n

const BLOB_TYPE = 3

/** A transaction without what its signature tells. */
type Unsigned = Omit<Transaction, 'hash' | 'raw' | 'sender' | 'signature'>

/** A transaction whose sender is not known yet. */
export interface ParsedTransaction {
  readonly unsigned: Unsigned
  readonly signature: Transaction['signature']
  readonly yParity: bigint
  /** 32 bytes that the sender signed. */
  readonly digest: Uint8Array
  /** A copy of its own. */
  readonly raw: Uint8Array
}

/** Reads an EIP-2718 envelope; never throws for bad bytes. Knows no chain id: a foreign one is the pool's to judge. */
export function parseTransaction(
  raw: Uint8Array,
  { allowsBlobs }: { readonly allowsBlobs: boolean },
): Verdict<ParsedTransaction, DecodeReason> {
  const type = raw[0] ?? 0
  if (type < 0x80 && raw.length <= 1) {
    return refuse('malformed-transaction', 'typed transaction too short')
  }
  const isKnown = [1, 2, 4].includes(type) || (allowsBlobs && type === BLOB_TYPE)
  if (type < 0x80 && !isKnown) {
    return refuse(
      'unsupported-type',
      `transaction type not supported: transaction type not valid on this chain: ${type}`,
    )
  }
  // The raw bytes outlive this call; a copy keeps a whole gossip message from being held by one transaction.
  const envelope = raw.slice()
  try {
    const parsed = type < 0x80 ? parseTyped(type, envelope) : parseLegacy(envelope)
    return accept({ ...parsed, raw: envelope })
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error)
    return refuse('malformed-transaction', `rlp: ${cause}`)
  }
}

/** What the sender is recovered from; undefined: nobody can have signed so. */
export function signedDigestOf({
  digest,
  signature: { r, s },
  yParity,
}: ParsedTransaction): SignedDigest | undefined {
  if (yParity > 1n || r === 0n || s === 0n) return undefined
  const signature = concatBytes(
    padLeft(bigintToBytes(r), 32),
    padLeft(bigintToBytes(s), 32),
    Uint8Array.of(Number(yParity)),
  )
  return { digest, signature }
}

/** The transaction as a whole. @param sender undefined: nobody can have signed it, as for a high s (EIP-2) */
export function withSender(
  { unsigned, raw, signature }: ParsedTransaction,
  hash: Hash,
  sender: Address | undefined,
): Verdict<Transaction, DecodeReason> {
  if (sender === undefined) {
    return refuse('invalid-signature', 'invalid transaction v, r, s values')
  }
  return accept({ ...unsigned, hash, raw, sender, signature })
}

type Fields = Omit<ParsedTransaction, 'raw'>

/** [nonce, gasPrice, gasLimit, to, value, data, v, r, s], EIP-155 when v is 35 or more. */
function parseLegacy(raw: Uint8Array): Fields {
  const items = listOf(raw, [9])
  const v = asScalar(items[6], 'v')
  const isProtected = v >= 35n
  const chainId = isProtected ? (v - 35n) / 2n : undefined
  // Anything but 27, 28 and EIP-155's is no parity; recovery refuses it.
  const yParity = isProtected ? (v - 35n) % 2n : v >= 27n ? v - 27n : 2n
  const signed: RlpItem[] = items.slice(0, 6)
  if (chainId !== undefined)
    signed.push(bigintToBytes(chainId), new Uint8Array(0), new Uint8Array(0))
  return {
    unsigned: {
      type: 0,
      ...bodyFields(items, 0, gasPrices(items, 1)),
      ...(chainId === undefined ? {} : { chainId }),
      accessList: [],
      authorizationList: [],
    },
    signature: signatureFrom(items, 6),
    yParity,
    digest: keccak256(encodeRlp(signed)),
  }
}

/**
 * EIP-2930: [chainId, nonce, gasPrice, gasLimit, to, value, data, accessList, yParity, r, s];
 * EIP-1559: the two fee caps in place of gasPrice; EIP-4844: maxFeePerBlobGas and blobVersionedHashes after
 * accessList; EIP-7702: authorizationList there.
 */
function parseTyped(type: number, raw: Uint8Array): Fields {
  const lengths = { 1: 11, 2: 12, 3: 14, 4: 13 } as const
  const items = listOf(raw.subarray(1), [lengths[type as keyof typeof lengths]])
  const feeItems = type === 1 ? 1 : 2
  const prices = type === 1 ? gasPrices(items, 2) : feeCaps(items, 2)
  const accessListAt = 6 + feeItems
  const signatureAt = items.length - 3
  const unsigned: Unsigned = {
    type,
    ...bodyFields(items, 1, prices, feeItems),
    chainId: asScalar(items[0], 'chainId'),
    accessList: asList(items[accessListAt], 'accessList').map(parseAccess),
    authorizationList: type === 4 ? parseAuthorizations(items[accessListAt + 1]) : [],
    ...(type === BLOB_TYPE ? blobFields(items, accessListAt + 1) : {}),
  }
  if (type >= BLOB_TYPE && unsigned.to === null)
    throw new TypeError(`to: a type ${type} transaction creates nothing`)
  const signature = signatureFrom(items, signatureAt)
  const payload = encodeRlp(items.slice(0, signatureAt))
  const digest = keccak256(concatBytes(Uint8Array.of(type), payload))
  return { unsigned, signature, yParity: signature.v, digest }
}

/** Strict: whatever does not encode back to the same bytes is refused. */
function listOf(bytes: Uint8Array, lengths: readonly number[]): readonly RlpItem[] {
  const items = asList(decodeRlp(bytes), 'transaction')
  if (!lengths.includes(items.length)) {
    throw new TypeError(`transaction: expected ${lengths.join(' or ')} items, got ${items.length}`)
  }
  if (!equalBytes(encodeRlp(items), bytes)) throw new TypeError('transaction: not canonical RLP')
  return items
}

type Prices = Pick<Unsigned, 'maxFeePerGasWei' | 'maxPriorityFeePerGasWei'>

function gasPrices(items: readonly RlpItem[], at: number): Prices {
  const gasPrice = asScalar(items[at], 'gasPrice')
  return { maxFeePerGasWei: gasPrice, maxPriorityFeePerGasWei: gasPrice }
}

function feeCaps(items: readonly RlpItem[], at: number): Prices {
  return {
    maxPriorityFeePerGasWei: asScalar(items[at], 'maxPriorityFeePerGas'),
    maxFeePerGasWei: asScalar(items[at + 1], 'maxFeePerGas'),
  }
}

/** nonce at `at`, then so many fee items, gasLimit, to, value, data. */
function bodyFields(
  items: readonly RlpItem[],
  at: number,
  prices: Prices,
  feeItems = 1,
): Prices & Pick<Unsigned, 'nonce' | 'gasLimit' | 'to' | 'valueWei' | 'data'> {
  const gasLimitAt = at + 1 + feeItems
  return {
    ...prices,
    // EIP-2681 forbids the highest one to run; the pool says so, and no account can reach it.
    nonce: bounded(asScalar(items[at], 'nonce'), UINT64_MAX, 'nonce'),
    gasLimit: bounded(asScalar(items[gasLimitAt], 'gasLimit'), UINT64_MAX, 'gasLimit'),
    to: parseTo(items[gasLimitAt + 1]),
    valueWei: asScalar(items[gasLimitAt + 2], 'value'),
    data: asBytes(items[gasLimitAt + 3], 'data'),
  }
}

function blobFields(
  items: readonly RlpItem[],
  at: number,
): Required<Pick<Unsigned, 'maxFeePerBlobGasWei' | 'blobVersionedHashes'>> {
  return {
    maxFeePerBlobGasWei: asScalar(items[at], 'maxFeePerBlobGas'),
    blobVersionedHashes: asList(items[at + 1], 'blobVersionedHashes').map((item) =>
      bytesToHash(asBytes(item, 'blob versioned hash', 32)),
    ),
  }
}

function parseTo(item: RlpItem | undefined): Address | null {
  const bytes = asBytes(item, 'to')
  return bytes.length === 0 ? null : bytesToAddress(bytes)
}

function parseAccess(item: RlpItem): Transaction['accessList'][number] {
  const [address, storageKeys, ...rest] = asList(item, 'access list entry')
  if (rest.length > 0) throw new TypeError('access list entry: expected 2 items')
  return {
    address: bytesToAddress(asBytes(address, 'access list address')),
    storageKeys: asList(storageKeys, 'storage keys').map((key) =>
      bytesToHash(asBytes(key, 'storage key')),
    ),
  }
}

function parseAuthorizations(item: RlpItem | undefined): Authorization[] {
  const authorizations = asList(item, 'authorizationList').map(parseAuthorization)
  if (authorizations.length === 0) throw new TypeError('authorizationList: empty')
  return authorizations
}

function parseAuthorization(item: RlpItem): Authorization {
  const items = asList(item, 'authorization')
  if (items.length !== 6)
    throw new TypeError(`authorization: expected 6 items, got ${items.length}`)
  return {
    chainId: asScalar(items[0], 'chainId'),
    address: bytesToAddress(asBytes(items[1], 'address')),
    // EIP-2681 forbids the highest one to run; the pool says so, and no account can reach it.
    nonce: bounded(asScalar(items[2], 'nonce'), UINT64_MAX, 'nonce'),
    yParity: bounded(asScalar(items[3], 'yParity'), 255n, 'yParity'),
    r: asScalar(items[4], 'r'),
    s: asScalar(items[5], 's'),
  }
}

function signatureFrom(items: readonly RlpItem[], at: number): Transaction['signature'] {
  return {
    v: asScalar(items[at], 'v'),
    r: asScalar(items[at + 1], 'r'),
    s: asScalar(items[at + 2], 's'),
  }
}

function bounded(value: bigint, max: bigint, name: string): bigint {
  if (value > max) throw new TypeError(`${name}: ${value} exceeds ${max}`)
  return value
}
