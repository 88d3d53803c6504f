import { z } from 'zod'
import { countedBlockFields } from './block.ts'
import { address, data, hash, quantity, words } from './hex.ts'
import { minedTransaction, receiptFields } from './transaction.ts'

const structLogs = z
  .strictObject({
    gas: z.number().int(),
    failed: z.boolean(),
    returnValue: words,
    structLogs: z.array(
      z.looseObject({ pc: z.number().int(), op: words, gas: z.number(), depth: z.number().int() }),
    ),
  })
  .meta({ id: 'StructLogs', description: 'The opcode logger: one entry for each step' })

const callFrame = z
  .strictObject({
    type: words,
    from: address,
    to: address.optional(),
    gas: quantity,
    gasUsed: quantity,
    value: quantity.optional(),
    input: data,
    output: data.optional(),
    error: words.optional(),
    revertReason: words.optional(),
    logs: z.array(z.looseObject({ address, topics: z.array(hash), data })).optional(),
    get calls() {
      return z.array(callFrame).optional()
    },
  })
  .meta({ id: 'CallFrame', description: 'callTracer: a message with those it sent' })

const flatFrame = {
  action: z.record(z.string(), words),
  blockHash: hash.nullable(),
  blockNumber: z.number().int(),
  error: words.optional(),
  result: z.record(z.string(), words).nullish(),
  subtraces: z.number().int(),
  traceAddress: z.array(z.number().int()),
  transactionHash: hash.nullish(),
  transactionPosition: z.number().int().nullish(),
  type: words,
}

const account = z
  .looseObject({
    balance: quantity.optional(),
    nonce: z.number().int().optional(),
    code: data.optional(),
  })
  .meta({ id: 'PrestateAccount' })

const accounts = z.record(address, account)

const prestate = z
  .union([accounts, z.strictObject({ pre: accounts, post: accounts })])
  .meta({ id: 'Prestate', description: 'prestateTracer: accounts before, in diffMode also after' })

/** What the tracers answer; the last two are 4byteTracer's and, of several tracers at once, muxTracer's. */
export const trace = z
  .union([
    structLogs,
    callFrame,
    z.array(z.looseObject(flatFrame)),
    prestate,
    z.record(z.string(), z.number().int()),
    z.record(z.string(), z.unknown()),
  ])
  .meta({ id: 'Trace', description: 'In the shape of the tracer that was asked for' })

/** Traces of a block. */
export const blockTrace = z
  .array(z.strictObject({ txHash: hash, result: trace }))
  .meta({ id: 'BlockTrace' })

/** A message in Parity's shape, at its place. */
export const placedTrace = z.strictObject(flatFrame).meta({ id: 'PlacedTrace' })

const { action, error, result, subtraces, traceAddress, type } = flatFrame

/** Parity's replay; what was not asked for is null, or empty. */
export const replay = z
  .strictObject({
    output: data,
    trace: z.array(z.strictObject({ action, error, result, subtraces, traceAddress, type })),
    vmTrace: z.looseObject({}).nullable(),
    stateDiff: z.record(z.string(), z.looseObject({})).nullable(),
    transactionHash: hash.optional(),
  })
  .meta({ id: 'Replay' })

/** A block on a page of Otterscan's. */
export const blockDetails = z
  .strictObject({
    block: z.strictObject(countedBlockFields),
    issuance: z.strictObject({ blockReward: quantity, uncleReward: quantity, issuance: quantity }),
    totalFees: quantity,
  })
  .meta({ id: 'BlockDetails' })

/** Transactions of a block, a page of them. */
export const blockPage = z
  .strictObject({
    fullblock: z.strictObject({ ...countedBlockFields, transactions: z.array(minedTransaction) }),
    receipts: z.array(z.strictObject({ ...receiptFields, logs: z.null(), logsBloom: z.null() })),
  })
  .meta({ id: 'BlockPage' })

/** Transactions of an account, a page of them. */
export const historyPage = z
  .strictObject({
    txs: z.array(minedTransaction),
    receipts: z.array(z.strictObject({ ...receiptFields, timestamp: z.number().int() })),
    firstPage: z.boolean(),
    lastPage: z.boolean(),
  })
  .meta({ id: 'HistoryPage' })

/** A message of a transaction, flat. */
export const flatCall = z
  .strictObject({
    type: words,
    depth: z.number().int(),
    from: address,
    to: address.nullable(),
    value: quantity.nullable(),
    input: data,
    output: data,
  })
  .meta({ id: 'FlatCall' })

/** 0 a transfer, 1 a removal, 2 CREATE, 3 CREATE2. */
export const internalOperation = z
  .strictObject({
    type: z.number().int().min(0).max(3),
    from: address,
    to: address.nullable(),
    value: quantity,
  })
  .meta({ id: 'InternalOperation' })
