import { z } from 'zod'
import { block } from './block.ts'
import { address, data, hash, quantity, words } from './hex.ts'
import { accessList, log } from './transaction.ts'

/** EIP-1186. */
export const proof = z
  .strictObject({
    address,
    accountProof: z.array(data),
    balance: quantity,
    codeHash: hash,
    nonce: quantity,
    storageHash: hash,
    storageProof: z.array(z.strictObject({ key: words, value: quantity, proof: z.array(data) })),
  })
  .meta({ id: 'Proof' })

/** As the state holds it. */
export const account = z
  .strictObject({ nonce: quantity, balance: quantity, codeHash: hash, storageRoot: hash })
  .meta({ id: 'Account' })

/** A run of accounts in geth's shape; those whose address the node does not know stand under `pre(HASH)`. */
export const accountRange = z
  .strictObject({
    root: words.describe('State root, without 0x'),
    accounts: z.record(
      z.string(),
      z.strictObject({
        balance: words.describe('Wei, in decimal'),
        nonce: z.number().int(),
        root: hash,
        codeHash: hash,
        code: data.optional(),
        storage: z.record(z.string(), words).optional(),
        key: hash.describe('Hash of the address'),
      }),
    ),
    next: words.optional().describe('Where to go on: a hash in base64'),
  })
  .meta({ id: 'AccountRange' })

/** Slots by account. */
export const storageValues = z.record(z.string(), z.array(hash)).meta({ id: 'StorageValues' })

/** What a message touches; `error` when it fails. */
export const accessListResult = z
  .strictObject({ accessList, error: words.optional(), gasUsed: quantity })
  .meta({ id: 'AccessListResult' })

const simulatedCall = z
  .strictObject({
    returnData: data,
    logs: z.array(log),
    gasUsed: quantity,
    maxUsedGas: quantity,
    status: z.enum(['0x0', '0x1']),
    error: z
      .strictObject({ code: z.number().int(), message: words, data: data.optional() })
      .optional(),
  })
  .meta({ id: 'SimulatedCall' })

/** A made-up block. */
export const simulatedBlock = z
  .strictObject({ ...block.shape, calls: z.array(simulatedCall) })
  .meta({ id: 'SimulatedBlock' })

/** EIP-1559 prices of past blocks, oldest first, and of the one after them. */
export const feeHistory = z
  .strictObject({
    oldestBlock: quantity,
    baseFeePerGas: z.array(quantity),
    gasUsedRatio: z.array(z.number()),
    baseFeePerBlobGas: z.array(quantity).optional(),
    blobGasUsedRatio: z.array(z.number()).optional(),
    reward: z.array(z.array(quantity)).optional(),
  })
  .meta({ id: 'FeeHistory' })

/** Slots of an account, by the hashes of their keys. */
export const storageRange = z
  .strictObject({
    storage: z.record(z.string(), z.strictObject({ key: z.null(), value: hash })),
    nextKey: hash.nullable(),
  })
  .meta({ id: 'StorageRange' })
