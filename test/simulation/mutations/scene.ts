import type { Block } from '@busan/chain-spec'
import { bytesToHex, type Hash, hexToBytes } from '@busan/primitives'
import { decodeExtraData, encodeExtraData, type HeightState } from '@busan/qbft'

/** The digest of the accepted proposal. */
export function acceptedOf(state: HeightState<Block>): Hash | undefined {
  return state.candidates.find(({ status }) => status === 'accepted')?.digest
}

/** A hash of nothing that exists. */
export function otherDigest(digest: Hash): Hash {
  const bytes = hexToBytes(digest)
  bytes[0] = (bytes[0] ?? 0) ^ 1
  return bytesToHex(bytes) as Hash
}

/** Another block of the same place. */
export function otherBlock(block: Block): Block {
  const extraData = decodeExtraData(block.header.extraData)
  if (!extraData.ok) return block
  const changed = encodeExtraData({ ...extraData.value, vanity: Uint8Array.of(0xee) })
  return { ...block, header: { ...block.header, extraData: changed } }
}
