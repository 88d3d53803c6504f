import { availableParallelism } from 'node:os'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { createIsolatedExecutor, createWorkerPool, type Executor } from '@busan/execution'
import type { Clock } from '@busan/primitives'
import type { NodeConfig } from './options.ts'
import { GENESIS_NAME } from './read-chain-spec.ts'

/** What a thread for calls opens: the chain's own files, for reading. */
export interface CallWorkerData {
  readonly genesisFile: string
  readonly databasePath: string
  readonly engine: NodeConfig['engine']
  readonly evm: 'fast' | 'reference'
}

/** Requests that wait for a thread at most, and for how long. */
const QUEUE_MAX = 256
const CALL_WAIT_MAX_MS = 5_000
const TRACE_WAIT_MAX_MS = 20_000

/** Room for what calls and tracers hold; a thread that needs more is ended. */
const HEAP_SIZE_MIB_MAX = 1_024

/** An executor whose calls and traces run on threads of their own, and how these are ended. */
export interface CallWorkers {
  readonly executor: Executor
  close(): Promise<void>
}

/** Settings that the threads depend on. */
export type CallWorkerConfig = Pick<
  NodeConfig,
  'data-path' | 'genesis-file' | 'engine' | 'evm' | 'rpc-workers'
>

/** @param executor for blocks, and for calls that are done at once */
export function createCallWorkers(
  executor: Executor,
  config: CallWorkerConfig,
  clock: Clock,
): CallWorkers {
  const size = config['rpc-workers'] ?? Math.min(4, Math.max(1, availableParallelism() - 1))
  if (size === 0) return { executor, close: async () => {} }
  const data: CallWorkerData = {
    genesisFile: config['genesis-file'] ?? path.join(config['data-path'], GENESIS_NAME),
    databasePath: databasePathOf(config['data-path']),
    engine: config.engine,
    evm: config.evm === 'reference' ? 'reference' : 'fast',
  }
  const start = () =>
    new Worker(new URL('./call-worker.ts', import.meta.url), {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_SIZE_MIB_MAX },
    })
  const pools = [CALL_WAIT_MAX_MS, TRACE_WAIT_MAX_MS].map((waitMaxMs) =>
    createWorkerPool({ start, size, queueMax: QUEUE_MAX, waitMaxMs }),
  )
  const [calls, traces] = pools as [(typeof pools)[0], (typeof pools)[0]]
  return {
    executor: createIsolatedExecutor(executor, { calls, traces, clock }),
    close: async () => {
      await Promise.all(pools.map((pool) => pool.close()))
    },
  }
}

/** Where the database lies in a data folder. */
export function databasePathOf(dataPath: string): string {
  return path.join(dataPath, 'database')
}
