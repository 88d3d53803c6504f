import type { GenesisAccount } from '@busan/chain-spec'
import { bytesToHash, type Hash, hexToBytes } from '@busan/primitives'
import type { BatchOperation } from '@busan/storage'
import { NO_ACCOUNT } from './state/account.ts'
import { createStateSource } from './state/state-source.ts'
import { StateView } from './state/state-view.ts'

/** Lays the genesis accounts out as a state; the caller stores `writes` together with the genesis block. */
export async function computeGenesisState(
  alloc: readonly GenesisAccount[],
): Promise<{ readonly stateRoot: Hash; readonly writes: readonly BatchOperation[] }> {
  const state = new StateView(createStateSource({ get: () => undefined }))
  for (const { address, nonce, balanceWei, code, storage } of alloc) {
    state.setAccountAt(address, { ...NO_ACCOUNT, nonce, balance: balanceWei })
    state.setCodeAt(address, hexToBytes(code))
    for (const [slot, value] of storage) state.setSlotAt(address, BigInt(slot), BigInt(value))
  }
  const { stateRoot, writes } = state.change(0)
  return { stateRoot: bytesToHash(stateRoot), writes }
}
