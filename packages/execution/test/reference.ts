// The same block on the stock parts of ethereumjs: their state, their tries, their transactions.
import type { Block, ChainSpec, Header } from '@busan/chain-spec'
import { bytesToHash, encodeRlp, type Hash, hexToBytes } from '@busan/primitives'
import { createBlock } from '@ethereumjs/block'
import { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { Caches, MerkleStateManager } from '@ethereumjs/statemanager'
import { createTxFromRLP } from '@ethereumjs/tx'
import { Account, Address } from '@ethereumjs/util'
import { createVM, encodeReceipt, runTx, type VM } from '@ethereumjs/vm'

export interface ReferenceOutcome {
  readonly stateRoot: Hash
  readonly receiptsRoot: Hash
  readonly gasUsed: bigint
}

/** A stock VM on the genesis state of a spec. */
export async function createReference(spec: ChainSpec): Promise<VM> {
  const common = spec.commonAt(0n, 1n)
  const trie = new MerklePatriciaTrie({ useKeyHashing: true, common })
  const state = new MerkleStateManager({ common, trie, caches: new Caches() })
  await state.checkpoint()
  for (const { address: hex, balanceWei, nonce, code, storage } of spec.alloc) {
    const address = new Address(hexToBytes(hex))
    await state.putAccount(address, new Account(nonce, balanceWei))
    if (code !== '0x') await state.putCode(address, hexToBytes(code))
    for (const [slot, value] of storage) {
      await state.putStorage(address, hexToBytes(slot), hexToBytes(value))
    }
  }
  await state.commit()
  return createVM({ common, stateManager: state })
}

/** Runs the block with the library's own `runTx` and nothing of ours. */
export async function runReference(
  vm: VM,
  { header, transactions }: Block,
): Promise<ReferenceOutcome> {
  const block = createBlock(
    { header: headerData(header) },
    { common: vm.common, skipConsensusFormatValidation: true },
  )
  const receipts = new MerklePatriciaTrie({ common: vm.common })
  let gasUsed = 0n
  for (const [index, raw] of transactions.entries()) {
    const tx = createTxFromRLP(raw, { common: vm.common })
    const result = await runTx(vm, { tx, block, blockGasUsed: gasUsed })
    gasUsed += result.totalGasSpent
    const key = encodeRlp(index === 0 ? new Uint8Array(0) : Uint8Array.of(index))
    await receipts.put(key, encodeReceipt(result.receipt, tx.type))
  }
  return {
    stateRoot: bytesToHash(await vm.stateManager.getStateRoot()),
    receiptsRoot: bytesToHash(receipts.root()),
    gasUsed,
  }
}

function headerData(header: Header): Record<string, unknown> {
  const { number, timestamp, gasLimit, coinbase, baseFeePerGas, mixHash, difficulty } = header
  return { number, timestamp, gasLimit, coinbase, baseFeePerGas, mixHash, difficulty }
}
