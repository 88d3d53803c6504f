import {
  asBytes,
  asList,
  asScalar,
  bigintToBytes,
  bytesToAddress,
  bytesToHash,
  bytesToHex,
  decodeRlp,
  encodeRlpItems,
  type Hex,
  hexToBytes,
  joinRlpList,
  keccak256,
  type RlpItem,
} from '@busan/primitives'
import { resultOf } from './state/steps.ts'
import type { Log, Receipt } from './types.ts'

const BLOOM_SIZE_BYTES = 256

/** Between two looks of whoever paces the work: a transaction may write thousands. */
const LOGS_PER_STEP = 64

const NO_BLOOM = new Uint8Array(BLOOM_SIZE_BYTES)

/** The bloom of no logs. */
export const EMPTY_LOGS_BLOOM = bytesToHex(NO_BLOOM)

/** The bloom filter of addresses and topics (yellow paper 4.3.1). @returns 256 bytes */
export function logsBloom(logs: readonly Pick<Log, 'address' | 'topics'>[]): Hex {
  return resultOf(logsBloomInSteps(logs))
}

/** As {@link logsBloom}. */
export function* logsBloomInSteps(
  logs: readonly Pick<Log, 'address' | 'topics'>[],
): Generator<void, Hex> {
  if (logs.length === 0) return EMPTY_LOGS_BLOOM
  const bloom = new Uint8Array(BLOOM_SIZE_BYTES)
  for (const [at, { address, topics }] of logs.entries()) {
    if (at > 0 && at % LOGS_PER_STEP === 0) yield
    setBits(bloom, oftenBits(address))
    for (const [index, topic] of topics.entries()) {
      setBits(bloom, index === 0 ? oftenBits(topic) : bloomBits(hexToBytes(topic)))
    }
  }
  return bytesToHex(bloom)
}

function setBits(bloom: Uint8Array, bits: readonly number[]): void {
  for (const bit of bits) {
    const at = BLOOM_SIZE_BYTES - 1 - (bit >> 3)
    bloom[at] = (bloom[at] as number) | (1 << (bit & 7))
  }
}

/** Of contracts and of their events' signatures, which come again and again. */
const keptBits = new Map<Hex, readonly number[]>()
const KEPT_BITS_MAX = 4_096

function oftenBits(text: Hex): readonly number[] {
  const kept = keptBits.get(text)
  if (kept !== undefined) return kept
  const bits = bloomBits(hexToBytes(text))
  if (keptBits.size >= KEPT_BITS_MAX) keptBits.clear()
  keptBits.set(text, bits)
  return bits
}

/** Adds blooms together: a block's is that of all its receipts. */
export function joinBlooms(blooms: Iterable<Hex>): Hex {
  const joined = new Uint8Array(BLOOM_SIZE_BYTES)
  for (const bloom of blooms) {
    if (bloom === EMPTY_LOGS_BLOOM) continue
    const bytes = hexToBytes(bloom)
    for (let i = 0; i < BLOOM_SIZE_BYTES; i++)
      joined[i] = (joined[i] as number) | (bytes[i] as number)
  }
  return bytesToHex(joined)
}

/** False: an address (20 bytes) or topic (32 bytes) is surely not there. True: it may be. */
export function bloomContains(bloom: Uint8Array, bytes: Uint8Array): boolean {
  return bloomBits(bytes).every((bit) => {
    const byte = bloom[BLOOM_SIZE_BYTES - 1 - (bit >> 3)] as number
    return (byte & (1 << (bit & 7))) !== 0
  })
}

function bloomBits(bytes: Uint8Array): readonly number[] {
  const hash = keccak256(bytes)
  return [bitAt(hash, 0), bitAt(hash, 2), bitAt(hash, 4)]
}

function bitAt(hash: Uint8Array, at: number): number {
  return (((hash[at] as number) << 8) | (hash[at + 1] as number)) & 2047
}

/** The receipt as the receipts trie holds it (EIP-2718: type byte, then RLP; legacy: RLP alone). */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  return trieValueOf(receipt, resultOf(encodeLogsInSteps(receipt.logs)))
}

/** A block's receipts in both forms; the logs are encoded once for the two. */
export interface EncodedReceipts {
  /** As {@link encodeReceipt}. */
  readonly trieValues: readonly Uint8Array[]
  /** As {@link encodeReceipts}. */
  readonly stored: Uint8Array
}

/** Encodes a block's receipts in steps. */
export function* encodeReceiptsInSteps(
  receipts: readonly Receipt[],
): Generator<void, EncodedReceipts> {
  const trieValues: Uint8Array[] = []
  const stored: Uint8Array[] = []
  for (const receipt of receipts) {
    const logs = yield* encodeLogsInSteps(receipt.logs)
    trieValues.push(trieValueOf(receipt, logs))
    stored.push(storedFormOf(receipt, logs))
    yield
  }
  return { trieValues, stored: joinRlpList(stored) }
}

/**
 * A block's receipts as they are stored: RLP of [type, status or state root, cumulativeGasUsed, effectiveGasPrice,
 * contractAddress, logs] each, and blob gas and its price where there are blobs. What follows from those (gas used,
 * bloom) is left out.
 */
export function encodeReceipts(receipts: readonly Receipt[]): Uint8Array {
  return resultOf(encodeReceiptsInSteps(receipts)).stored
}

function trieValueOf(receipt: Receipt, logs: Uint8Array): Uint8Array {
  const outcome = encodeRlpItems([
    outcomeBytes(receipt),
    bigintToBytes(receipt.cumulativeGasUsed),
    receipt.logs.length === 0 ? NO_BLOOM : hexToBytes(receipt.logsBloom),
  ])
  const payload = joinRlpList([outcome, logs])
  if (receipt.type === 0) return payload
  const envelope = new Uint8Array(payload.length + 1)
  envelope[0] = receipt.type
  envelope.set(payload, 1)
  return envelope
}

function storedFormOf(receipt: Receipt, logs: Uint8Array): Uint8Array {
  const outcome = encodeRlpItems([
    bigintToBytes(BigInt(receipt.type)),
    outcomeBytes(receipt),
    bigintToBytes(receipt.cumulativeGasUsed),
    bigintToBytes(receipt.effectiveGasPriceWei),
    receipt.contractAddress === null ? new Uint8Array(0) : hexToBytes(receipt.contractAddress),
  ])
  return joinRlpList([outcome, logs, encodeRlpItems(blobGasItems(receipt))])
}

/** The list of the logs, encoded. */
function* encodeLogsInSteps(logs: readonly Log[]): Generator<void, Uint8Array> {
  const parts: Uint8Array[] = []
  for (let at = 0; at < logs.length; at += LOGS_PER_STEP) {
    if (at > 0) yield
    parts.push(encodeRlpItems(logs.slice(at, at + LOGS_PER_STEP).map(logToItem)))
  }
  return joinRlpList(parts)
}

/** Reads {@link encodeReceipts}. @throws TypeError when the bytes are damaged */
export function decodeReceipts(bytes: Uint8Array): readonly Receipt[] {
  let gasUsedBefore = 0n
  return asList(decodeRlp(bytes), 'receipts').map((item) => {
    const receipt = receiptFromItems(asList(item, 'receipt'), gasUsedBefore)
    gasUsedBefore = receipt.cumulativeGasUsed
    return receipt
  })
}

function receiptFromItems(items: readonly RlpItem[], gasUsedBefore: bigint): Receipt {
  const cumulativeGasUsed = asScalar(items[2], 'cumulativeGasUsed')
  const contract = asBytes(items[4], 'contractAddress')
  const logs = asList(items[5], 'logs').map((item) => logFromItems(asList(item, 'log')))
  return {
    type: Number(asScalar(items[0], 'type')),
    ...outcomeFromItem(asBytes(items[1], 'status')),
    cumulativeGasUsed,
    logsBloom: logsBloom(logs),
    logs,
    gasUsed: cumulativeGasUsed - gasUsedBefore,
    effectiveGasPriceWei: asScalar(items[3], 'effectiveGasPrice'),
    contractAddress: contract.length === 0 ? null : bytesToAddress(contract),
    ...blobGasFromItems(items.slice(6)),
  }
}

function blobGasItems({ blobGas }: Receipt): Uint8Array[] {
  return blobGas === undefined ? [] : [bigintToBytes(blobGas.used), bigintToBytes(blobGas.priceWei)]
}

function blobGasFromItems([used, priceWei]: readonly RlpItem[]): Pick<Receipt, 'blobGas'> {
  if (used === undefined) return {}
  const blobGas = {
    used: asScalar(used, 'blobGasUsed'),
    priceWei: asScalar(priceWei, 'blobGasPrice'),
  }
  return { blobGas }
}

/** The status of EIP-658, or the state root that stood there before. */
function outcomeBytes({ stateRoot, succeeded }: Receipt): Uint8Array {
  if (stateRoot !== undefined) return hexToBytes(stateRoot)
  return succeeded ? Uint8Array.of(1) : new Uint8Array(0)
}

function outcomeFromItem(bytes: Uint8Array): Pick<Receipt, 'succeeded' | 'stateRoot'> {
  if (bytes.length === 32) return { succeeded: true, stateRoot: bytesToHash(bytes) }
  return { succeeded: asScalar(bytes, 'status') === 1n }
}

function logToItem(log: Log): RlpItem {
  return [hexToBytes(log.address), log.topics.map(hexToBytes), hexToBytes(log.data)]
}

function logFromItems(items: readonly RlpItem[]): Log {
  return {
    address: bytesToAddress(asBytes(items[0], 'log address')),
    topics: asList(items[1], 'log topics').map((topic) => bytesToHash(asBytes(topic, 'log topic'))),
    data: bytesToHex(asBytes(items[2], 'log data')),
  }
}
