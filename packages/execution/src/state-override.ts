import { type Address, hexToBytes } from '@busan/primitives'
import { Account, Address as EthereumjsAddress } from '@ethereumjs/util'
import type { StateView } from './state/state-view.ts'
import type { StateOverride } from './types.ts'

/**
 * Puts made-up accounts into a state that is thrown away afterwards. What they hold is what the next transaction
 * finds, as if an earlier one had left it: the original value of EIP-2200 is the made-up one.
 */
export async function applyStateOverrides(
  state: StateView,
  overrides: ReadonlyMap<Address, StateOverride> = new Map(),
): Promise<void> {
  for (const [hex, override] of overrides) {
    const address = new EthereumjsAddress(hexToBytes(hex))
    const account = (await state.getAccount(address)) ?? new Account()
    account.balance = override.balanceWei ?? account.balance
    account.nonce = override.nonce ?? account.nonce
    await state.putAccount(address, account)
    if (override.code !== undefined) await state.putCode(address, override.code)
    if (override.state !== undefined) await state.clearStorage(address)
    for (const slots of [override.state, override.stateDiff]) {
      for (const [slot, value] of slots ?? []) {
        await state.putStorage(address, hexToBytes(slot), hexToBytes(value))
      }
    }
  }
  state.originalStorageCache.clear()
}
