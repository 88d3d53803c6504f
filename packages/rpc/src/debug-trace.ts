import type { StoredBlock } from '@busan/chain'
import { type Block, decodeBlock, decodeImportedBlock, type Header } from '@busan/chain-spec'
import type { TraceableBlock, TraceOptions } from '@busan/execution'
import { errorMessage } from '@busan/primitives'
import { z } from 'zod'
import { CALL_ERRORS, TRACE_ERRORS } from './error-lists.ts'
import { RpcError, transactionRejected } from './errors.ts'
import { callOptions, requestOf } from './eth/execute.ts'
import { JsonText } from './json-text.ts'
import { defineMethod, type Method, type RpcContext } from './method.ts'
import { findBlock, headerOf } from './resolve-block.ts'
import * as stateResult from './result/state.ts'
import * as traceResult from './result/trace.ts'
import { type BlockReference, blockReference, blockTag, LATEST } from './schema/block-tag.ts'
import { callArguments } from './schema/call.ts'
import { address, bytes, hash, optional, storageSlot } from './schema/hex.ts'
import { looseNumber } from './schema/loose.ts'
import {
  parseDurationMs,
  type TraceConfig,
  traceCallConfig,
  traceConfig,
  tracerOf,
} from './schema/trace.ts'

const config = optional(traceConfig)

/** debug_trace*: what transactions and calls do, in geth's shapes. */
export const debugTraceMethods: readonly Method[] = [
  defineMethod({
    name: 'debug_traceTransaction',
    summary: 'Runs a mined transaction again and tells what it does.',
    params: z.tuple([hash, config]),
    names: ['transactionHash', 'config'],
    result: traceResult.trace,
    errors: TRACE_ERRORS,
    async handler([transactionHash, trace = {}], context) {
      const location = context.chain.transactionLocation(transactionHash)
      const block = location && context.chain.blockByHash(location.blockHash)
      if (location === undefined || block === undefined) {
        throw new RpcError('transaction-not-found', 'transaction not found')
      }
      const options = { ...traceOptions(trace, context), index: location.index }
      const parent = parentOf(block, context)
      const [json = 'null'] = await context.chain.executor.traceBlock(block, parent, options)
      return new JsonText(json)
    },
  }),
  defineMethod({
    name: 'debug_traceBlockByNumber',
    summary: 'Runs a block again and tells what each transaction does.',
    params: z.tuple([blockTag, config]),
    names: ['block', 'config'],
    result: traceResult.blockTrace,
    errors: TRACE_ERRORS,
    handler([tag, trace = {}], context) {
      return traceBlock(storedBlock(tag, context), trace, context)
    },
  }),
  defineMethod({
    name: 'debug_traceBlockByHash',
    summary: 'As `debug_traceBlockByNumber`, by hash.',
    params: z.tuple([hash, config]),
    names: ['blockHash', 'config'],
    result: traceResult.blockTrace,
    errors: TRACE_ERRORS,
    handler([wanted, trace = {}], context) {
      return traceBlock(storedBlock({ kind: 'hash', hash: wanted }, context), trace, context)
    },
  }),
  defineMethod({
    name: 'debug_traceBlock',
    summary: 'As `debug_traceBlockByNumber`, for a block given in RLP whose parent is known.',
    params: z.tuple([bytes, config]),
    names: ['rlp', 'config'],
    result: traceResult.blockTrace,
    errors: [...TRACE_ERRORS, 'undecodable-block'],
    handler([rlp, trace = {}], context) {
      return traceBlock(decodeTraceable(rlp, context), trace, context)
    },
  }),
  defineMethod({
    name: 'debug_storageRangeAt',
    summary: 'Slots of an account by their hashes, as they were before a transaction of a block.',
    params: z.tuple([hash, looseNumber, address, storageSlot, looseNumber]),
    names: ['blockHash', 'transactionIndex', 'account', 'firstSlot', 'count'],
    result: stateResult.storageRange,
    errors: TRACE_ERRORS,
    async handler([wanted, index, account, { slot }, count], context) {
      const position = positionAt({ kind: 'hash', hash: wanted }, BigInt(index), context)
      const { slots, next } = await context.chain.executor.storageRange(position, {
        account,
        from: slot,
        count: Math.min(count, context.limits.storageSlots),
        timeoutMs: context.limits.traceTimeoutMs,
      })
      // Which slot a hash is of, the state does not tell.
      const entries = slots.map(({ hashedSlot, value }) => [hashedSlot, { key: null, value }])
      return { storage: Object.fromEntries(entries), nextKey: next ?? null }
    },
  }),
  defineMethod({
    name: 'debug_traceCall',
    summary: 'Runs a message as `eth_call` does and tells what it does.',
    params: z.tuple([callArguments, optional(blockReference), optional(traceCallConfig)]),
    names: ['call', 'block', 'config'],
    result: traceResult.trace,
    errors: [...CALL_ERRORS, ...TRACE_ERRORS],
    async handler([call, reference = LATEST, trace = {}], context) {
      const header = headerOf(context.chain, reference)
      const position =
        trace.txIndex === undefined ? undefined : positionAt(reference, trace.txIndex, context)
      const options = {
        ...callOptions(context, {
          block: reference,
          state: trace.stateOverrides,
          override: trace.blockOverrides ?? {},
        }),
        ...traceOptions(trace, context),
        ...(position === undefined ? {} : { position }),
      }
      const request = requestOf(call, context)
      const traced = await context.chain.executor.traceCall(request, header, options)
      if (traced.ok) return new JsonText(traced.value)
      throw transactionRejected(traced.reason, `tracing failed: ${traced.message}`)
    },
  }),
]

async function traceBlock(
  block: TraceableBlock,
  trace: TraceConfig,
  context: RpcContext,
): Promise<JsonText> {
  const { executor } = context.chain
  const parent = parentOf(block, context)
  const traces = await executor.traceBlock(block, parent, traceOptions(trace, context))
  const items = block.transactions.map(
    (transaction, index) => `{"txHash":"${transaction.hash}","result":${traces[index]}}`,
  )
  return new JsonText(`[${items.join(',')}]`)
}

/** Tracer and bounds that a request asks for, within what this node allows. */
export function traceOptions(trace: TraceConfig, { limits }: RpcContext): TraceOptions {
  const wantedMs = trace.timeout === undefined ? undefined : parseDurationMs(trace.timeout)
  return {
    tracer: tracerOf(trace),
    timeoutMs: Math.min(wantedMs ?? limits.traceTimeoutMs, limits.traceTimeoutMaxMs),
    sizeMax: limits.responseSizeBytes,
  }
}

/** The block that a request means. @throws RpcError `block-not-found` in geth's words */
export function storedBlock(reference: BlockReference, { chain }: RpcContext): StoredBlock {
  const block = findBlock(chain, reference)
  if (block !== undefined) return block
  const name =
    reference.kind === 'hash' ? reference.hash : `#${'number' in reference ? reference.number : ''}`
  throw new RpcError('block-not-found', `block ${name} not found`)
}

/** The header on whose state a block runs. @throws RpcError */
export function parentOf(
  { header }: Pick<TraceableBlock, 'header'>,
  { chain }: RpcContext,
): Header {
  if (header.number === 0n) {
    throw new RpcError('genesis-not-traceable', 'genesis is not traceable')
  }
  const parent = chain.blockByHash(header.parentHash)?.header
  if (parent !== undefined) return parent
  throw new RpcError('block-not-found', `parent ${header.parentHash} not found`)
}

function decodeTraceable(rlp: Uint8Array, { chain }: RpcContext): TraceableBlock {
  const block = decodeBlockOf(rlp, chain.spec.consensus === 'ethereum')
  const transactions = block.transactions.map((raw, index) => {
    const decoded = chain.executor.decodeTransaction(raw)
    if (decoded.ok) return decoded.value
    throw new RpcError(
      'undecodable-block',
      `could not decode block: transaction ${index}: ${decoded.message}`,
    )
  })
  return { hash: chain.hashOf(block.header), header: block.header, transactions }
}

function decodeBlockOf(rlp: Uint8Array, isImported: boolean): Block {
  try {
    return isImported ? decodeImportedBlock(rlp) : decodeBlock(rlp)
  } catch (error) {
    throw new RpcError('undecodable-block', `could not decode block: ${errorMessage(error)}`)
  }
}

function positionAt(reference: BlockReference, index: bigint, context: RpcContext) {
  const block = storedBlock(reference, context)
  if (index >= BigInt(block.transactions.length)) {
    const message = `transaction index ${index} out of range for block ${block.hash}`
    throw new RpcError('transaction-not-found', message)
  }
  return { block, parent: parentOf(block, context), index: Number(index) }
}
