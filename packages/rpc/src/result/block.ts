import { z } from 'zod'
import { address, bloom, data, hash, quantity } from './hex.ts'
import { minedTransaction, pooledTransaction } from './transaction.ts'

const headerFields = {
  number: quantity,
  hash,
  parentHash: hash,
  nonce: data,
  mixHash: hash,
  sha3Uncles: hash,
  logsBloom: bloom,
  stateRoot: hash,
  miner: address,
  difficulty: quantity,
  extraData: data,
  gasLimit: quantity,
  gasUsed: quantity,
  timestamp: quantity,
  transactionsRoot: hash,
  receiptsRoot: hash,
  baseFeePerGas: quantity.optional(),
  withdrawalsRoot: hash.optional(),
  blobGasUsed: quantity.optional(),
  excessBlobGas: quantity.optional(),
  parentBeaconBlockRoot: hash.optional(),
  requestsHash: hash.optional(),
}

/** A header; fields of later forks are absent before them. */
export const header = z.strictObject(headerFields).meta({ id: 'Header' })

const withdrawal = z
  .strictObject({ index: quantity, validatorIndex: quantity, address, amount: quantity })
  .meta({ id: 'Withdrawal', description: 'EIP-4895; the amount is in gwei' })

const blockFields = {
  ...headerFields,
  totalDifficulty: quantity.optional(),
  size: quantity,
  uncles: z.array(hash),
  withdrawals: z.array(withdrawal).optional(),
}

/** A block without its transactions, and with their number, as Otterscan wants it. */
export const countedBlockFields = {
  ...blockFields,
  logsBloom: z.null(),
  transactionCount: z.number().int(),
}

/** A block, with whole transactions or their hashes. */
export const block = z
  .strictObject({
    ...blockFields,
    transactions: z.union([z.array(hash), z.array(minedTransaction)]),
  })
  .meta({ id: 'Block' })

/** The block that the pool would fill. */
export const pendingBlock = z
  .strictObject({
    ...blockFields,
    hash: z.null(),
    nonce: z.null(),
    miner: z.null(),
    transactions: z.union([z.array(hash), z.array(pooledTransaction)]),
  })
  .meta({ id: 'PendingBlock', description: 'The block after the head, as the pool would fill it' })

/** An uncle, of which only the header is known. */
export const uncle = z
  .strictObject({ ...headerFields, size: quantity, uncles: z.array(hash).length(0) })
  .meta({ id: 'Uncle' })

/** The payload of the Engine API. */
export const payload = z
  .strictObject({
    executionPayload: z.strictObject({
      parentHash: hash,
      feeRecipient: address,
      stateRoot: hash,
      receiptsRoot: hash,
      logsBloom: bloom,
      prevRandao: hash,
      blockNumber: quantity,
      gasLimit: quantity,
      gasUsed: quantity,
      timestamp: quantity,
      extraData: data,
      baseFeePerGas: quantity,
      blockHash: hash,
      transactions: z.array(data),
      withdrawals: z.array(withdrawal),
      blobGasUsed: quantity.optional(),
      excessBlobGas: quantity.optional(),
    }),
    blockValue: quantity,
    blobsBundle: z.strictObject({
      commitments: z.array(data),
      proofs: z.array(data),
      blobs: z.array(data),
    }),
    executionRequests: z.array(data),
    shouldOverrideBuilder: z.boolean(),
  })
  .meta({ id: 'Payload' })

/** A block that was sealed and refused. */
export const badBlock = z.strictObject({ block, hash, rlp: data }).meta({ id: 'BadBlock' })
