import {
  accept,
  bytesToHash,
  refuse,
  toChecksumAddress,
  type Verdict,
  ZERO_ADDRESS,
} from '@busan/primitives'
import { blobReceipt } from '../block-run.ts'
import { resultOf } from '../call.ts'
import { checkMessage, type Message, messageOf } from '../call-message.ts'
import { contractAddress } from '../contract-address.ts'
import { intrinsicGas } from '../intrinsic-gas.ts'
import { logsBloom } from '../receipts.ts'
import { payFees, runMessage, settleMessage } from '../run-message.ts'
import type { CallRequest, CallResult, Receipt, Transaction } from '../types.ts'
import type { BlockContext } from '../vm/block-context.ts'
import type { Machine } from '../vm/machine.ts'
import type { LogCollector } from './log-collector.ts'
import type { SimulatedLog, SimulationReason } from './types.ts'
import { unsignedTransaction } from './unsigned-transaction.ts'

const NONCE_MAX = 2n ** 64n - 1n

/** The block that calls run in, one after another. */
export interface SimulatedSetting {
  readonly machine: Machine
  readonly context: BlockContext
  readonly chainId: bigint
  readonly isFree: boolean
  readonly isValidating: boolean
  readonly logs: LogCollector
}

/** What a call may still use. */
export interface GasLeft {
  /** Gas that the block's calls have used. */
  readonly used: bigint
  /** Gas that is left to the whole simulation. */
  readonly cap: bigint
}

/** A call that has run as a transaction of its block. */
export interface RanCall {
  readonly transaction: Transaction
  readonly receipt: Receipt
  readonly result: CallResult & { readonly simulatedLogs: readonly SimulatedLog[] }
}

/** Runs a call as if it were the next transaction of its block. */
export async function runSimulatedCall(
  setting: SimulatedSetting,
  request: CallRequest,
  gas: GasLeft,
): Promise<Verdict<RanCall, SimulationReason>> {
  const { machine, context } = setting
  const wanted = request.gas ?? context.gasLimit - gas.used
  if (gas.used + wanted > context.gasLimit) {
    const message = `block gas limit reached: ${gas.used} >= ${context.gasLimit}`
    return refuse('block-gas-limit-reached', message)
  }
  const sender = machine.state.accountAt(request.from ?? ZERO_ADDRESS)
  const stateNonce = sender?.nonce ?? 0n
  const nonce = request.nonce ?? stateNonce
  const message = messageOf(
    { ...request, gas: wanted },
    {
      feePolicy: setting.isFree ? { kind: 'freeGas' } : { kind: 'eip1559' },
      baseFeePerGasWei: context.baseFeePerGasWei,
      gasCap: gas.cap === 0n ? wanted : gas.cap,
    },
  )
  const refusal = check(
    setting,
    message,
    { nonce, stateNonce, balanceWei: sender?.balance ?? 0n },
    gas.cap,
  )
  if (refusal !== undefined) {
    return refuse(refusal.reason, `err: ${refusal.message} (supplied gas ${message.gasLimit})`)
  }
  const transaction = unsignedTransaction(request, message, {
    nonce,
    chainId: setting.chainId,
    hasBaseFee: context.baseFeePerGasWei !== undefined,
  })
  const result = await runToEnd(setting, message)
  const receipt = receiptOf(setting, {
    message,
    nonce: stateNonce,
    type: transaction.type,
    result,
    gasUsed: gas.used,
  })
  return accept({ transaction, receipt, result })
}

type Refusal = ReturnType<typeof refuse<SimulationReason>>

/** geth's checks in geth's order. */
function check(
  { machine, context, isValidating }: SimulatedSetting,
  message: Message,
  account: { readonly nonce: bigint; readonly stateNonce: bigint; readonly balanceWei: bigint },
  cap: bigint,
): Refusal | undefined {
  const { rules } = machine
  const refusal =
    (isValidating ? checkNonce(message, account) : undefined) ??
    checkMessage(message, {
      gas: intrinsicGas(message, rules),
      balanceWei: account.balanceWei,
      baseFeePerGasWei: context.baseFeePerGasWei,
      blobBaseFeePerGasWei: context.blobBaseFeePerGasWei,
      limitsInitCode: rules.isActivatedEIP(3860),
      requiresPrice: isValidating,
    })
  if (refusal !== undefined) return refusal
  return message.gasLimit > cap ? refuse('gas-cap-reached', 'gas limit reached') : undefined
}

function checkNonce(
  { from }: Message,
  { nonce, stateNonce }: { readonly nonce: bigint; readonly stateNonce: bigint },
): Refusal | undefined {
  const address = toChecksumAddress(from)
  const places = `address ${address}, tx: ${nonce} state: ${stateNonce}`
  if (stateNonce < nonce) return refuse('nonce-too-high', `nonce too high: ${places}`)
  if (stateNonce > nonce) return refuse('nonce-too-low', `nonce too low: ${places}`)
  if (stateNonce < NONCE_MAX) return undefined
  return refuse('nonce-max', `nonce has max value: address ${address}, nonce: ${stateNonce}`)
}

/** Runs the message, gives back the gas that is left, and pays the beneficiary. */
async function runToEnd(
  { machine, context, logs }: SimulatedSetting,
  message: Message,
): Promise<RanCall['result']> {
  const gas = intrinsicGas(message, machine.rules)
  machine.listen(logs.listener)
  const ran = await runMessage(machine, message, context, gas)
  machine.listen(undefined)
  const result = resultOf(ran, gas, machine)
  if (message.gasPriceWei > 0n) await payFees(machine, message, result.gasUsed, context)
  await settleMessage(machine, ran)
  return { ...result, simulatedLogs: logs.take() }
}

function receiptOf(
  { machine, context }: SimulatedSetting,
  ran: {
    readonly message: Message
    readonly nonce: bigint
    readonly type: number
    readonly result: CallResult
    readonly gasUsed: bigint
  },
): Receipt {
  const { message, result } = ran
  const isByzantium = machine.rules.gteHardfork('byzantium')
  return {
    type: ran.type,
    ...(isByzantium
      ? { succeeded: result.status === 'success' }
      : { succeeded: true, stateRoot: bytesToHash(machine.state.change().stateRoot) }),
    cumulativeGasUsed: ran.gasUsed + result.gasUsed,
    logsBloom: logsBloom(result.logs),
    logs: result.logs,
    gasUsed: result.gasUsed,
    effectiveGasPriceWei: message.gasPriceWei,
    contractAddress: message.to === null ? contractAddress(message.from, ran.nonce) : null,
    ...blobReceipt(message, context),
  }
}
