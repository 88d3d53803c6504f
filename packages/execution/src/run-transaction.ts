import { accept, bytesToHash, type Hash, refuse, type Verdict } from '@busan/primitives'
import { EthereumJSError } from '@ethereumjs/util'
import { runTx, type VM } from '@ethereumjs/vm'
import type { Message } from './call-message.ts'
import type { MessageResult } from './interpreter/ports.ts'
import { intrinsicGas } from './intrinsic-gas.ts'
import { chargeOf, payFees, runMessage, settleMessage } from './run-message.ts'
import type { Transaction } from './types.ts'
import { type BlockContext, vmBlock } from './vm/block-context.ts'
import { messageResultOf } from './vm/engine.ts'
import type { Machine } from './vm/machine.ts'
import { createVmTransaction } from './vm/vm-transaction.ts'

/** What a transaction has come to. */
export interface RanTransaction {
  readonly gasUsed: bigint
  readonly result: MessageResult
  /** Only before Byzantium (EIP-658). */
  readonly stateRoot?: Hash
}

/** What a transaction runs in. */
export interface TransactionRun {
  readonly context: BlockContext
  /** What each gas costs its sender, in wei; 0 where gas is free. */
  readonly gasPriceWei: bigint
  readonly isFree: boolean
  /** Gas of the block's transactions before this one. */
  readonly blockGasUsed: bigint
}

/** Runs a transaction that satisfies all rules, to its end. */
export async function runTransaction(
  machine: Machine,
  transaction: Transaction,
  run: TransactionRun,
): Promise<Verdict<RanTransaction, 'invalid-transaction'>> {
  const { vm } = machine
  if (vm !== undefined) return runWithVm(vm, machine, transaction, run)
  const { rules, state } = machine
  const message = messageOf(transaction, run.gasPriceWei)
  const gas = intrinsicGas(message, rules)
  const result = await runMessage(machine, message, run.context, gas)
  const { gasUsed } = chargeOf(result, gas, rules)
  await payFees(machine, message, gasUsed, run.context)
  await settleMessage(machine, result)
  if (rules.gteHardfork('byzantium')) return accept({ gasUsed, result })
  return accept({ gasUsed, result, stateRoot: bytesToHash(state.change().stateRoot) })
}

function messageOf(transaction: Transaction, gasPriceWei: bigint): Message {
  const { sender, to, gasLimit, valueWei, data, accessList, authorizationList } = transaction
  const { blobVersionedHashes, maxFeePerBlobGasWei = 0n } = transaction
  const { maxFeePerGasWei, maxPriorityFeePerGasWei } = transaction
  const prices = { gasPriceWei, maxFeePerGasWei, maxPriorityFeePerGasWei, maxFeePerBlobGasWei }
  const message = { from: sender, to, gasLimit, valueWei, data, accessList, authorizationList }
  return blobVersionedHashes === undefined
    ? { ...message, ...prices }
    : { ...message, ...prices, blobVersionedHashes }
}

/**
 * The same by ethereumjs. The rules were checked before, so a refusal by the library itself is rare; it is still a
 * judgement on the transaction and not a failure of ours.
 */
async function runWithVm(
  vm: VM,
  { rules }: Machine,
  transaction: Transaction,
  { context, isFree, blockGasUsed }: TransactionRun,
): Promise<Verdict<RanTransaction, 'invalid-transaction'>> {
  try {
    const ran = await runTx(vm, {
      tx: createVmTransaction(transaction, rules, isFree),
      block: vmBlock(context),
      blockGasUsed,
      skipHardForkValidation: true,
    })
    const { totalGasSpent: gasUsed, execResult, receipt } = ran
    const roots = 'stateRoot' in receipt ? { stateRoot: bytesToHash(receipt.stateRoot) } : {}
    return accept({ gasUsed, result: messageResultOf(execResult), ...roots })
  } catch (error) {
    if (!(error instanceof EthereumJSError)) throw error
    return refuse('invalid-transaction', error.message)
  }
}
