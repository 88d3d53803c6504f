import type { Block } from '@busan/chain-spec'
import { asBytes, asList, hexToBytes, type RlpItem, recoverAddress } from '@busan/primitives'
import type { Payload, Signed } from '../types.ts'
import { expectCount, itemsDigest, payloadToItems } from './payloads.ts'
import { SIGNATURE_SIZE_BYTES } from './seal.ts'

/** Thrown inside the codec when a signature is not its author's; never leaves `decodeMessage`. */
export class SignatureError extends Error {}

/** [payload, signature]. */
export function signedToItems(signed: Signed<Payload<Block>>): RlpItem[] {
  return [payloadToItems(signed.payload), signed.signature]
}

/**
 * Reads [payload, signature] and recovers the author.
 * @param read one of the payload readers
 * @throws TypeError for a wrong shape, {@link SignatureError} when nobody can have signed this
 */
export function signedFromItems<P extends Payload<Block>>(
  item: RlpItem | undefined,
  read: (items: readonly RlpItem[]) => P,
): Signed<P> {
  const items = asList(item, 'signed payload')
  expectCount(items, 2, 'signed payload')
  const payloadItems = asList(items[0], 'payload')
  const payload = read(payloadItems)
  const signature = asBytes(items[1], 'signature', SIGNATURE_SIZE_BYTES)
  const author = recoverAddress(hexToBytes(itemsDigest(payload.type, payloadItems)), signature)
  if (author === undefined)
    throw new SignatureError(`${payload.type}: signature recovers to no key`)
  return { payload, author, signature }
}
