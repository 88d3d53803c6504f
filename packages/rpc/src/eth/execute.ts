import type { BlockOverride, CallOptions, CallRequest } from '@busan/execution'
import { bytesToHex, toQuantity } from '@busan/primitives'
import { z } from 'zod'
import { CALL_ERRORS } from '../error-lists.ts'
import { RpcError, transactionRejected } from '../errors.ts'
import { childTimestamp } from '../fee-oracle.ts'
import { defineMethod, type Method, type RpcContext } from '../method.ts'
import { headerOf } from '../resolve-block.ts'
import * as hexResult from '../result/hex.ts'
import * as stateResult from '../result/state.ts'
import { revertError } from '../revert.ts'
import { type BlockReference, blockReference, LATEST } from '../schema/block-tag.ts'
import {
  blockOverrides,
  type CallArguments,
  callArguments,
  stateOverrides,
} from '../schema/call.ts'
import { optional } from '../schema/hex.ts'

const params = z.tuple([
  callArguments,
  optional(blockReference),
  optional(stateOverrides),
  optional(blockOverrides),
])

/** Messages run on a state without changing it. `pending` runs in the block after the head. */
export const executeMethods: readonly Method[] = [
  defineMethod({
    name: 'eth_call',
    summary: 'Runs a message and answers what it returns; state and block can be overridden.',
    params,
    names: ['call', 'block', 'stateOverrides', 'blockOverrides'],
    result: hexResult.data,
    errors: CALL_ERRORS,
    async handler([call, block = LATEST, state, override = {}], context) {
      const request = requestOf(call, context)
      const header = headerOf(context.chain, block)
      const options = callOptions(context, { block, state, override })
      const verdict = await context.chain.executor.call(request, header, options)
      if (!verdict.ok) {
        if (verdict.reason === 'invalid-override') {
          throw new RpcError(verdict.reason, verdict.message)
        }
        const gas = suppliedGas(request, context)
        throw transactionRejected(verdict.reason, `err: ${verdict.message} (supplied gas ${gas})`)
      }
      const { status, output, error = 'execution failed' } = verdict.value
      if (status === 'revert') throw revertError(output)
      if (status === 'halt') throw new RpcError('execution-failed', error)
      return bytesToHex(output)
    },
  }),
  defineMethod({
    name: 'eth_createAccessList',
    summary:
      'The addresses and slots that a message touches, and the gas it uses when it names them.',
    params,
    names: ['call', 'block', 'stateOverrides', 'blockOverrides'],
    result: stateResult.accessListResult,
    errors: CALL_ERRORS,
    async handler([call, block = LATEST, state, override = {}], context) {
      const request = requestOf(call, context)
      const header = headerOf(context.chain, block)
      const options = callOptions(context, { block, state, override })
      const verdict = await context.chain.executor.accessList(request, header, options)
      if (!verdict.ok) {
        const message = `failed to apply transaction: err: ${verdict.message}`
        throw transactionRejected(verdict.reason, message)
      }
      const { accessList, result } = verdict.value
      return {
        accessList,
        ...(result.status === 'success' ? {} : { error: result.error ?? 'execution reverted' }),
        gasUsed: toQuantity(result.gasUsed),
      }
    },
  }),
  defineMethod({
    name: 'eth_estimateGas',
    summary: 'The least gas limit with which a message succeeds.',
    params,
    names: ['call', 'block', 'stateOverrides', 'blockOverrides'],
    result: hexResult.quantity,
    errors: CALL_ERRORS,
    handler: async ([call, block = LATEST, state, override = {}], context) => {
      const request = requestOf(call, context)
      return toQuantity(await estimateGas(request, { block, state, override }, context))
    },
  }),
]

/** The least gas limit with which a message succeeds. @throws RpcError when there is none */
export async function estimateGas(
  request: CallRequest,
  place: Parameters<typeof callOptions>[1],
  context: RpcContext,
): Promise<bigint> {
  const { chain } = context
  const header = headerOf(chain, place.block)
  const estimate = await chain.executor.estimateGas(request, header, callOptions(context, place))
  if (estimate.ok) return estimate.value
  if (estimate.reason === 'reverted') throw revertError(estimate.output)
  throw transactionRejected(estimate.reason, estimate.message)
}

/** The message of a request. @throws RpcError when its fields contradict each other or the chain */
export function requestOf(call: CallArguments, { chain }: RpcContext): CallRequest {
  if (call.contradiction !== undefined) throw new RpcError('call-rejected', call.contradiction)
  const want = chain.spec.chainId
  if (call.chainId !== undefined && call.chainId !== want) {
    const message = `chainId does not match node's (have=${call.chainId}, want=${want})`
    throw new RpcError('wrong-chain-id', message)
  }
  return call.request
}

function suppliedGas({ gas }: CallRequest, { limits }: RpcContext): bigint {
  return gas === undefined || gas > limits.callGas ? limits.callGas : gas
}

/** Where and under which limits a message runs. */
export function callOptions(
  context: RpcContext,
  place: {
    readonly block: BlockReference
    readonly state: CallOptions['stateOverrides']
    readonly override: BlockOverride
  },
): CallOptions {
  const { limits } = context
  const blockOverride =
    place.block.kind === 'pending'
      ? { ...pendingFields(context), ...place.override }
      : place.override
  return {
    ...(place.state === undefined ? {} : { stateOverrides: place.state }),
    blockOverride,
    gasCap: limits.callGas,
    timeoutMs: limits.callTimeoutMs,
  }
}

function pendingFields({ chain, clock, fees }: RpcContext): BlockOverride {
  const { header } = chain.head()
  return {
    number: header.number + 1n,
    timestamp: childTimestamp(header, clock),
    baseFeePerGasWei: fees.nextBaseFee(),
  }
}
