import type { ChainSpec } from '@busan/chain-spec'
import { type Hash, hexToBytes, ZERO_HASH } from '@busan/primitives'
import { createEVM, type EVM, type EVMOpts } from '@ethereumjs/evm'
import { createVM, type VM } from '@ethereumjs/vm'
import { missingBlockHash } from '../errors.ts'
import { FastEvm } from '../interpreter/fast-evm.ts'
import type { ExecutionListener } from '../interpreter/ports.ts'
import { bytesToWord } from '../interpreter/words.ts'
import { loadCurves } from '../precompiles/curves.ts'
import { type LongCallRule, ruleLongCalls } from '../precompiles/long-calls.ts'
import { createPrecompiles, type Precompiles } from '../precompiles/precompiles.ts'
import { EthereumjsState } from '../state/ethereumjs-state.ts'
import type { StateSource } from '../state/state-source.ts'
import type { StateView } from '../state/state-view.ts'
import type { BlockContext } from './block-context.ts'
import { createFastEngine, createReferenceEngine, type Engine } from './engine.ts'
import type { Pacer } from './pacer.ts'

/** ethereumjs's view of a fork's rules. */
export type ForkRules = ReturnType<ChainSpec['commonAt']>

/** The chain as BLOCKHASH sees it; the parent of the block in execution needs not be asked for. */
export type BlockHashByNumber = (number: bigint) => Hash | undefined

/** Whose interpreter runs the opcodes: ours, or that of ethereumjs. */
export type EvmKind = 'fast' | 'reference'

/** An EVM with a state of its own. Made once per fork and used by one execution at a time. */
export interface Machine {
  /** That of ethereumjs, where transactions run in it; undefined: in ours. */
  readonly vm: VM | undefined
  readonly engine: Engine
  readonly state: StateView
  readonly pacer: Pacer
  readonly rules: ForkRules
  /** As the fork has them again after a reset. */
  readonly precompiles: Precompiles
  /** Tells `listener` of what runs from now on, until the next reset; undefined: nobody. */
  listen(listener: ExecutionListener | undefined): void
  /**
   * Forgets what ran before, cut short or not.
   * @param options.timeoutMs see {@link Pacer.start}
   * @throws CodedError `missing-state`
   */
  reset(options: MachineReset): void
}

export interface MachineReset {
  readonly stateRoot: Hash
  readonly context: BlockContext
  readonly timeoutMs?: number
  /** Unknown ancestors read as zero, as in calls at a made-up height. Else they are an error. */
  readonly lenientBlockHash?: boolean
}

export interface MachineOptions {
  readonly source: StateSource
  readonly rules: ForkRules
  readonly blockHashByNumber: BlockHashByNumber
  readonly pacer: Pacer
  readonly evm: EvmKind
  /** For long calls of precompiled contracts; default: they run here. */
  readonly longCalls?: LongCallRule | undefined
  /** Default: a view of its own. */
  readonly state?: EthereumjsState
}

const JUMPDEST = 0x5b
const JUMPDEST_GAS = 1

/** Builds the VM of one fork on public extension points of ethereumjs. */
export async function createMachine(options: MachineOptions): Promise<Machine> {
  const { pacer, rules, longCalls } = options
  const state = options.state ?? new EthereumjsState(options.source)
  const ancestors = createAncestors(options.blockHashByNumber)
  const evmOptions = {
    common: rules,
    stateManager: state,
    blockchain: ancestors.blockchain,
    ...(await loadCurves()),
  }
  const evm =
    options.evm === 'fast'
      ? createFastEvm(evmOptions, { state, pacer, ancestors })
      : await createReferenceEvm(evmOptions, pacer)
  const isFast = evm instanceof FastEvm
  const engine = isFast ? createFastEngine(evm, state) : createReferenceEngine(evm, state)
  const vm = isFast ? undefined : await createVM({ common: rules, stateManager: state, evm })
  const listen = (listener: ExecutionListener | undefined): void => {
    if (isFast) evm.listener = listener
    else if (listener !== undefined) throw new TypeError('the reference interpreter is not traced')
  }
  if (longCalls !== undefined) ruleLongCalls(evm.precompiles, longCalls)
  const precompiles = createPrecompiles(evm.precompiles)
  const reset = ({ stateRoot, context, timeoutMs, lenientBlockHash }: MachineReset): void => {
    listen(undefined)
    precompiles.restore()
    evm.journal.cleanJournal()
    evm.transientStorage.clear()
    ancestors.placeAt(context, lenientBlockHash === true)
    state.open(hexToBytes(stateRoot))
    pacer.start(timeoutMs)
  }
  return { vm, engine, state, pacer, rules, precompiles, listen, reset }
}

function createFastEvm(
  options: EVMOpts,
  parts: { readonly state: StateView; readonly pacer: Pacer; readonly ancestors: Ancestors },
): FastEvm {
  const { state, pacer, ancestors } = parts
  const blockHash = (number: bigint) => bytesToWord(hexToBytes(ancestors.hashOf(number)))
  const traced = withPacedJumps(options, pacer)
  return new FastEvm(traced, { state, pacer, blockHash })
}

async function createReferenceEvm(options: EVMOpts, pacer: Pacer): Promise<EVM> {
  const evm = await createEVM(withPacedJumps(options, pacer))
  evm.events.on('beforeMessage', (_message, proceed) => {
    const pause = pacer.pause()
    if (pause === undefined) proceed?.()
    else void pause.then(() => proceed?.())
  })
  return evm
}

/** Every loop passes a JUMPDEST and every recursion sends a message: two places to keep time at. */
function withPacedJumps(options: EVMOpts, pacer: Pacer): EVMOpts {
  const logicFunction = () => pacer.tick() as Promise<void>
  return {
    ...options,
    customOpcodes: [
      { opcode: JUMPDEST, opcodeName: 'JUMPDEST', baseFee: JUMPDEST_GAS, logicFunction },
    ],
  }
}

type EvmBlockchain = EVM['blockchain']

/** The blocks below the one in execution. */
interface Ancestors {
  readonly blockchain: EvmBlockchain
  hashOf(number: bigint): Hash
  placeAt(context: BlockContext, lenient: boolean): void
}

/** Answers BLOCKHASH with on-chain hashes. */
function createAncestors(blockHashByNumber: BlockHashByNumber): Ancestors {
  let parent: { readonly number: bigint; readonly hash: Hash } = { number: -1n, hash: ZERO_HASH }
  let lenient = false
  const hashOf = (number: bigint): Hash => {
    const hash = number === parent.number ? parent.hash : blockHashByNumber(number)
    if (hash === undefined && !lenient) throw missingBlockHash(number)
    return hash ?? ZERO_HASH
  }
  const blockchain: EvmBlockchain = {
    getBlock: async (number) => ({ hash: () => hexToBytes(hashOf(BigInt(number))) }),
    putBlock: async () => {},
    shallowCopy: () => blockchain,
  }
  return {
    blockchain,
    hashOf,
    placeAt: (context, isLenient) => {
      parent = { number: context.number - 1n, hash: context.parentHash }
      lenient = isLenient
    },
  }
}
