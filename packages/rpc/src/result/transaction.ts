import { z } from 'zod'
import { address, bloom, data, hash, quantity } from './hex.ts'

/** EIP-2930. */
export const accessList = z
  .array(z.strictObject({ address, storageKeys: z.array(hash) }))
  .meta({ id: 'AccessList' })

const authorization = z
  .strictObject({
    chainId: quantity,
    address,
    nonce: quantity,
    yParity: quantity,
    r: quantity,
    s: quantity,
  })
  .meta({ id: 'Authorization', description: 'EIP-7702' })

const body = {
  hash,
  type: quantity,
  from: address,
  to: address.nullable(),
  nonce: quantity,
  gas: quantity,
  value: quantity,
  input: data,
  gasPrice: quantity,
  chainId: quantity.optional(),
  accessList: accessList.optional(),
  maxFeePerGas: quantity.optional(),
  maxPriorityFeePerGas: quantity.optional(),
  maxFeePerBlobGas: quantity.optional(),
  blobVersionedHashes: z.array(hash).optional(),
  authorizationList: z.array(authorization).optional(),
  v: quantity,
  r: quantity,
  s: quantity,
  yParity: quantity.optional(),
}

/** In a block; `gasPrice` is what was paid. */
export const minedTransaction = z
  .strictObject({
    ...body,
    blockHash: hash,
    blockNumber: quantity,
    blockTimestamp: quantity,
    transactionIndex: quantity,
  })
  .meta({ id: 'MinedTransaction' })

/** In the pool; `gasPrice` is the most it pays. */
export const pooledTransaction = z
  .strictObject({
    ...body,
    blockHash: z.null(),
    blockNumber: z.null(),
    blockTimestamp: z.null(),
    transactionIndex: z.null(),
  })
  .meta({ id: 'PooledTransaction' })

/** Not signed yet: v, r and s are zero. */
export const filledTransaction = z
  .strictObject({ ...body, from: address, v: z.literal('0x0') })
  .meta({ id: 'FilledTransaction' })

/** Either. */
export const transaction = z.union([minedTransaction, pooledTransaction])

/** A log; `removed` is always false. */
export const log = z
  .strictObject({
    address,
    topics: z.array(hash).max(4),
    data,
    blockNumber: quantity,
    transactionHash: hash,
    transactionIndex: quantity,
    blockHash: hash,
    blockTimestamp: quantity,
    logIndex: quantity,
    removed: z.literal(false),
  })
  .meta({ id: 'Log' })

/** Of a receipt; before Byzantium it has a state root and no status. */
export const receiptFields = {
  blockHash: hash,
  blockNumber: quantity,
  transactionHash: hash,
  transactionIndex: quantity,
  type: quantity,
  from: address,
  to: address.nullable(),
  contractAddress: address.nullable(),
  status: z.enum(['0x0', '0x1']).optional(),
  root: hash.optional(),
  gasUsed: quantity,
  cumulativeGasUsed: quantity,
  effectiveGasPrice: quantity,
  blobGasUsed: quantity.optional(),
  blobGasPrice: quantity.optional(),
  logsBloom: bloom,
  logs: z.array(log),
}

/** What a mined transaction did. */
export const receipt = z.strictObject(receiptFields).meta({ id: 'Receipt' })

const byNonce = z
  .record(z.string(), pooledTransaction)
  .meta({ id: 'TransactionsByNonce', description: 'By nonce, in decimal' })

/** One sender's transactions. */
export const poolContentFrom = z
  .strictObject({ pending: byNonce, queued: byNonce })
  .meta({ id: 'PoolContentFrom' })

const bySender = z.record(z.string(), byNonce)

/** All transactions. */
export const poolContent = z
  .strictObject({ pending: bySender, queued: bySender })
  .meta({ id: 'PoolContent', description: 'By checksummed sender and by nonce, in decimal' })

const lines = z.record(z.string(), z.record(z.string(), z.string()))

/** The same as lines of text. */
export const poolInspection = z
  .strictObject({ pending: lines, queued: lines })
  .meta({ id: 'PoolInspection' })
