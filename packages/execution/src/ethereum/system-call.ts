import { type Address, hexToBytes, toAddress } from '@busan/primitives'
import { Address as EthereumjsAddress } from '@ethereumjs/util'
import { type BlockContext, vmBlock } from '../vm/block-context.ts'
import type { Machine } from '../vm/machine.ts'

const SYSTEM_ADDRESS = new EthereumjsAddress(
  hexToBytes(toAddress('0xfffffffffffffffffffffffffffffffffffffffe')),
)

const SYSTEM_CALL_GAS = 30_000_000n

/** What a system contract answered. */
export type SystemCallResult = { readonly output: Uint8Array } | { readonly error: string }

/** Calls a contract as the protocol does: no fee, no nonce, no receipt. @returns undefined: it has no code */
export async function systemCall(
  machine: Machine,
  context: BlockContext,
  to: Address,
  data: Uint8Array,
): Promise<SystemCallResult | undefined> {
  const { evm, state } = machine
  const contract = new EthereumjsAddress(hexToBytes(to))
  if ((await state.getCode(contract)).length === 0) return undefined
  const { execResult } = await evm.runCall({
    block: vmBlock(context),
    gasPrice: 0n,
    caller: SYSTEM_ADDRESS,
    to: contract,
    data,
    gasLimit: SYSTEM_CALL_GAS,
    skipNonceIncrement: true,
  })
  await evm.journal.cleanup()
  state.originalStorageCache.clear()
  evm.transientStorage.clear()
  if (execResult.exceptionError !== undefined) return { error: execResult.exceptionError.error }
  return { output: execResult.returnValue }
}
