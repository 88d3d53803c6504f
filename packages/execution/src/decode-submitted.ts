import type { ChainSpec } from '@busan/chain-spec'
import { accept, present, refuse, type Verdict } from '@busan/primitives'
import { checkSidecar, splitBlobTransaction } from './blob-sidecar.ts'
import type { TransactionDecoder } from './transaction-decoder.ts'
import type { DecodeReason, Transaction } from './types.ts'

/** Decodes what a wallet submits: on a chain with blobs, type 3 must bring them, and they are checked. */
export async function decodeSubmitted(
  spec: ChainSpec,
  decode: TransactionDecoder,
  raw: Uint8Array,
): Promise<Verdict<Transaction, DecodeReason>> {
  if (spec.consensus === 'bft') return decode.gathered?.(raw) ?? decode(raw)
  const split = splitBlobTransaction(raw)
  if (!split.ok) return split
  const { sidecar } = split.value
  const decoded = decode(split.value.raw)
  if (!decoded.ok || sidecar === undefined) return decoded
  const { kzg } = spec.commonAt(0n, 0n).customCrypto
  const checked = checkSidecar(decoded.value, sidecar, present(kzg, 'KZG of a chain with blobs'))
  return checked.ok
    ? accept({ ...decoded.value, sidecar })
    : refuse(checked.reason, checked.message)
}
