import type { ChainSpec, Header } from '@busan/chain-spec'
import { accept, type Hash, type Verdict } from '@busan/primitives'
import { checkMessage, type Message, messageOf } from './call-message.ts'
import type { CallOptions } from './executor.ts'
import type { MessageResult } from './interpreter/ports.ts'
import { type IntrinsicGas, intrinsicGas } from './intrinsic-gas.ts'
import { chargeOf, runMessage } from './run-message.ts'
import { applyStateOverrides } from './state-override.ts'
import type { BlockOverride, CallReason, CallRequest, CallResult } from './types.ts'
import { type BlockContext, contextOf } from './vm/block-context.ts'
import { describeHalt } from './vm/evm-error.ts'
import type { ForkRules, Machine } from './vm/machine.ts'
import type { MachinePool } from './vm/machine-pool.ts'

/** What calls need. */
export interface CallExecution {
  readonly spec: ChainSpec
  readonly machines: MachinePool
}

/** Sees a call run. */
export interface CallWatch {
  /** Brings the machine, placed in the call's block, to the state that the call runs on. */
  prepare?(machine: Machine): Promise<void>
  starts(machine: Machine, message: Message, context: BlockContext): void
  ends(machine: Machine, gasUsed: bigint, result: MessageResult): void | Promise<void>
}

/** geth's --rpc.gascap. */
export const GAS_CAP_DEFAULT = 50_000_000n

/** A message with the block that it runs in. */
export interface SettledCall {
  readonly message: Message
  readonly context: BlockContext
  readonly rules: ForkRules
}

/** Runs a message as eth_call does: geth's checks, no signature, no nonce, any sender. */
export async function call(
  { spec, machines }: CallExecution,
  request: CallRequest,
  header: Header,
  options: CallOptions & { readonly watch?: CallWatch } = {},
): Promise<Verdict<CallResult, CallReason>> {
  const settled = settleCall(spec, request, header, options)
  return machines.run(settled.rules, async (machine) => {
    machine.reset(resetFor(header.stateRoot, settled.context, options))
    await options.watch?.prepare?.(machine)
    const overridden = applyStateOverrides(machine, options.stateOverrides)
    if (!overridden.ok) return overridden
    return runSettled(machine, settled, options.watch)
  })
}

/** Decides every field of a message, and the block that it sees. */
export function settleCall(
  spec: ChainSpec,
  request: CallRequest,
  header: Header,
  options: Pick<CallOptions, 'blockOverride' | 'gasCap'>,
): SettledCall {
  // Who is paid under a transition by time hangs on the parent, which a call does not know; its own is as good.
  const overridden = overrideContext(
    contextOf(header, spec, header.timestamp),
    options.blockOverride,
  )
  const message = messageOf(request, {
    feePolicy: spec.feePolicy,
    baseFeePerGasWei: overridden.baseFeePerGasWei,
    gasCap: options.gasCap ?? GAS_CAP_DEFAULT,
  })
  const context = withoutUnpaid(overridden, message)
  return { message, context, rules: spec.commonAt(context.number, context.timestamp) }
}

/** geth: a call that names no price must not be able to see that the block's exceeds it. */
function withoutUnpaid(context: BlockContext, message: Message): BlockContext {
  const isUnpriced = message.gasPriceWei === 0n && context.baseFeePerGasWei !== undefined
  const isUnpricedBlob =
    message.blobVersionedHashes !== undefined && message.maxFeePerBlobGasWei === 0n
  return {
    ...context,
    ...(isUnpriced ? { baseFeePerGasWei: 0n } : {}),
    ...(isUnpricedBlob ? { blobBaseFeePerGasWei: 0n } : {}),
  }
}

/** Checks a message and runs it on the machine's state. */
export async function runSettled(
  machine: Machine,
  { message, context, rules }: SettledCall,
  watch?: CallWatch,
): Promise<Verdict<CallResult, CallReason>> {
  const gas = intrinsicGas(message, rules)
  const sender = machine.state.accountAt(message.from)
  const refusal = checkMessage(message, {
    gas,
    balanceWei: sender?.balance ?? 0n,
    baseFeePerGasWei: context.baseFeePerGasWei,
    blobBaseFeePerGasWei: context.blobBaseFeePerGasWei,
    limitsInitCode: rules.isActivatedEIP(3860),
  })
  if (refusal !== undefined) return refusal
  watch?.starts(machine, message, context)
  const ran = await runMessage(machine, message, context, gas)
  const result = resultOf(ran, gas, machine)
  await watch?.ends(machine, result.gasUsed, ran)
  return accept(result)
}

/** How a machine is placed for a call. */
export function resetFor(
  stateRoot: Hash,
  context: BlockContext,
  { timeoutMs }: CallOptions,
): Parameters<Machine['reset']>[0] {
  const reset = { stateRoot, context, lenientBlockHash: true }
  return timeoutMs === undefined ? reset : { ...reset, timeoutMs }
}

function overrideContext(context: BlockContext, override: BlockOverride = {}): BlockContext {
  return {
    ...context,
    number: override.number ?? context.number,
    timestamp: override.timestamp ?? context.timestamp,
    gasLimit: override.gasLimit ?? context.gasLimit,
    beneficiary: override.coinbase ?? context.beneficiary,
    baseFeePerGasWei: override.baseFeePerGasWei ?? context.baseFeePerGasWei,
    prevRandao: override.prevRandao ?? context.prevRandao,
    blobBaseFeePerGasWei: override.blobBaseFeePerGasWei ?? context.blobBaseFeePerGasWei,
  }
}

/** What a message comes to. */
export function resultOf(
  execResult: MessageResult,
  gas: IntrinsicGas,
  { rules }: Machine,
): CallResult {
  const charged = chargeOf(execResult, gas, rules)
  const error = execResult.exceptionError?.error
  if (error === undefined) {
    const { returnValue: output, logs } = execResult
    return { status: 'success', output, ...charged, logs }
  }
  if (error === 'revert') {
    return { status: 'revert', output: execResult.returnValue, ...charged, logs: [] }
  }
  const output = new Uint8Array(0)
  return { status: 'halt', output, ...charged, error: describeHalt(execResult), logs: [] }
}
