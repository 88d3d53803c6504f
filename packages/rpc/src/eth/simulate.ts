import type {
  SimulatedBlock,
  SimulatedLog,
  SimulationReason,
  SimulationRequest,
} from '@busan/execution'
import { bytesToHex, type Hash, toQuantity } from '@busan/primitives'
import { z } from 'zod'
import { SIMULATION_ERRORS } from '../error-lists.ts'
import { invalidParams, RPC_CODES, RpcError, type RpcReason } from '../errors.ts'
import { formatBlock } from '../format/block.ts'
import { formatLog } from '../format/log.ts'
import { defineMethod, type Method, type RpcContext } from '../method.ts'
import { findBlock, headerOf } from '../resolve-block.ts'
import * as stateResult from '../result/state.ts'
import { revertError } from '../revert.ts'
import { type BlockReference, blockReference, LATEST } from '../schema/block-tag.ts'
import { optional } from '../schema/hex.ts'
import { simulation } from '../schema/simulate.ts'
import { requestOf } from './execute.ts'

/** The code of a call that ended without a revert. */
const HALT_CODE = -32015

/** Blocks that are made up on top of a real one. */
export const simulateMethods: readonly Method[] = [
  defineMethod({
    name: 'eth_simulateV1',
    summary: 'Makes up blocks of calls on top of a block and answers what they would be.',
    params: z.tuple([simulation, optional(blockReference)]),
    names: ['simulation', 'block'],
    result: z.array(stateResult.simulatedBlock),
    errors: SIMULATION_ERRORS,
    async handler([payload, reference = LATEST], context) {
      const request = simulationOf(payload, context)
      const base = baseOf(reference, context)
      const verdict = await context.chain.executor.simulate(request, base)
      if (!verdict.ok) throw new RpcError(rpcReasonOf(verdict.reason), verdict.message)
      const isFull = payload.returnFullTransactions === true
      return verdict.value.map((block) => formatSimulated(block, isFull))
    },
  }),
]

type Payload = z.output<typeof simulation>

function simulationOf(payload: Payload, context: RpcContext): SimulationRequest {
  const blocks = payload.blockStateCalls ?? []
  if (blocks.length === 0) throw invalidParams('empty input')
  const { limits } = context
  return {
    blocks: blocks.map(({ blockOverrides, stateOverrides, calls = [] }) => ({
      override: blockOverrides ?? {},
      ...(stateOverrides === undefined ? {} : { stateOverrides }),
      calls: calls.map((call) => requestOf(call, context)),
    })),
    isValidating: payload.validation === true,
    traceTransfers: payload.traceTransfers === true,
    gasCap: limits.callGas,
    timeoutMs: limits.callTimeoutMs,
  }
}

function baseOf(reference: BlockReference, { chain }: RpcContext) {
  const header = headerOf(chain, reference)
  const block = findBlock(chain, reference)
  if (block === undefined) throw new RpcError('header-not-found', 'header not found')
  return { header, hash: block.hash }
}

/** geth gives simulations codes of their own, and calls the rest an internal error. */
function rpcReasonOf(reason: SimulationReason): RpcReason {
  if (reason === 'invalid-override') return reason
  const own = `simulation-${reason}`
  return own in RPC_CODES ? (own as RpcReason) : 'simulation-refused'
}

function formatSimulated(block: SimulatedBlock, isFull: boolean) {
  return {
    ...formatBlock(block, isFull, undefined),
    calls: block.calls.map((call, index) => {
      const error = errorOf(call)
      return {
        returnData: bytesToHex(call.output),
        logs: call.simulatedLogs.map((log) => formatSimulatedLog(block, log, index)),
        gasUsed: toQuantity(call.gasUsed),
        maxUsedGas: toQuantity(call.gasUsedBeforeRefund),
        status: error === undefined ? '0x1' : '0x0',
        ...(error === undefined ? {} : { error }),
      }
    }),
  }
}

function errorOf({ status, output, error = 'execution failed' }: SimulatedBlock['calls'][number]) {
  if (status === 'success') return undefined
  if (status === 'halt') return { code: HALT_CODE, message: error }
  const { rpcCode, message, data } = revertError(output)
  return { code: rpcCode, message, data }
}

function formatSimulatedLog(
  { header, hash, transactions }: SimulatedBlock,
  log: SimulatedLog,
  index: number,
) {
  const { index: logIndex, ...rest } = log
  return formatLog({
    ...rest,
    logIndex,
    blockNumber: header.number,
    blockHash: hash,
    blockTimestamp: header.timestamp,
    transactionHash: transactions[index]?.hash as Hash,
    transactionIndex: index,
  })
}
