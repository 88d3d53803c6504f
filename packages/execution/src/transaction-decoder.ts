import { setImmediate } from 'node:timers/promises'
import { accept, type Hash, keccakHash, Lru, recoverAddress, type Verdict } from '@busan/primitives'
import type { SenderRecovery, SignedDigest } from './recovery/sender-recovery.ts'
import {
  type ParsedTransaction,
  parseTransaction,
  signedDigestOf,
  withSender,
} from './transaction.ts'
import type { DecodeReason, Transaction } from './types.ts'

/** Decodes an EIP-2718 envelope and recovers its sender; never throws for bad bytes. */
export interface TransactionDecoder {
  (raw: Uint8Array): Verdict<Transaction, DecodeReason>
  /**
   * Begins to recover the senders of many on another thread; absent where there is none. Decoding them anew finds
   * them then.
   */
  readonly ahead?: (raws: readonly Uint8Array[]) => DecodingAhead
  /** Decodes one of many that arrive by themselves: those that come while others are on their way cross together. */
  readonly gathered?: (raw: Uint8Array) => Promise<Verdict<Transaction, DecodeReason>>
}

/** Senders on their way. */
export interface DecodingAhead {
  /** Resolves when the transaction of this index need not be waited for any more; undefined: it need not now. */
  ready(index: number): Promise<void> | undefined
}

/** What a decoder takes beside the types of every chain. */
export interface DecoderOptions {
  /** Type 3, EIP-4844, as it stands in blocks. Default: refused, as QBFT networks carry no blobs. */
  readonly allowsBlobs?: boolean
  /** Default: senders are recovered where they are asked for. */
  readonly recovery?: SenderRecovery
}

/** Entries kept, so that the pool, our proposals and others' blocks share one object for one transaction. */
const CACHED_TRANSACTIONS_MAX = 16_384

/** Longer ones are decoded again when met again: the cache stays below some tens of megabytes. */
const CACHED_SIZE_BYTES_MAX = 4_096

/** Transactions that cross to the other thread at once: the first are back while the rest are on their way. */
const CHUNK_SIZE = 64

/** Chunks on their way before the first is waited for: parsing all of a block at once would hold the event loop. */
const CHUNKS_AHEAD = 4

/** Fewer are recovered where they are asked for: the way there and back takes as long as two or three of them. */
const CROSSING_MIN = 4

/** Decodes without remembering. */
export const decodeTransaction: TransactionDecoder = (raw) => decode(raw, keccakHash(raw), false)

/** As {@link decodeTransaction}, with a bounded cache by hash. */
export function createTransactionDecoder({
  allowsBlobs = false,
  recovery,
}: DecoderOptions = {}): TransactionDecoder {
  const cache = new Lru<Hash, Transaction>(CACHED_TRANSACTIONS_MAX)
  const hashOf = rememberedHashes()
  const decodeCached = (raw: Uint8Array): Verdict<Transaction, DecodeReason> => {
    const hash = hashOf(raw)
    const known = cache.get(hash)
    if (known !== undefined) return accept(known)
    const decoded = decode(raw, hash, allowsBlobs)
    if (decoded.ok && raw.length <= CACHED_SIZE_BYTES_MAX) cache.set(hash, decoded.value)
    return decoded
  }
  if (recovery === undefined) return decodeCached

  const unknownIn = (raws: readonly Uint8Array[]): Unknown[] =>
    raws.flatMap((raw) => {
      const hash = hashOf(raw)
      if (raw.length > CACHED_SIZE_BYTES_MAX || cache.get(hash) !== undefined) return []
      const parsed = parseTransaction(raw, { allowsBlobs })
      const signed = parsed.ok ? signedDigestOf(parsed.value) : undefined
      return parsed.ok && signed !== undefined ? [{ hash, parsed: parsed.value, signed }] : []
    })
  const fetch = async (unknown: readonly Unknown[]): Promise<void> => {
    const senders = await recovery.recover(unknown.map(({ signed }) => signed))
    for (const [index, { hash, parsed }] of unknown.entries()) {
      const whole = withSender(parsed, hash, senders[index])
      if (whole.ok) cache.set(hash, whole.value)
    }
  }
  const ahead = (raws: readonly Uint8Array[]): DecodingAhead => {
    const chunks: (Promise<void> | undefined)[] = []
    const begin = (): void => {
      const from = chunks.length * CHUNK_SIZE
      const unknown = unknownIn(raws.slice(from, from + CHUNK_SIZE))
      const at = chunks.length
      // Without the thread they are recovered where they are asked for.
      const settle = (): void => {
        chunks[at] = undefined
      }
      const crosses = unknown.length >= CROSSING_MIN
      chunks.push(crosses ? fetch(unknown).then(settle, settle) : undefined)
    }
    const beginUntil = (count: number): void => {
      while (chunks.length < Math.min(count, raws.length / CHUNK_SIZE)) begin()
    }
    return {
      ready: (index) => {
        const at = Math.floor(index / CHUNK_SIZE)
        beginUntil(at + CHUNKS_AHEAD)
        return chunks[at]
      },
    }
  }
  const decoder: TransactionDecoder = Object.assign(decodeCached, { ahead })
  return Object.assign(decoder, { gathered: createGathering(decoder) })
}

/** The same bytes are asked for ahead, when they have arrived, and in proposals. */
function rememberedHashes(): (raw: Uint8Array) => Hash {
  const hashes = new WeakMap<Uint8Array, Hash>()
  return (raw) => {
    const known = hashes.get(raw)
    if (known !== undefined) return known
    const hash = keccakHash(raw)
    hashes.set(raw, hash)
    return hash
  }
}

function createGathering(decode: TransactionDecoder): NonNullable<TransactionDecoder['gathered']> {
  let raws: Uint8Array[] = []
  let decoding: Promise<readonly Verdict<Transaction, DecodeReason>[]> | undefined
  let before: Promise<unknown> = Promise.resolve()
  const decodeGathered = async () => {
    // Crossing costs as much for one as for many: under load the batches grow by themselves.
    await before
    await setImmediate()
    const batch = raws
    raws = []
    before = (decoding as Promise<unknown>).catch(() => {})
    decoding = undefined
    return decodeMany(decode, batch)
  }
  return async (raw) => {
    const index = raws.push(raw) - 1
    decoding ??= decodeGathered()
    return (await decoding)[index] as Verdict<Transaction, DecodeReason>
  }
}

/** Decodes several, their senders recovered on another thread where there is one. */
export async function decodeMany(
  decodeOne: TransactionDecoder,
  raws: readonly Uint8Array[],
): Promise<readonly Verdict<Transaction, DecodeReason>[]> {
  const ahead = decodeOne.ahead?.(raws)
  const decoded: Verdict<Transaction, DecodeReason>[] = []
  for (const [index, raw] of raws.entries()) {
    const arriving = ahead?.ready(index)
    if (arriving !== undefined) await arriving
    decoded.push(decodeOne(raw))
  }
  return decoded
}

/** A transaction that has not been met before. */
interface Unknown {
  readonly hash: Hash
  readonly parsed: ParsedTransaction
  readonly signed: SignedDigest
}

function decode(
  raw: Uint8Array,
  hash: Hash,
  allowsBlobs: boolean,
): Verdict<Transaction, DecodeReason> {
  const parsed = parseTransaction(raw, { allowsBlobs })
  if (!parsed.ok) return parsed
  const signed = signedDigestOf(parsed.value)
  const sender = signed && recoverAddress(signed.digest, signed.signature)
  return withSender(parsed.value, hash, sender)
}
