// The signed parts of the messages (Besu's qbft.core.payload, the layout before 26.1).
import { type Block, blockFromItems, blockToItems } from '@busan/chain-spec'
import {
  asBytes,
  asList,
  asScalar,
  bigintToBytes,
  bytesToHash,
  encodeRlp,
  type Hash,
  hexToBytes,
  keccakHash,
  type RlpItem,
} from '@busan/primitives'
import type {
  CommitPayload,
  Payload,
  PreparePayload,
  ProposalPayload,
  RoundChangePayload,
} from '../types.ts'
import { decodeExtraData, decodeRound } from './extra-data.ts'

/** Message codes of the `istanbul` protocol, version 100. The code is part of what is signed. */
export const MESSAGE_CODES = {
  proposal: 0x12,
  prepare: 0x13,
  commit: 0x14,
  'round-change': 0x15,
} as const

const HEIGHT_MAX = 2n ** 64n - 1n

/** What the author of a payload signs: keccak256(RLP([code, payload])). */
export function payloadDigest(payload: Payload<Block>): Hash {
  return itemsDigest(payload.type, payloadToItems(payload))
}

/** As {@link payloadDigest}, over items that were decoded. */
export function itemsDigest(type: Payload<Block>['type'], items: readonly RlpItem[]): Hash {
  return keccakHash(encodeRlp([Uint8Array.of(MESSAGE_CODES[type]), items]))
}

/** The payload's RLP list. */
export function payloadToItems(payload: Payload<Block>): RlpItem[] {
  const place = [bigintToBytes(payload.height), bigintToBytes(BigInt(payload.round))]
  switch (payload.type) {
    case 'proposal':
      return [...place, blockToItems(payload.block)]
    case 'prepare':
      return [...place, hexToBytes(payload.digest)]
    case 'commit':
      return [...place, hexToBytes(payload.digest), payload.seal]
    case 'round-change':
      return [...place, preparedToItems(payload)]
  }
}

function preparedToItems({ prepared }: RoundChangePayload): RlpItem[] {
  if (prepared === undefined) return []
  return [bigintToBytes(BigInt(prepared.round)), hexToBytes(prepared.digest)]
}

/** @throws TypeError when the items are not a proposal payload. */
export function proposalFromItems(items: readonly RlpItem[]): ProposalPayload<Block> {
  expectCount(items, 3, 'proposal')
  return { type: 'proposal', ...place(items), block: proposedBlock(asList(items[2], 'block')) }
}

/** @throws TypeError when the items are not a prepare payload. */
export function prepareFromItems(items: readonly RlpItem[]): PreparePayload {
  expectCount(items, 3, 'prepare')
  return { type: 'prepare', ...place(items), digest: digestFrom(items[2]) }
}

/** @throws TypeError when the items are not a commit payload. */
export function commitFromItems(items: readonly RlpItem[]): CommitPayload {
  expectCount(items, 4, 'commit')
  const seal = asBytes(items[3], 'commit seal', 65)
  return { type: 'commit', ...place(items), digest: digestFrom(items[2]), seal }
}

/** @throws TypeError when the items are not a round-change payload. */
export function roundChangeFromItems(items: readonly RlpItem[]): RoundChangePayload {
  expectCount(items, 3, 'round change')
  const prepared = asList(items[2], 'prepared')
  if (prepared.length === 0) return { type: 'round-change', ...place(items) }
  expectCount(prepared, 2, 'prepared')
  const lock = { round: decodeRound(prepared[0]), digest: digestFrom(prepared[1]) }
  return { type: 'round-change', ...place(items), prepared: lock }
}

/**
 * Reads a block in its proposal variant, so that all later use of its extraData succeeds.
 * @throws TypeError for anything else, a sealed block included
 */
export function proposedBlock(items: readonly RlpItem[]): Block {
  const block = blockFromItems(items)
  const extraData = decodeExtraData(block.header.extraData)
  if (!extraData.ok) throw new TypeError(extraData.message)
  const { seals } = extraData.value
  if (seals.length > 0) throw new TypeError(`a proposed block has no seals, got ${seals.length}`)
  return block
}

/** @throws TypeError unless there are exactly `count` items. */
export function expectCount(items: readonly RlpItem[], count: number, name: string): void {
  if (items.length !== count) {
    throw new TypeError(`${name}: expected ${count} items, got ${items.length}`)
  }
}

function place(items: readonly RlpItem[]): { height: bigint; round: number } {
  const height = asScalar(items[0], 'height')
  if (height > HEIGHT_MAX) throw new TypeError(`height: more than 64 bits`)
  return { height, round: decodeRound(items[1]) }
}

function digestFrom(item: RlpItem | undefined): Hash {
  return bytesToHash(asBytes(item, 'digest', 32))
}
