import { CodedError } from '@busan/primitives'
import type { ChainErrorCode } from './errors.ts'

/** Runs tasks one after the other, in the order of the calls. */
export interface SerialQueue {
  /** Settles as the task does. @throws CodedError `chain-closed` after `close` */
  run<Result>(task: () => Promise<Result>): Promise<Result>
  /** Refuses further tasks and waits for those already asked for. */
  close(): Promise<void>
}

/** A queue without tasks. */
export function createSerialQueue(): SerialQueue {
  let tail: Promise<unknown> = Promise.resolve()
  let isClosed = false
  return {
    async run(task) {
      if (isClosed) throw new CodedError<ChainErrorCode>('chain-closed', 'the chain is closed')
      const done = tail.then(task)
      tail = done.catch(() => {})
      return done
    },
    async close() {
      isClosed = true
      await tail
    },
  }
}
