import type { MessagePort } from 'node:worker_threads'
import type { Executor } from '../executor.ts'
import { yieldToConsensus } from '../threads/yield-to-consensus.ts'
import {
  type IsolatedAnswer,
  type IsolatedRequest,
  packError,
  runRequest,
  type ThreadReady,
} from './protocol.ts'

/** Answers the requests of a `WorkerPool` that arrive at this thread's port, one at a time. */
export function serveExecutor(port: MessagePort, executor: Executor): void {
  yieldToConsensus()
  port.on('message', async (request: IsolatedRequest) => {
    port.postMessage(await answerOf(executor, request))
  })
  port.postMessage({ isReady: true } satisfies ThreadReady)
}

async function answerOf(executor: Executor, request: IsolatedRequest): Promise<IsolatedAnswer> {
  const { id } = request
  try {
    return { id, value: await runRequest(executor, request) }
  } catch (error) {
    return { id, error: packError(error) }
  }
}
