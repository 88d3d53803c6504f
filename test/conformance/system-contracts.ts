// What Ethereum's system calls leave in the state before a block's transactions. Our chain makes none of them.
import type { Header } from '@busan/chain-spec'
import {
  type Address,
  bigintToBytes,
  bytesToHash,
  type Hash,
  hexToBytes,
  padLeft,
  toAddress,
} from '@busan/primitives'
import type { KeyValueStore } from '@busan/storage'
import { Address as EthereumjsAddress } from '@ethereumjs/util'
import { createStateSource } from '../../packages/execution/src/state/state-source.ts'
import { StateView } from '../../packages/execution/src/state/state-view.ts'

/** EIP-4788. */
const BEACON_ROOTS = toAddress('0x000f3df6d732807ef1319fb7b8bb8522d0beac02')
/** EIP-2935. */
const HISTORY = toAddress('0x0000f90827f1c53a10cb7a02335b175320002935')

const RING_SIZE = 8_191n

/** Stores the state in which a block's transactions run. @returns its root */
export async function applyBlockStart(
  store: KeyValueStore,
  stateRoot: Hash,
  header: Header,
): Promise<Hash> {
  const state = new StateView(createStateSource(store))
  state.open(hexToBytes(stateRoot))
  const { parentBeaconBlockRoot, requestsHash, timestamp, number, parentHash } = header
  const put = async (contract: Address, slot: bigint, value: Uint8Array): Promise<void> => {
    const address = new EthereumjsAddress(hexToBytes(contract))
    if ((await state.getCode(address)).length === 0) return
    await state.putStorage(address, padLeft(bigintToBytes(slot), 32), value)
  }
  if (parentBeaconBlockRoot !== undefined) {
    const slot = timestamp % RING_SIZE
    await put(BEACON_ROOTS, slot, bigintToBytes(timestamp))
    await put(BEACON_ROOTS, slot + RING_SIZE, hexToBytes(parentBeaconBlockRoot))
  }
  if (requestsHash !== undefined) {
    await put(HISTORY, (number - 1n) % RING_SIZE, hexToBytes(parentHash))
  }
  const change = state.change()
  await store.batch(change.writes)
  return bytesToHash(change.stateRoot)
}
