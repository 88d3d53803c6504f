import type { Block } from '@busan/chain-spec'
import { hexToBytes } from '@busan/primitives'
import { payloadDigest } from './codec/payloads.ts'
import type { Message, Payload, Signed, UnsignedMessage, Validator } from './types.ts'

/** Signs 32 bytes: returns 65 bytes r‖s‖v, low s, v in {0, 1}. Deterministic (RFC 6979) where possible. */
export type SignDigest = (digest: Uint8Array) => Uint8Array

/**
 * Turns what the machine wants sent into a message. A commit signs twice: the seal over the seal hash, then
 * the payload with that seal.
 * @param author the address of the key behind `sign`
 */
export function signMessage(
  unsigned: UnsignedMessage<Block>,
  sign: SignDigest,
  author: Validator,
): Message<Block> {
  const signed = <P extends Payload<Block>>(payload: P): Signed<P> => ({
    payload,
    author,
    signature: sign(hexToBytes(payloadDigest(payload))),
  })
  switch (unsigned.type) {
    case 'proposal': {
      const { payload, roundChanges, prepares } = unsigned
      return { type: 'proposal', proposal: signed(payload), roundChanges, prepares }
    }
    case 'prepare':
      return { type: 'prepare', prepare: signed(unsigned.payload) }
    case 'commit': {
      const seal = sign(hexToBytes(unsigned.sealHash))
      return { type: 'commit', commit: signed({ ...unsigned.payload, seal }) }
    }
    case 'round-change': {
      const { payload, block, prepares } = unsigned
      const carried = block === undefined ? { prepares } : { block, prepares }
      return { type: 'round-change', roundChange: signed(payload), ...carried }
    }
  }
}
