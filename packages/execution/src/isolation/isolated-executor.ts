import type { Clock } from '@busan/primitives'
import { isCodedError } from '@busan/primitives'
import type { Executor } from '../executor.ts'
import { type IsolatedMethod, packBlock, packPosition } from './protocol.ts'
import type { WorkerPool } from './worker-pool.ts'

/** What runs where. */
export interface Isolation {
  /** For calls and estimates. */
  readonly calls: WorkerPool
  /** For traces and simulations, which take longest: no call waits behind one. */
  readonly traces: WorkerPool
  readonly clock: Pick<Clock, 'nowMs'>
}

/** A call that is done within this runs at once; crossing to another thread would take as long as most calls do. */
const QUICK_CALL_MS = 5

/** Time that calls which turned out long may take from this thread, for each second. */
const WASTE_MS_PER_SECOND = 25

/** Most that any request may run; clients do not wait longer either. */
const RUN_MAX_MS = 30_000

/**
 * An executor whose calls, traces and simulations run on other threads: none of them makes consensus wait. Calls begin
 * on this one, and those that are not done at once begin anew on another.
 */
export function createIsolatedExecutor(executor: Executor, isolation: Isolation): Executor {
  const { calls, traces, clock } = isolation
  const runOn =
    (pool: WorkerPool) =>
    <Method extends IsolatedMethod>(method: Method, timeoutMs: number | undefined) =>
    (...args: readonly unknown[]): ReturnType<Executor[Method]> => {
      const budgetMs = Math.min(timeoutMs ?? RUN_MAX_MS, RUN_MAX_MS)
      return pool.run(method, args, budgetMs) as ReturnType<Executor[Method]>
    }
  const [runCall, runTrace] = [runOn(calls), runOn(traces)]
  const waste = createWaste(clock)
  return {
    ...executor,
    call: async (request, header, options = {}) => {
      const elsewhere = () => runCall('call', options.timeoutMs)(request, header, options)
      if (!waste.isAffordable()) return elsewhere()
      try {
        return await executor.call(request, header, { ...options, timeoutMs: QUICK_CALL_MS })
      } catch (error) {
        if (!isCodedError(error, 'call-timeout')) throw error
        waste.add(QUICK_CALL_MS)
        return elsewhere()
      }
    },
    estimateGas: (request, header, options = {}) =>
      runCall('estimateGas', options.timeoutMs)(request, header, options),
    accessList: (request, header, options = {}) =>
      runCall('accessList', options.timeoutMs)(request, header, options),
    simulate: (request, base) => runTrace('simulate', request.timeoutMs)(request, base),
    // The time is for each transaction; all of them together are bounded by what clients wait.
    traceBlock: (block, parent, options) =>
      runTrace('traceBlock', undefined)(packBlock(block), parent, options),
    traceCall: (request, header, { position, ...options }) =>
      runTrace('traceCall', undefined)(
        request,
        header,
        position === undefined ? options : { ...options, position: packPosition(position) },
      ),
    traceCalls: (requests, header, options) =>
      runTrace('traceCalls', undefined)(requests, header, options),
    storageRange: (position, options) =>
      runTrace('storageRange', options.timeoutMs)(packPosition(position), options),
  }
}

/** Counts time spent for nothing, which is forgotten as time goes by. */
function createWaste(clock: Pick<Clock, 'nowMs'>) {
  let wastedMs = 0
  let atMs = clock.nowMs()
  const settle = (): void => {
    const nowMs = clock.nowMs()
    wastedMs = Math.max(0, wastedMs - ((nowMs - atMs) * WASTE_MS_PER_SECOND) / 1000)
    atMs = nowMs
  }
  return {
    isAffordable(): boolean {
      settle()
      return wastedMs < WASTE_MS_PER_SECOND
    },
    add(ms: number): void {
      settle()
      wastedMs += ms
    },
  }
}
