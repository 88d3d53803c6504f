import { toAddress } from '@busan/primitives'
import { applyAuthorizations } from './authorizations.ts'
import { greater, lesser } from './bigint-order.ts'
import { blobGasOf } from './blob-rules.ts'
import type { Message } from './call-message.ts'
import type { MessageResult } from './interpreter/ports.ts'
import type { IntrinsicGas } from './intrinsic-gas.ts'
import { NO_ACCOUNT } from './state/account.ts'
import type { BlockContext } from './vm/block-context.ts'
import type { ForkRules, Machine } from './vm/machine.ts'

/** EIP-3529: refunds give back at most a fifth of the gas used; before London a half. */
const REFUND_QUOTIENT = 5n
const REFUND_QUOTIENT_FRONTIER = 2n

/** Buys the gas, counts the message and runs it; what is left over is not given back. */
export async function runMessage(
  machine: Machine,
  message: Message,
  context: BlockContext,
  { intrinsic }: IntrinsicGas,
): Promise<MessageResult> {
  const { engine, state, rules } = machine
  const { from, to, valueWei, data, gasLimit, gasPriceWei, authorizationList } = message
  const sender = state.accountAt(from) ?? NO_ACCOUNT
  const blobCost = blobGasOf(message) * (context.blobBaseFeePerGasWei ?? 0n)
  const paid = engine.setAccount(from, {
    ...sender,
    balance: sender.balance - gasLimit * gasPriceWei - blobCost,
    nonce: BigInt.asUintN(64, sender.nonce + 1n),
  })
  if (paid !== undefined) await paid
  if (rules.isActivatedEIP(2929)) warm(machine, message, context)
  const refund =
    authorizationList.length > 0 && rules.isActivatedEIP(7702)
      ? await applyAuthorizations(machine, authorizationList)
      : 0n
  const { blobVersionedHashes } = message
  const sent = { from, to, valueWei, data, gas: gasLimit - intrinsic, gasPriceWei }
  const result = await engine.send(
    blobVersionedHashes === undefined ? sent : { ...sent, blobVersionedHashes },
    context,
  )
  if (refund > 0n) result.gasRefund = (result.gasRefund ?? 0n) + refund
  return result
}

/** Marks what costs no cold access: EIP-2929, the access list of EIP-2930, the coinbase of EIP-3651. */
function warm({ engine, rules }: Machine, message: Message, context: BlockContext): void {
  engine.warmPrecompiles()
  engine.warm(message.from)
  if (message.to !== null) engine.warm(message.to)
  if (rules.isActivatedEIP(3651)) engine.warm(context.beneficiary)
  for (const { address, storageKeys } of message.accessList) engine.warm(address, storageKeys)
}

/** Gas that a message is charged for: refunds are taken off, and the floor of EIP-7623 is put under it. */
export function chargeOf(
  { executionGasUsed, gasRefund = 0n }: MessageResult,
  { intrinsic, floor }: IntrinsicGas,
  rules: ForkRules,
): { readonly gasUsed: bigint; readonly gasUsedBeforeRefund: bigint } {
  const quotient = rules.isActivatedEIP(3529) ? REFUND_QUOTIENT : REFUND_QUOTIENT_FRONTIER
  const spent = intrinsic + executionGasUsed
  const refund = lesser(gasRefund, spent / quotient)
  return { gasUsed: greater(spent - refund, floor), gasUsedBeforeRefund: greater(spent, floor) }
}

/** Gives back the gas that is left, and pays the beneficiary its tip: all of the price before London. */
export async function payFees(
  { engine, state }: Machine,
  { from, gasLimit, gasPriceWei }: Message,
  gasUsed: bigint,
  { beneficiary, baseFeePerGasWei = 0n }: BlockContext,
): Promise<void> {
  const tip = gasPriceWei - baseFeePerGasWei
  for (const [receiver, amountWei] of [
    [from, (gasLimit - gasUsed) * gasPriceWei],
    [beneficiary, gasUsed * tip],
  ] as const) {
    const account = state.accountAt(receiver) ?? NO_ACCOUNT
    const written = engine.setAccount(receiver, {
      ...account,
      balance: account.balance + amountWei,
    })
    if (written !== undefined) await written
  }
}

/** Ends a message as a transaction ends, so that another can follow. */
export async function settleMessage(
  { engine, rules }: Machine,
  { selfdestruct, createdAddresses }: MessageResult,
): Promise<void> {
  for (const destroyed of selfdestruct?.keys() ?? []) {
    const address = toAddress(destroyed)
    const isRemoved = !rules.isActivatedEIP(6780) || createdAddresses?.has(address)
    if (isRemoved) await engine.removeAccount(address)
  }
  const ended = engine.endTransaction()
  if (ended !== undefined) await ended
}
