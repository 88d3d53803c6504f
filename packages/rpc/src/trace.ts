import type { StoredBlock } from '@busan/chain'
import type { CallRequest, ParityOptions, TracedRequest, TracerSpec } from '@busan/execution'
import type { Hash } from '@busan/primitives'
import { z } from 'zod'
import { parentOf, storedBlock, traceOptions } from './debug-trace.ts'
import { CALL_ERRORS, SUBMIT_ERRORS, TRACE_ERRORS } from './error-lists.ts'
import { invalidParams, RpcError, transactionRejected } from './errors.ts'
import { callOptions, requestOf } from './eth/execute.ts'
import { JsonText } from './json-text.ts'
import { defineMethod, type Method, type RpcContext } from './method.ts'
import { findBlock, headerOf } from './resolve-block.ts'
import * as traceResult from './result/trace.ts'
import { type BlockReference, blockReference, LATEST } from './schema/block-tag.ts'
import { callArguments } from './schema/call.ts'
import { bytes, hash, optional, quantity64 } from './schema/hex.ts'
import { traceFilter } from './schema/trace-filter.ts'
import { blockTraces, filterTraces, type PlacedTrace } from './trace-list.ts'

/** What a replay tells; anything else is refused. */
const kinds = z
  .array(
    z.enum(['trace', 'vmTrace', 'stateDiff'], { error: 'expected trace, vmTrace or stateDiff' }),
  )
  .transform(
    (names): ParityOptions => ({
      trace: names.includes('trace'),
      vmTrace: names.includes('vmTrace'),
      stateDiff: names.includes('stateDiff'),
    }),
  )

const calls = z.array(z.tuple([callArguments, kinds]))

/** trace_*: the shapes of Parity and OpenEthereum, which explorers and indexers read. */
export const traceMethods: readonly Method[] = [
  defineMethod({
    name: 'trace_block',
    summary: 'Messages of all transactions of a block, and its reward.',
    params: z.tuple([blockReference]),
    names: ['block'],
    result: z.array(traceResult.placedTrace).nullable(),
    errors: TRACE_ERRORS,
    async handler([reference], context) {
      const block = findBlock(context.chain, reference)
      return block === undefined ? null : blockTraces(block, context)
    },
  }),
  defineMethod({
    name: 'trace_transaction',
    summary: 'Messages of a transaction, with their places in its tree; `null` when it is unknown.',
    params: z.tuple([hash]),
    names: ['transactionHash'],
    result: z.array(traceResult.placedTrace).nullable(),
    errors: TRACE_ERRORS,
    handler: ([transactionHash], context) => transactionTraces(transactionHash, context),
  }),
  defineMethod({
    name: 'trace_get',
    summary: 'One message of a transaction by its place in the tree; `null` when there is none.',
    params: z.tuple([hash, z.array(quantity64)]),
    names: ['transactionHash', 'traceAddress'],
    result: traceResult.placedTrace.nullable(),
    errors: TRACE_ERRORS,
    async handler([transactionHash, place], context) {
      const wanted = place.join()
      const traces = await transactionTraces(transactionHash, context)
      return traces?.find(({ traceAddress }) => traceAddress.join() === wanted) ?? null
    },
  }),
  defineMethod({
    name: 'trace_filter',
    summary: 'Messages of a range of blocks, by sender and receiver.',
    params: z.tuple([traceFilter]),
    names: ['filter'],
    result: z.array(traceResult.placedTrace),
    errors: TRACE_ERRORS,
    handler: ([filter], context) => filterTraces(filter, context),
  }),
  defineMethod({
    name: 'trace_replayTransaction',
    summary: 'Runs a mined transaction again: its messages, opcodes and changes to the state.',
    params: z.tuple([hash, kinds]),
    names: ['transactionHash', 'kinds'],
    result: traceResult.replay,
    errors: TRACE_ERRORS,
    async handler([transactionHash, options], context) {
      const found = locate(transactionHash, context)
      if (found === undefined) throw new RpcError('transaction-not-found', 'transaction not found')
      const [json = 'null'] = await replay(found.block, parity(options), context, found.index)
      return new JsonText(json)
    },
  }),
  defineMethod({
    name: 'trace_replayBlockTransactions',
    summary: 'As `trace_replayTransaction`, for all transactions of a block.',
    params: z.tuple([blockReference, kinds]),
    names: ['block', 'kinds'],
    result: z.array(traceResult.replay).nullable(),
    errors: TRACE_ERRORS,
    async handler([reference, options], context) {
      const block = storedBlock(reference, context)
      if (block.transactions.length === 0) return []
      const traces = await replay(block, parity(options), context)
      const items = block.transactions.map(
        (transaction, index) =>
          `{"transactionHash":"${transaction.hash}",${traces[index]?.slice(1)}`,
      )
      return new JsonText(`[${items.join(',')}]`)
    },
  }),
  defineMethod({
    name: 'trace_call',
    summary: 'Runs a message as `eth_call` does: its messages, opcodes and changes to the state.',
    params: z.tuple([callArguments, kinds, optional(blockReference)]),
    names: ['call', 'kinds', 'block'],
    result: traceResult.replay,
    errors: [...CALL_ERRORS, ...TRACE_ERRORS],
    async handler([call, options, reference = LATEST], context) {
      const requests = [{ request: requestOf(call, context), tracer: parity(options) }]
      const [json = 'null'] = await traceCalls(requests, reference, context)
      return new JsonText(json)
    },
  }),
  defineMethod({
    name: 'trace_callMany',
    summary:
      'As `trace_call`, for several messages, each on the state that those before have left.',
    params: z.tuple([calls, optional(blockReference)]),
    names: ['calls', 'block'],
    result: z.array(traceResult.replay),
    errors: [...CALL_ERRORS, ...TRACE_ERRORS],
    async handler([messages, reference = LATEST], context) {
      const { traceCalls: countMax } = context.limits
      if (messages.length > countMax) {
        throw invalidParams(`too many calls (requested ${messages.length}, max ${countMax})`)
      }
      const requests = messages.map(([call, options]) => ({
        request: requestOf(call, context),
        tracer: parity(options),
      }))
      return new JsonText(`[${(await traceCalls(requests, reference, context)).join(',')}]`)
    },
  }),
  defineMethod({
    name: 'trace_rawTransaction',
    summary: 'As `trace_call`, for a signed transaction that is not sent.',
    params: z.tuple([bytes, kinds]),
    names: ['transaction', 'kinds'],
    result: traceResult.replay,
    errors: [...SUBMIT_ERRORS, ...TRACE_ERRORS],
    async handler([raw, options], context) {
      const decoded = context.chain.executor.decodeTransaction(raw)
      if (!decoded.ok) throw transactionRejected(decoded.reason, decoded.message)
      const { sender, gasLimit, maxFeePerGasWei, maxPriorityFeePerGasWei, ...rest } = decoded.value
      const { to, valueWei, data, accessList, authorizationList, type } = rest
      const fees =
        type < 2 ? { gasPriceWei: maxFeePerGasWei } : { maxFeePerGasWei, maxPriorityFeePerGasWei }
      const message = { from: sender, to, gas: gasLimit, valueWei, data }
      const request: CallRequest = { ...message, ...fees, accessList, authorizationList }
      const [json = 'null'] = await traceCalls(
        [{ request, tracer: parity(options) }],
        LATEST,
        context,
      )
      return new JsonText(json)
    },
  }),
]

function parity(options: ParityOptions): TracerSpec {
  return { name: 'parityTracer', options }
}

function locate(transactionHash: Hash, { chain }: RpcContext) {
  const location = chain.transactionLocation(transactionHash)
  const block = location && chain.blockByHash(location.blockHash)
  return block && location && { block, index: location.index }
}

async function transactionTraces(
  transactionHash: Hash,
  context: RpcContext,
): Promise<readonly PlacedTrace[] | null> {
  const found = locate(transactionHash, context)
  if (found === undefined) return null
  const [json = '[]'] = await replay(
    found.block,
    { name: 'parityListTracer' },
    context,
    found.index,
  )
  return JSON.parse(json) as PlacedTrace[]
}

function replay(
  block: StoredBlock,
  tracer: TracerSpec,
  context: RpcContext,
  index?: number,
): Promise<readonly string[]> {
  const options = { ...traceOptions({}, context), tracer }
  return context.chain.executor.traceBlock(
    block,
    parentOf(block, context),
    index === undefined ? options : { ...options, index },
  )
}

async function traceCalls(
  requests: readonly TracedRequest[],
  reference: BlockReference,
  context: RpcContext,
): Promise<readonly string[]> {
  const options = {
    ...callOptions(context, { block: reference, state: undefined, override: {} }),
    ...traceOptions({}, context),
  }
  const header = headerOf(context.chain, reference)
  const traced = await context.chain.executor.traceCalls(requests, header, options)
  if (traced.ok) return traced.value
  throw transactionRejected(traced.reason, `tracing failed: ${traced.message}`)
}
