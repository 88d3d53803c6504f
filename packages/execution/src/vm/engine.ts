import {
  type Address,
  bytesToAddress,
  bytesToHash,
  bytesToHex,
  hexToBytes,
} from '@busan/primitives'
import type { EVM, ExecResult } from '@ethereumjs/evm'
import { Account, Address as EthereumjsAddress } from '@ethereumjs/util'
import type { FastEvm } from '../interpreter/fast-evm.ts'
import type { MessageResult } from '../interpreter/ports.ts'
import type { StoredAccount } from '../state/account.ts'
import type { StateView } from '../state/state-view.ts'
import { type BlockContext, vmBlock } from './block-context.ts'

/** The message that a transaction or a call is. */
export interface RootMessage {
  readonly from: Address
  /** null: a creation. */
  readonly to: Address | null
  readonly valueWei: bigint
  readonly data: Uint8Array
  /** Without what the transaction costs before it runs. */
  readonly gas: bigint
  /** GASPRICE. */
  readonly gasPriceWei: bigint
  readonly blobVersionedHashes?: readonly string[]
  /** Default: it may write. */
  readonly isStatic?: boolean
}

/**
 * Runs messages on a machine's state and keeps what a transaction touches, under either interpreter. What returns
 * nothing has been done; ethereumjs' own journal makes one wait.
 */
export interface Engine {
  /** Runs a message whose sender has paid and been counted. */
  send(message: RootMessage, context: BlockContext): Promise<MessageResult>
  /** Writes an account, which goes when it is empty as the transaction ends (EIP-161). */
  setAccount(address: Address, account: StoredAccount): Promise<void> | undefined
  removeAccount(address: Address): Promise<void> | undefined
  /** The precompiled contracts cost no cold access until the transaction ends (EIP-2929). */
  warmPrecompiles(): void
  /** Nor do an account and some of its slots. */
  warm(address: Address, slots?: readonly string[]): void
  /** Removes touched accounts that are empty, and forgets what was touched, warm or transient. */
  endTransaction(): Promise<void> | undefined
}

/** Gas is counted in doubles by ours, and memory is bounded by it; a message with more runs in the library's. */
const FAST_GAS_MAX = 1n << 40n

/** Ours: nothing waits but a message that pauses. */
export function createFastEngine(evm: FastEvm, state: StateView): Engine {
  const { accesses } = evm
  const reference = createReferenceEngine(evm, state)
  return {
    send: (message, context) =>
      message.gas > FAST_GAS_MAX
        ? reference.send(message, context)
        : evm.send(message, vmBlock(context).header),
    setAccount: (address, account) => {
      accesses.setAccount(address, account)
      return undefined
    },
    removeAccount: (address) => {
      accesses.removeAccount(address)
      return undefined
    },
    // They always are, see AccessJournal.
    warmPrecompiles: () => {},
    warm: (address, slots) => warmIn(evm.journal, address, slots),
    endTransaction: () => {
      accesses.finish()
      evm.transientStorage.clear()
      state.forgetOriginals()
      return undefined
    },
  }
}

/** That of ethereumjs. */
export function createReferenceEngine(evm: EVM, state: StateView): Engine {
  // As the fork has them, wherever a call puts some.
  const precompiles = [...evm.precompiles.keys()]
  return {
    send: async (message, context) => {
      const { execResult } = await evm.runCall({
        block: vmBlock(context),
        gasPrice: message.gasPriceWei,
        caller: new EthereumjsAddress(hexToBytes(message.from)),
        gasLimit: message.gas,
        value: message.valueWei,
        data: message.data,
        skipNonceIncrement: true,
        isStatic: message.isStatic === true,
        ...(message.blobVersionedHashes === undefined
          ? {}
          : { blobVersionedHashes: [...message.blobVersionedHashes] as `0x${string}`[] }),
        ...(message.to === null ? {} : { to: new EthereumjsAddress(hexToBytes(message.to)) }),
      })
      return messageResultOf(execResult)
    },
    setAccount: (address, { nonce, balance, storageRoot, codeHash }) =>
      evm.journal.putAccount(
        new EthereumjsAddress(hexToBytes(address)),
        new Account(nonce, balance, storageRoot, codeHash),
      ),
    removeAccount: (address) =>
      evm.journal.deleteAccount(new EthereumjsAddress(hexToBytes(address))),
    warmPrecompiles: () => {
      for (const address of precompiles) evm.journal.addAlwaysWarmAddress(address)
    },
    warm: (address, slots) => warmIn(evm.journal, address, slots),
    endTransaction: async () => {
      await evm.journal.cleanup()
      evm.transientStorage.clear()
      state.forgetOriginals()
    },
  }
}

/** What a message of ethereumjs has come to, with its logs as ours. */
export function messageResultOf(execResult: ExecResult): MessageResult {
  const logs = (execResult.logs ?? []).map(([address, topics, data]) => ({
    address: bytesToAddress(address),
    topics: topics.map(bytesToHash),
    data: bytesToHex(data),
  }))
  return { ...execResult, logs }
}

function warmIn(journal: EVM['journal'], address: Address, slots: readonly string[] = []): void {
  journal.addAlwaysWarmAddress(address)
  for (const slot of slots) journal.addAlwaysWarmSlot(address, slot)
}
