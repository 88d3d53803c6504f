import type { ChainSpec, GenesisAccount } from '@busan/chain-spec'
import {
  type Address,
  bigintToBytes,
  bytesToHash,
  bytesToHex,
  CodedError,
  EMPTY_TRIE_ROOT,
  type Hash,
  type Hex,
  hexToBytes,
  padLeft,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@busan/primitives'
import type { ContractABI } from 'micro-eth-signer/advanced/abi.js'
import type { ExecutionErrorCode } from './errors.ts'
import { revertReason } from './revert-reason.ts'
import { NO_ACCOUNT } from './state/account.ts'
import { EthereumjsState } from './state/ethereumjs-state.ts'
import { createStateSource } from './state/state-source.ts'
import type { BlockContext } from './vm/block-context.ts'
import { createMachine, type Machine } from './vm/machine.ts'
import { createPacer, systemClock } from './vm/pacer.ts'

/** A contract that stands at genesis, as a compiler gives it. */
export interface GenesisContract {
  readonly name: string
  readonly address: Address
  /** Whether it leaves code; a set-up acts and leaves none. */
  readonly leavesCode: boolean
  readonly abi: ContractABI
  /** Init code without arguments. */
  readonly bytecode: Hex
  /** Constructor arguments, by name. */
  readonly args: Readonly<Record<string, unknown>>
}

const CONSTRUCTOR_GAS = 1_000_000_000n

/**
 * Runs constructors one after another, each at the address where its contract will stand, so that what they compute
 * from their own address is right. They see the earlier ones, block 0 and the time given.
 * @param timestamp seconds; what waits for a time from then on may have come at genesis
 * @throws CodedError `genesis-constructor` naming the contract that reverted
 */
export async function runGenesisConstructors(
  spec: ChainSpec,
  contracts: readonly GenesisContract[],
  timestamp: bigint,
): Promise<readonly GenesisAccount[]> {
  const source = createStateSource({ get: () => undefined })
  const state = new RecordingState(source)
  const machine = await createMachine({
    source,
    state,
    rules: spec.commonAt(0n, spec.genesisHeader(ZERO_HASH).timestamp),
    blockHashByNumber: () => undefined,
    pacer: createPacer(systemClock),
    evm: 'fast',
  })
  const context: BlockContext = {
    number: 0n,
    timestamp,
    gasLimit: CONSTRUCTOR_GAS,
    beneficiary: ZERO_ADDRESS,
    baseFeePerGasWei: 0n,
    difficulty: 0n,
    prevRandao: ZERO_HASH,
    parentHash: ZERO_HASH,
    blobBaseFeePerGasWei: 0n,
    blockRewardWei: 0n,
  }
  machine.reset({ stateRoot: EMPTY_TRIE_ROOT, context, lenientBlockHash: true })
  for (const contract of contracts) await construct(machine, contract, context)
  return contracts
    .filter(({ leavesCode }) => leavesCode)
    .map(({ address }) => ({
      address,
      balanceWei: 0n,
      // EIP-161: contracts begin with nonce 1.
      nonce: 1n,
      code: bytesToHex(state.codeAt(address)),
      storage: state.slotsOf(address),
    }))
}

/** The init code runs as if it were the contract's code: at its address, by a call. */
async function construct(
  { state, engine }: Machine,
  contract: GenesisContract,
  context: BlockContext,
): Promise<void> {
  const { name, address, leavesCode } = contract
  state.setAccountAt(address, { ...NO_ACCOUNT, nonce: 1n })
  state.setCodeAt(address, hexToBytes(await encodeInitCode(contract)))
  const { exceptionError, returnValue } = await engine.send(
    {
      from: ZERO_ADDRESS,
      to: address,
      valueWei: 0n,
      data: new Uint8Array(0),
      gas: CONSTRUCTOR_GAS,
      gasPriceWei: 0n,
    },
    context,
  )
  await engine.endTransaction()
  if (exceptionError !== undefined) {
    const detail = revertReason(returnValue) ?? `${exceptionError.error} ${bytesToHex(returnValue)}`
    throw new CodedError<ExecutionErrorCode>(
      'genesis-constructor',
      `the constructor of ${name} failed: ${detail}`,
    )
  }
  state.setCodeAt(address, leavesCode ? returnValue : new Uint8Array(0))
}

async function encodeInitCode({ abi, bytecode, args }: GenesisContract): Promise<string> {
  const values = Object.values(args)
  if (values.length === 0) return bytecode
  // Loaded when wanted: with it comes a table of known tokens, which a node has no use for.
  const { deployContract } = await import('micro-eth-signer/advanced/abi.js')
  return deployContract(abi, bytecode, values.length === 1 ? values[0] : args)
}

/** Remembers which slots were written: the trie knows them only by their hashes. */
class RecordingState extends EthereumjsState {
  readonly #written = new Map<Hex, Set<bigint>>()

  override setSlotAt(address: Hex, slot: bigint, value: bigint): void {
    const slots = this.#written.get(address) ?? new Set()
    this.#written.set(address, slots.add(slot))
    super.setSlotAt(address, slot, value)
  }

  slotsOf(address: Hex): ReadonlyMap<Hash, Hash> {
    const slots = [...(this.#written.get(address) ?? [])].sort((a, b) => (a < b ? -1 : 1))
    const word = (value: bigint) => bytesToHash(padLeft(bigintToBytes(value), 32))
    return new Map(
      slots
        .map((slot) => [slot, this.slotAt(address, slot)] as const)
        .filter(([, value]) => value !== 0n)
        .map(([slot, value]) => [word(slot), word(value)]),
    )
  }
}
