import type { StoredBlock } from '@busan/chain'
import { encodeHeader, type Header } from '@busan/chain-spec'
import {
  type Address,
  bytesToHex,
  type Hex,
  hexToBytes,
  recoverAddress,
  toQuantity,
} from '@busan/primitives'
import { decodeExtraData, type ExtraData, quorum, sealHash } from '@busan/qbft'
import { z } from 'zod'
import { RpcError } from './errors.ts'
import { defineMethod, type Method } from './method.ts'
import { findBlock } from './resolve-block.ts'
import * as nodeResult from './result/node.ts'
import { blockReference } from './schema/block-tag.ts'

/** Proof that a block is final, for whoever knows the validators of its height. */
export const certificateMethods: readonly Method[] = [
  defineMethod({
    name: 'qbft_getCommitCertificate',
    summary:
      'The sealed header of a block as RLP, and its commit seals in the order of the validators.',
    params: z.tuple([blockReference]),
    names: ['block'],
    result: nodeResult.commitCertificate.nullable(),
    handler([reference], { chain }) {
      const block = findBlock(chain, reference)
      return block === undefined ? null : commitCertificate(block)
    },
  }),
]

/** What a light client checks the finality of a block with; `seals` has an entry for each of `validators`. */
export function commitCertificate({ header, hash }: Pick<StoredBlock, 'header' | 'hash'>) {
  const extraData = extraDataOf(header)
  const { validators, round } = extraData
  return {
    number: toQuantity(header.number),
    hash,
    round: toQuantity(round),
    header: bytesToHex(encodeHeader(header)),
    validators,
    quorum: toQuantity(quorum(validators.length)),
    seals: sealsInOrder(header, extraData),
  }
}

function extraDataOf(header: Header): ExtraData {
  const extraData = decodeExtraData(header.extraData)
  if (extraData.ok) return extraData.value
  throw new RpcError('internal-error', `block ${header.number} has no QBFT extraData`)
}

/** One entry for each validator: null where its seal is missing. */
function sealsInOrder(header: Header, { validators, seals }: ExtraData): readonly (Hex | null)[] {
  const digest = hexToBytes(sealHash(header))
  const sealOf = new Map<Address | undefined, Hex>(
    seals.map((seal) => [recoverAddress(digest, seal), bytesToHex(seal)]),
  )
  return validators.map((validator) => sealOf.get(validator) ?? null)
}
