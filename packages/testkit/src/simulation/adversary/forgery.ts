// Messages as a validator with its key can sign them, whether the protocol allows them or not.
import type { Block } from '@busan/chain-spec'
import { bigintToBytes, bytesToBigint, type Hash, padLeft } from '@busan/primitives'
import {
  decodeExtraData,
  encodeExtraData,
  type Message,
  type PreparedCertificate,
  type PreparePayload,
  type RoundChangePayload,
  type Signed,
  signMessage,
} from '@busan/qbft'
import type { ValidatorKey } from '../../validator-keys.ts'

/** Where a vote belongs. */
export interface Place {
  readonly height: bigint
  readonly round: number
}

/** A proposal for a place, of a block of any round, with any justification. */
export function forgeProposal(
  key: ValidatorKey,
  place: Place,
  block: Block,
  justification: {
    readonly roundChanges?: readonly Signed<RoundChangePayload>[]
    readonly prepares?: readonly Signed<PreparePayload>[]
  } = {},
): Message<Block> {
  const { roundChanges = [], prepares = [] } = justification
  const payload = { type: 'proposal', ...place, block } as const
  return signMessage({ type: 'proposal', payload, roundChanges, prepares }, key.sign, key.address)
}

/** A vote to prepare. */
export function forgePrepare(key: ValidatorKey, place: Place, digest: Hash): Message<Block> {
  const payload = { type: 'prepare', ...place, digest } as const
  return signMessage({ type: 'prepare', payload }, key.sign, key.address)
}

/** A vote to commit with a good seal. */
export function forgeCommit(key: ValidatorKey, place: Place, digest: Hash): Message<Block> {
  const payload = { type: 'commit', ...place, digest } as const
  return signMessage({ type: 'commit', payload, sealHash: digest }, key.sign, key.address)
}

/** A commit whose signature is good and whose seal is another one. */
export function forgeSeal(
  key: ValidatorKey,
  message: Message<Block> & { readonly type: 'commit' },
  seal: Uint8Array,
): Message<Block> {
  const { payload } = message.commit
  let isSeal = true
  const sign = (digest: Uint8Array) => {
    // signMessage makes the seal first.
    const signature = isSeal ? seal : key.sign(digest)
    isSeal = false
    return signature
  }
  const sealHash = payload.digest
  return signMessage({ type: 'commit', payload, sealHash }, sign, key.address)
}

/** A round change with any certificate, or none. */
export function forgeRoundChange(
  key: ValidatorKey,
  place: Place,
  prepared?: PreparedCertificate<Block>,
): Message<Block> {
  const payload = { type: 'round-change', ...place } as const
  if (prepared === undefined) {
    return signMessage({ type: 'round-change', payload, prepares: [] }, key.sign, key.address)
  }
  const { round, digest, block, prepares } = prepared
  const locked = { ...payload, prepared: { round, digest } }
  return signMessage(
    { type: 'round-change', payload: locked, block, prepares },
    key.sign,
    key.address,
  )
}

/** The same block with another vanity: a different block that is as valid. */
export function variantOf(block: Block, mark: number): Block {
  const extraData = decodeExtraData(block.header.extraData)
  if (!extraData.ok) return block
  const vanity = Uint8Array.of(0xb0, mark & 0xff)
  const changed = encodeExtraData({ ...extraData.value, vanity })
  return { ...block, header: { ...block.header, extraData: changed } }
}

const GROUP_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** The other form of a signature, with s in the upper half. */
export function withHighS(signature: Uint8Array): Uint8Array {
  const high = new Uint8Array(signature)
  const s = GROUP_ORDER - bytesToBigint(signature.subarray(32, 64))
  high.set(padLeft(bigintToBytes(s), 32), 32)
  high[64] = 1 - (signature[64] ?? 0)
  return high
}
