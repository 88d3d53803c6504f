import type { ChainSpec, Header } from '@busan/chain-spec'
import { accept, type Clock, refuse, ZERO_ADDRESS } from '@busan/primitives'
import { lesser } from './bigint-order.ts'
import { blobGasOf } from './blob-rules.ts'
import { GAS_CAP_DEFAULT } from './call.ts'
import { callTimeout } from './errors.ts'
import type { CallOptions, Executor } from './executor.ts'
import { TRANSACTION_GAS, TRANSACTION_GAS_MAX } from './intrinsic-gas.ts'
import type { CallReason, CallRequest, CallResult, GasEstimate } from './types.ts'

/** What an estimate needs. */
export interface GasEstimation {
  readonly spec: ChainSpec
  readonly executor: Pick<Executor, 'call' | 'stateAt'>
  readonly clock: Pick<Clock, 'nowMs'>
}

/** The search ends when the limit is known within this part of itself (geth's estimateGasErrorRatio). */
const ERROR_RATIO = 0.015

/** Gas that a call with value hands to its receiver for nothing (yellow paper, appendix G). */
const CALL_STIPEND = 2_300n

/** Refusals that more gas cures. */
const TOO_LITTLE_GAS: readonly CallReason[] = ['intrinsic-gas-too-low', 'floor-gas-too-low']

type Failure = Exclude<GasEstimate, { readonly ok: true }>

/** One run at a gas limit: undefined when the limit was too low to begin at all. */
type Attempt =
  | { readonly ok: true; readonly result: CallResult | undefined }
  | { readonly ok: false; readonly failure: Failure }

/**
 * geth's eth_estimateGas: run with all gas, guess from what it used, then search between.
 * @throws CodedError `call-timeout`
 */
export async function estimateGas(
  estimation: GasEstimation,
  request: CallRequest,
  header: Header,
  options: CallOptions = {},
): Promise<GasEstimate> {
  const { executor } = estimation
  const attempt = createAttempt(estimation, request, header, options)
  const allowance = await highestGas(estimation, request, header, options)
  if (!allowance.ok) return allowance
  const highest = allowance.value
  if (await isPlainTransfer(executor, request, header, options)) {
    const plain = await attempt(TRANSACTION_GAS)
    if (plain.ok && plain.result?.status === 'success') return accept(TRANSACTION_GAS)
  }
  const first = await attempt(highest)
  if (!first.ok) return first.failure
  if (first.result?.status !== 'success') return describeFailure(first.result, highest)
  return search(attempt, first.result, highest)
}

async function search(
  attempt: (gas: bigint) => Promise<Attempt>,
  first: CallResult,
  highest: bigint,
): Promise<GasEstimate> {
  let low = first.gasUsed - 1n
  let high = highest
  // Most calls succeed with what they used and the 64th part that each inner call holds back (EIP-150).
  let next = ((first.gasUsedBeforeRefund + CALL_STIPEND) * 64n) / 63n
  if (next >= high) next = middle(low, high)
  while (low + 1n < high && Number(high - low) / Number(high) >= ERROR_RATIO) {
    const tried = await attempt(next)
    if (!tried.ok) return tried.failure
    if (tried.result?.status === 'success') high = next
    else low = next
    next = middle(low, high)
  }
  return accept(high)
}

/** Most calls need little more than the lower bound, so the search does not jump past its double. */
function middle(low: bigint, high: bigint): bigint {
  return lesser((low + high) / 2n, low * 2n)
}

/** The timeout ends the search as well as each run, so an estimate takes at most twice that long. */
function createAttempt(
  { executor, clock }: GasEstimation,
  request: CallRequest,
  header: Header,
  options: CallOptions,
): (gas: bigint) => Promise<Attempt> {
  const { timeoutMs = Number.POSITIVE_INFINITY } = options
  const deadlineMs = clock.nowMs() + timeoutMs
  return async (gas) => {
    if (clock.nowMs() >= deadlineMs) throw callTimeout(timeoutMs)
    const called = await executor.call({ ...request, gas }, header, { ...options, gasCap: gas })
    if (called.ok) return { ok: true, result: called.value }
    if (TOO_LITTLE_GAS.includes(called.reason)) return { ok: true, result: undefined }
    const message = `failed with ${gas} gas: ${called.message}`
    return { ok: false, failure: refuse(called.reason, message) }
  }
}

function describeFailure(result: CallResult | undefined, highest: bigint): Failure {
  if (result === undefined || result.error === 'out of gas') {
    return refuse('gas-above-allowance', `gas required exceeds allowance (${highest})`)
  }
  if (result.status === 'halt') return refuse('execution-failed', result.error ?? 'internal error')
  return { ok: false, reason: 'reverted', message: 'execution reverted', output: result.output }
}

/** The most gas that request, block, fork, node and, when a price is named, the sender's balance allow. */
async function highestGas(
  { spec, executor }: GasEstimation,
  request: CallRequest,
  header: Header,
  options: CallOptions,
): Promise<GasEstimate> {
  const wanted = request.gas ?? 0n
  const blockGas = options.blockOverride?.gasLimit ?? header.gasLimit
  const limits = [wanted >= TRANSACTION_GAS ? wanted : blockGas, options.gasCap ?? GAS_CAP_DEFAULT]
  if (spec.commonAt(header.number, header.timestamp).isActivatedEIP(7825)) {
    limits.push(TRANSACTION_GAS_MAX)
  }
  const price = request.gasPriceWei ?? request.maxFeePerGasWei ?? 0n
  if (price > 0n && spec.feePolicy.kind !== 'freeGas') {
    const balance = await balanceOf(executor, request, header, options)
    const value = request.valueWei ?? 0n
    if (value >= balance) {
      return refuse('insufficient-funds', 'insufficient funds for transfer')
    }
    const blobCost = blobGasOf(request) * (request.maxFeePerBlobGasWei ?? 0n)
    if (blobCost >= balance - value) {
      return refuse('insufficient-funds', 'insufficient funds for gas * price + value')
    }
    limits.push((balance - value - blobCost) / price)
  }
  return accept(limits.reduce(lesser))
}

async function balanceOf(
  executor: GasEstimation['executor'],
  request: CallRequest,
  header: Header,
  options: CallOptions,
): Promise<bigint> {
  const from = request.from ?? ZERO_ADDRESS
  const overridden = options.stateOverrides?.get(from)?.balanceWei
  if (overridden !== undefined) return overridden
  return (await executor.stateAt(header.stateRoot).account(from))?.balanceWei ?? 0n
}

/** No data, and a receiver without code: 21000 gas will do, unless the receiver is a precompile. */
async function isPlainTransfer(
  executor: GasEstimation['executor'],
  request: CallRequest,
  header: Header,
  options: CallOptions,
): Promise<boolean> {
  if (!request.to || (request.data?.length ?? 0) > 0) return false
  const overridden = options.stateOverrides?.get(request.to)?.code
  const code = overridden ?? (await executor.stateAt(header.stateRoot).code(request.to))
  return code.length === 0
}
