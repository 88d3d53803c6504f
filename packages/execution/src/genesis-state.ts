import type { GenesisAccount } from '@busan/chain-spec'
import { bytesToHash, type Hash, hexToBytes } from '@busan/primitives'
import type { BatchOperation } from '@busan/storage'
import { Account, Address } from '@ethereumjs/util'
import { createStateSource } from './state/state-source.ts'
import { StateView } from './state/state-view.ts'

/** Lays the genesis accounts out as a state; the caller stores `writes` together with the genesis block. */
export async function computeGenesisState(
  alloc: readonly GenesisAccount[],
): Promise<{ readonly stateRoot: Hash; readonly writes: readonly BatchOperation[] }> {
  const state = new StateView(createStateSource({ get: () => undefined }))
  for (const account of alloc) {
    const address = new Address(hexToBytes(account.address))
    await state.putAccount(address, new Account(account.nonce, account.balanceWei))
    await state.putCode(address, hexToBytes(account.code))
    for (const [slot, value] of account.storage) {
      await state.putStorage(address, hexToBytes(slot), hexToBytes(value))
    }
  }
  const { stateRoot, writes } = state.change()
  return { stateRoot: bytesToHash(stateRoot), writes }
}
