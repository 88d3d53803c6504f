import type { ChainSpec } from '@busan/chain-spec'
import { type Clock, type CodedError, hexToBytes } from '@busan/primitives'
import type { KeyValueStore } from '@busan/storage'
import { type Logger, type Metrics, silentLogger } from '@busan/telemetry'
import { accessListOf } from './access-list.ts'
import { assembleBlock } from './assemble-block.ts'
import { buildBlock } from './build-block.ts'
import { call } from './call.ts'
import { createCheckedExecutor } from './checked-executor.ts'
import { decodeSubmitted } from './decode-submitted.ts'
import type { ExecutionErrorCode } from './errors.ts'
import { estimateGas } from './estimate-gas.ts'
import { executeBlock } from './execute-block.ts'
import type { Executor } from './executor.ts'
import { createLoneContracts } from './lone-contract.ts'
import { createExecutionMetrics } from './metrics.ts'
import { createPermissions } from './permissions.ts'
import { type LongCallRule, withinTime } from './precompiles/long-calls.ts'
import { onThread, type PrecompileThread } from './precompiles/precompile-thread.ts'
import { simulateBlocks } from './simulate/simulate-blocks.ts'
import { createStateReader } from './state/state-reader.ts'
import { createStateSource, type StateSource } from './state/state-source.ts'
import { createWriteOverlay } from './state/write-overlay.ts'
import { storageRange } from './trace/storage-range.ts'
import { traceBlock } from './trace/trace-block.ts'
import { traceCall, traceCalls } from './trace/trace-call.ts'
import { createTransactionDecoder, type TransactionDecoder } from './transaction-decoder.ts'
import type { ExecutionResult } from './types.ts'
import { type BlockHashByNumber, createMachine, type EvmKind } from './vm/machine.ts'
import { createMachinePool, type MachinePool } from './vm/machine-pool.ts'
import { createPacer, type Pacer, systemClock } from './vm/pacer.ts'
import { createQueue } from './vm/queue.ts'

/** What an executor is made of. */
export interface ExecutorOptions {
  /** Where state nodes and code are read; nothing is written. */
  readonly store: Pick<KeyValueStore, 'get'>
  readonly spec: ChainSpec
  /** The chain, for BLOCKHASH: hashes of blocks below the parent of the one in execution. */
  readonly blockHashByNumber: BlockHashByNumber
  /** Shared with whoever else decodes; default: one of its own. */
  readonly decode?: TransactionDecoder
  /**
   * Where long calls of precompiled contracts run that blocks make, and nobody else's: a block waits for none but its
   * own. Default: on the thread that runs the rest.
   */
  readonly precompileThread?: PrecompileThread
  /** Default: `fast`, ours. `check` runs every block in both. */
  readonly evm?: EvmKind | 'check'
  /** With `check`: called at the first difference, before the execution throws `evm-divergence`. */
  readonly onDivergence?: (error: CodedError<ExecutionErrorCode>) => void
  readonly logger?: Logger
  readonly metrics?: Metrics
  /** Budgets and timeouts are measured on it; default: the process's monotonic clock. */
  readonly clock?: Pick<Clock, 'nowMs'>
}

/** Blocks run one or two at a time: a proposal of ours beside one that is checked. */
const BLOCK_MACHINES = 2

/** Of their own: a block that holds its machine asks the permission registry, and no call makes it wait. */
const ASKING_MACHINES = 2

/** Calls that run beside one another; more wait in line. They never hold a machine that a block needs. */
const CALL_MACHINES = 8

/** Traces that run beside one another: each may hold megabytes of text. */
const TRACE_MACHINES = 2

/** Simulations that run beside one another: each may hold the states of 256 blocks. */
const SIMULATIONS = 2

/** Runs blocks and calls with the VM of ethereumjs on the states in `store`. */
export function createExecutor(options: ExecutorOptions): Executor {
  const { evm = 'fast', onDivergence = () => {} } = options
  if (evm !== 'check') return createPlainExecutor(options, evm)
  const decode = options.decode ?? defaultDecoder(options)
  const fast = createPlainExecutor({ ...options, decode }, 'fast')
  const { metrics: _, ...uncounted } = options
  const reference = createPlainExecutor({ ...uncounted, decode }, 'reference')
  return createCheckedExecutor(fast, reference, onDivergence)
}

function createPlainExecutor(options: ExecutorOptions, kind: EvmKind): Executor {
  const { spec, clock = systemClock } = options
  const states = createWriteOverlay(options.store)
  const source = createStateSource(states)
  const decodeTransaction = options.decode ?? defaultDecoder(options)
  const poolOf = poolMaker(options, source)
  const blockPoolOf = blockPoolMaker(options, source)
  const asking = blockPoolOf(ASKING_MACHINES, kind)
  const systemContractAt = createLoneContracts({ spec, source, machines: asking })
  const permissionsAt = createPermissions(spec, systemContractAt)
  const machines = blockPoolOf(BLOCK_MACHINES, kind)
  const blocks = { spec, clock, decodeTransaction, permissionsAt, machines }
  const calls = { spec, machines: poolOf(CALL_MACHINES, kind) }
  const traces = { spec, machines: poolOf(TRACE_MACHINES, 'fast') }

  const { store, blockHashByNumber } = options
  const simulation = { spec, store, blockHashByNumber, clock }
  const simulations = createQueue(SIMULATIONS)

  const observe = blockObserver(options, clock)
  const executor: Executor = {
    decodeTransaction,
    decodeSubmitted: (raw) => decodeSubmitted(spec, decodeTransaction, raw),
    executeBlock: async (block, parent) => {
      const startMs = clock.nowMs()
      const verdict = await executeBlock(blocks, block, parent)
      if (verdict.ok) observe('execute', block.header.number, verdict.value, startMs)
      return verdict
    },
    buildBlock: async (template, candidates, budgetMs) => {
      const startMs = clock.nowMs()
      const built = await buildBlock(blocks, template, candidates, budgetMs)
      observe('build', built.block.header.number, built.result, startMs)
      return built
    },
    assembleBlock: (template, transactions) => assembleBlock(blocks, template, transactions),
    call: (request, header, callOptions) => call(calls, request, header, callOptions),
    traceBlock: (block, parent, traceOptions) => traceBlock(traces, block, parent, traceOptions),
    traceCall: (request, header, traceOptions) => traceCall(traces, request, header, traceOptions),
    storageRange: (position, rangeOptions) => storageRange(traces, position, rangeOptions),
    traceCalls: (requests, header, traceOptions) =>
      traceCalls(traces, requests, header, traceOptions),
    accessList: (request, header, callOptions) =>
      accessListOf({ ...traces, clock }, request, header, callOptions),
    simulate: (request, base) => simulations.run(() => simulateBlocks(simulation, request, base)),
    estimateGas: (request, header, callOptions) =>
      estimateGas({ spec, executor, clock }, request, header, callOptions),
    stateAt: (stateRoot) => createStateReader(source, stateRoot),
    permissionsAt,
    systemContractAt,
    hasState: (stateRoot) => source.hasRoot(hexToBytes(stateRoot)),
    anticipate: (writes) => {
      states.lay(writes)
      return states.lift
    },
  }
  return executor
}

/** Counts and logs a block that ran. */
function blockObserver(
  { logger = silentLogger, ...options }: ExecutorOptions,
  clock: Pick<Clock, 'nowMs'>,
) {
  const metrics = options.metrics && createExecutionMetrics(options.metrics)
  return (
    kind: 'execute' | 'build',
    height: bigint,
    { gasUsed, transactions }: ExecutionResult,
    startMs: number,
  ): void => {
    const ms = clock.nowMs() - startMs
    metrics?.blockSeconds.observe(ms / 1000, { kind })
    metrics?.gas.add(Number(gasUsed))
    const counts = { txs: transactions.length, gasUsed: Number(gasUsed), ms }
    logger.debug('ran block', { kind, height: Number(height), ...counts })
  }
}

function defaultDecoder({ spec }: ExecutorOptions): TransactionDecoder {
  return createTransactionDecoder({ allowsBlobs: spec.consensus === 'ethereum' })
}

type PoolMaker = (size: number, evm: EvmKind) => MachinePool

/** Of machines for calls and traces, which may be short of time. */
function poolMaker(options: ExecutorOptions, source: StateSource): PoolMaker {
  return machineMaker(options, source, withinTime)
}

/** Of machines for blocks. */
function blockPoolMaker(options: ExecutorOptions, source: StateSource): PoolMaker {
  const { precompileThread } = options
  const rule = precompileThread && onThread(precompileThread)
  return machineMaker(options, source, () => rule)
}

function machineMaker(
  { blockHashByNumber, clock = systemClock }: ExecutorOptions,
  source: StateSource,
  longCallsOf: (pacer: Pacer) => LongCallRule | undefined,
): PoolMaker {
  return (size, evm) =>
    createMachinePool({
      size,
      create: (rules) => {
        const pacer = createPacer(clock)
        const longCalls = longCallsOf(pacer)
        return createMachine({ source, rules, blockHashByNumber, evm, pacer, longCalls })
      },
    })
}
