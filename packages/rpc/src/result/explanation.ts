import { z } from 'zod'
import { address, hash, quantity, words } from './hex.ts'

const common = { hash, message: words, from: address, nonce: quantity }

const departure = {
  ...common,
  reason: words,
  at: quantity.describe('Seconds since the epoch'),
  replacedBy: hash.optional(),
  rule: words
    .optional()
    .describe('What is in the way now: a rule of the permission registry, or accounts-allowlist'),
}

/** Where a transaction is and why; `message` is for people. */
export const explanation = z
  .discriminatedUnion('status', [
    z.strictObject({
      ...common,
      status: z.literal('final'),
      blockNumber: quantity,
      blockHash: hash,
      transactionIndex: quantity,
      succeeded: z.boolean(),
    }),
    z.strictObject({
      ...common,
      status: z.literal('executable'),
      ahead: quantity.describe(
        'How many transactions the next block takes before it; counted to 10,000',
      ),
    }),
    z.strictObject({
      ...common,
      status: z.literal('underpriced'),
      maxFeePerGas: quantity,
      baseFeePerGas: quantity,
      blockedBy: hash
        .optional()
        .describe('An earlier transaction of its sender that pays too little'),
    }),
    z.strictObject({
      ...common,
      status: z.literal('queued'),
      missingNonces: z
        .array(z.strictObject({ first: quantity, last: quantity }))
        .describe('Both ends included, ascending'),
    }),
    z.strictObject({ ...departure, status: z.enum(['refused', 'dropped', 'replaced']) }),
    z.strictObject({ hash, message: words, status: z.literal('unknown') }),
  ])
  .meta({ id: 'Explanation' })
