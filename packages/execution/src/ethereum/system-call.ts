import { type Address, toAddress } from '@busan/primitives'
import type { BlockContext } from '../vm/block-context.ts'
import type { Machine } from '../vm/machine.ts'

const SYSTEM_ADDRESS = toAddress('0xfffffffffffffffffffffffffffffffffffffffe')

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
  const { engine, state } = machine
  if (state.codeAt(to).length === 0) return undefined
  const message = {
    from: SYSTEM_ADDRESS,
    to,
    data,
    valueWei: 0n,
    gas: SYSTEM_CALL_GAS,
    gasPriceWei: 0n,
  }
  const execResult = await engine.send(message, context)
  await engine.endTransaction()
  if (execResult.exceptionError !== undefined) return { error: execResult.exceptionError.error }
  return { output: execResult.returnValue }
}
