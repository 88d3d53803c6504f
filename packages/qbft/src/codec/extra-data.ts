import {
  accept,
  asBytes,
  asList,
  asScalar,
  bigintToBytes,
  bytesToAddress,
  bytesToHex,
  decodeRlp,
  encodeRlp,
  errorMessage,
  type Hex,
  hexToBytes,
  type RlpItem,
  refuse,
  type Verdict,
} from '@busan/primitives'
import type { CommitSeal, Validator, Vote } from '../types.ts'
import { isCanonicalSignature } from './seal.ts'

/** What a QBFT header's extraData holds, in RLP order (Besu's QbftExtraDataCodec). */
export interface ExtraData {
  /** At most 32 bytes of free text. */
  readonly vanity: Uint8Array
  /** The set that produced the block; in a genesis header any order. */
  readonly validators: readonly Validator[]
  readonly vote?: Vote
  /** The round that the block was proposed or committed in, 0 to 2^31-1. */
  readonly round: number
  /** Empty in a proposal. */
  readonly seals: readonly CommitSeal[]
}

/** Most validators, and most seals, that a header may list. */
export const VALIDATORS_MAX = 256

/** Highest round number that is read: a signed 32-bit integer, as in Besu. */
export const ROUND_MAX = 2 ** 31 - 1

const VANITY_SIZE_BYTES_MAX = 32
const ADD_VOTE = Uint8Array.of(0xff)
const DROP_VOTE = new Uint8Array(0)
// An encoding of VALIDATORS_MAX addresses and as many seals fits with room to spare.
const SIZE_BYTES_MAX = 64 * 1024

/** RLP of [vanity, validators, vote, round, seals] as 0x text. */
export function encodeExtraData(extraData: ExtraData): Hex {
  return bytesToHex(
    encodeRlp([
      extraData.vanity,
      extraData.validators.map(hexToBytes),
      encodeVote(extraData.vote),
      bigintToBytes(BigInt(extraData.round)),
      extraData.seals,
    ]),
  )
}

/**
 * Reads extraData strictly: five items, nothing after them, every seal canonical, and encoding the result
 * gives the same bytes, so that a hash over the re-encoding covers all of them.
 */
export function decodeExtraData(extraData: Hex): Verdict<ExtraData, 'malformed-extra-data'> {
  if (extraData.length > 2 + 2 * SIZE_BYTES_MAX) {
    return refuse('malformed-extra-data', `extraData: more than ${SIZE_BYTES_MAX} bytes`)
  }
  try {
    const decoded = fromItems(asList(decodeRlp(hexToBytes(extraData)), 'extraData'))
    if (encodeExtraData(decoded) !== extraData.toLowerCase()) {
      return refuse('malformed-extra-data', 'extraData: encoding is not canonical')
    }
    return accept(decoded)
  } catch (error) {
    return refuse('malformed-extra-data', errorMessage(error))
  }
}

function fromItems(items: readonly RlpItem[]): ExtraData {
  if (items.length !== 5) throw new TypeError(`extraData: expected 5 items, got ${items.length}`)
  const vanity = asBytes(items[0], 'vanity')
  if (vanity.length > VANITY_SIZE_BYTES_MAX) {
    throw new TypeError(`vanity: at most ${VANITY_SIZE_BYTES_MAX} bytes, got ${vanity.length}`)
  }
  const vote = decodeVote(asList(items[2], 'vote'))
  return {
    vanity,
    validators: bounded(items[1], 'validators').map((item) =>
      bytesToAddress(asBytes(item, 'validator', 20)),
    ),
    ...(vote === undefined ? {} : { vote }),
    round: decodeRound(items[3]),
    seals: bounded(items[4], 'seals').map(decodeSeal),
  }
}

function bounded(item: RlpItem | undefined, name: string): readonly RlpItem[] {
  const list = asList(item, name)
  if (list.length > VALIDATORS_MAX) {
    throw new TypeError(`${name}: at most ${VALIDATORS_MAX}, got ${list.length}`)
  }
  return list
}

/** Reads a round number. @throws TypeError when it is not a canonical scalar up to {@link ROUND_MAX}. */
export function decodeRound(item: RlpItem | undefined): number {
  const round = asScalar(item, 'round')
  if (round > BigInt(ROUND_MAX)) throw new TypeError(`round: at most ${ROUND_MAX}, got ${round}`)
  return Number(round)
}

function encodeVote(vote: Vote | undefined): RlpItem {
  return vote === undefined ? [] : [hexToBytes(vote.recipient), vote.add ? ADD_VOTE : DROP_VOTE]
}

function decodeVote(items: readonly RlpItem[]): Vote | undefined {
  if (items.length === 0) return undefined
  if (items.length !== 2) throw new TypeError(`vote: expected 2 items, got ${items.length}`)
  const type = asBytes(items[1], 'vote type')
  const isAdd = type.length === 1 && type[0] === 0xff
  if (!isAdd && type.length > 0) throw new TypeError(`vote type: unknown ${bytesToHex(type)}`)
  return { recipient: bytesToAddress(asBytes(items[0], 'vote recipient', 20)), add: isAdd }
}

function decodeSeal(item: RlpItem): CommitSeal {
  const seal = asBytes(item, 'seal', 65)
  if (!isCanonicalSignature(seal)) {
    throw new TypeError(`seal: not canonical (r or s out of range, high s, or v above 1)`)
  }
  return seal
}
