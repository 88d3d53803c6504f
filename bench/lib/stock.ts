// The same blocks as the documentation of ethereumjs runs them: runBlock, MerkleStateManager, LevelDB.
import type { Block } from '@busan/chain-spec'
import { bytesToHash, type Hash, hexToBytes } from '@busan/primitives'
import { keys } from '@busan/storage'
import { createBlock } from '@ethereumjs/block'
import { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { Caches, MerkleStateManager } from '@ethereumjs/statemanager'
import { createTxFromRLP } from '@ethereumjs/tx'
import { ValueEncoding } from '@ethereumjs/util'
import { createVM, runBlock, type VM } from '@ethereumjs/vm'
import { ClassicLevel } from 'classic-level'
import type { ChainState } from './chain-state.ts'

type TrieOptions = NonNullable<ConstructorParameters<typeof MerklePatriciaTrie>[0]>
type TrieDatabase = NonNullable<TrieOptions['db']>

type Level = ClassicLevel<Uint8Array, Uint8Array>

/** Nodes of the trie in our table of nodes, read and written as the documentation's wrapper of LevelDB does. */
function trieDatabase(level: Level): TrieDatabase {
  const keyOf = (hash: string) => keys.stateNode(hexToBytes(`0x${hash}`))
  const database = {
    get: (hash: string) => level.get(keyOf(hash)),
    put: (hash: string, value: Uint8Array) => level.put(keyOf(hash), value),
    del: async () => {},
    batch: (operations: readonly { key: string; value: Uint8Array }[]) =>
      level.batch(
        operations.map(({ key, value }) => ({ type: 'put', key: keyOf(key), value })),
        { sync: true },
      ),
    shallowCopy: () => database,
    open: async () => {},
  }
  return database as unknown as TrieDatabase
}

/** The library's VM on a database that it has opened for itself. */
export interface StockVm {
  readonly vm: VM
  close(): Promise<void>
}

/** A VM as the documentation makes it, on the state after `parent`. */
export async function createStockVm({ spec, folder, genesis }: ChainState): Promise<StockVm> {
  const level: Level = new ClassicLevel(folder, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    multithreading: true,
  })
  await level.open()
  const { Common, Mainnet } = await import('@ethereumjs/common')
  const common = new Common({
    chain: { ...Mainnet, chainId: Number(spec.chainId) },
    hardfork: 'shanghai',
  })
  const trie = new MerklePatriciaTrie({
    db: trieDatabase(level),
    root: hexToBytes(genesis.stateRoot),
    useKeyHashing: true,
    useNodePruning: false,
    valueEncoding: ValueEncoding.Bytes,
    common,
  })
  const state = new MerkleStateManager({ common, trie, caches: new Caches() })
  // Codes lie in a table of ours.
  const { getCode } = state
  state.getCode = async (address) => {
    const account = await state.getAccount(address)
    const stored = account?.isContract() ? await level.get(keys.code(account.codeHash)) : undefined
    return stored ?? getCode.call(state, address)
  }
  const vm = await createVM({ common, stateManager: state })
  return { vm, close: () => level.close() }
}

/** Decodes, recovers senders, runs and writes the block. @returns the state root */
export async function runStockBlock(vm: VM, { header, transactions }: Block): Promise<Hash> {
  const { number, timestamp, gasLimit, coinbase, baseFeePerGas, mixHash } = header
  const block = createBlock(
    {
      header: {
        number,
        timestamp,
        gasLimit,
        coinbase,
        baseFeePerGas: baseFeePerGas ?? 0n,
        mixHash,
      },
      transactions: transactions.map((raw) => createTxFromRLP(raw, { common: vm.common })),
      withdrawals: [],
    } as Parameters<typeof createBlock>[0],
    { common: vm.common, skipConsensusFormatValidation: true },
  )
  const root = await vm.stateManager.getStateRoot()
  const result = await runBlock(vm, {
    block,
    root,
    generate: true,
    skipBlockValidation: true,
    skipHeaderValidation: true,
  })
  const failed = result.receipts.filter((receipt) => 'status' in receipt && receipt.status === 0)
  if (failed.length > 0) throw new Error(`${failed.length} transactions failed`)
  return bytesToHash(result.stateRoot)
}
