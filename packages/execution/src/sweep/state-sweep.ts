import { bytesToHex, equalBytes, type Hash, type Hex, hexToBytes } from '@busan/primitives'
import { type KeyValueStore, keys } from '@busan/storage'
import { decodeAccount, EMPTY_ROOT_BYTES } from '../state/account.ts'
import { decodeFlatSlot } from '../state/flat-state.ts'
import { createStateSource } from '../state/state-source.ts'
import { rangeOfTable } from '../state/table-range.ts'
import { decodeNode, type TrieChild } from '../state/trie-node.ts'
import { createKeySet, type KeySet } from './key-set.ts'

/** Finds what no state that is kept needs: nothing is deleted here. */
export interface StateSweep {
  /** Begins anew. @throws CodedError `missing-state`: one of the states is not whole */
  begin(kept: KeptStates): Promise<void>
  /**
   * Keys that may go, none: that was all. The caller leaves out those that were written since `begin`, and deletes the
   * rest while no block is being written.
   */
  next(): Promise<readonly Uint8Array[]>
}

/** What has to stay. */
export interface KeptStates {
  readonly roots: readonly Hash[]
  /** Unset slots go with the blocks up to this one: no state from before it is read any more. */
  readonly slotsUnsetUpTo: bigint
}

/** Keys that are found at once, and deleted: some milliseconds, which a block may wait. */
const KEYS_AT_ONCE = 1_000

/** Sweeps on the thread of the caller. */
export function createStateSweep(
  store: KeyValueStore,
  keysAtOnce: number = KEYS_AT_ONCE,
): StateSweep {
  let keysToGo: AsyncIterator<Uint8Array> = nothing()
  return {
    begin: async (kept) => {
      const needed = createKeySet()
      for (const root of kept.roots) needState(store, hexToBytes(root), needed)
      keysToGo = unneeded(store, kept, needed)
    },
    next: async () => {
      const found: Uint8Array[] = []
      while (found.length < keysAtOnce) {
        const { value, done } = await keysToGo.next()
        if (done === true) {
          // What was noted is let go of until the next sweep.
          keysToGo = nothing()
          break
        }
        found.push(value)
      }
      return found
    },
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Adds every node of a state to those needed, accounts' storages too. */
function needState(store: KeyValueStore, stateRoot: Uint8Array, needed: KeySet): void {
  const { nodeRlp } = createStateSource(store)
  const need = (root: Uint8Array, onValue: (value: Uint8Array) => void): void => {
    if (equalBytes(root, EMPTY_ROOT_BYTES)) return
    const open: TrieChild[] = [root]
    for (;;) {
      const child = open.pop()
      if (child === undefined) return
      if (child === null) continue
      const isHash = child instanceof Uint8Array
      // What was seen before was seen with all below it.
      if (isHash && !needed.add(child)) continue
      const node = isHash ? decodeNode(nodeRlp(child), child) : child
      if (node.kind === 'branch') open.push(...node.children)
      else if (node.kind === 'extension') open.push(node.child)
      else onValue(node.value)
    }
  }
  need(stateRoot, (account) => need(decodeAccount(account).storageRoot, () => {}))
}

/**
 * Roots of the tables go first, so that no reader opens the tables as of a state whose unset slots are about to go;
 * one that was opened before has ended by the next sweep, which is the one that takes them.
 */
async function* unneeded(
  store: KeyValueStore,
  { roots, slotsUnsetUpTo }: KeptStates,
  needed: KeySet,
): AsyncGenerator<Uint8Array> {
  const keptRoots = new Set<Hex>(roots)
  for await (const [key] of rangeOfTable(store, keys.stateNumber)) {
    if (!keptRoots.has(bytesToHex(key.subarray(1)))) yield key
  }
  for await (const [key] of rangeOfTable(store, keys.stateNode)) {
    if (!needed.has(key)) yield key
  }
  for await (const [key, entry] of rangeOfTable(store, (part) => keys.slot(part, part))) {
    const { number, value } = decodeFlatSlot(entry)
    if (value === 0n && number <= Number(slotsUnsetUpTo)) yield key
  }
}
