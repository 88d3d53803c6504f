import type { Receipt } from '@busan/execution'
import { Emitter } from '@busan/primitives'
import type { ValidatorState } from '@busan/qbft'
import type { Logger } from '@busan/telemetry'
import type { HeadEvent, StoredBlock } from './types.ts'

/** The end of the chain and who may extend it. */
export interface HeadState {
  readonly block: StoredBlock
  /** Validators and open votes for the child of `block`. */
  readonly validatorState: ValidatorState
}

/** Where the chain ends. QBFT blocks are final at once: the head only ever moves to its child. */
export interface Head {
  current(): HeadState
  /** Moves the head to a block that is on disk, then tells the listeners. */
  announce(state: HeadState, receipts: readonly Receipt[]): void
  /** @returns a function that removes the listener */
  onHead(listener: (event: HeadEvent) => void): () => void
}

/** @param initial the head found on disk */
export function createHead(initial: HeadState, logger: Logger): Head {
  const emitter = new Emitter<{ head: HeadEvent }>()
  let current = initial
  return {
    current: () => current,
    announce(state, receipts) {
      current = state
      try {
        emitter.emit('head', { block: state.block, receipts })
      } catch (error) {
        // The block is in, whatever a listener makes of it.
        logger.error('head listener failed', { height: state.block.header.number, error })
      }
    },
    onHead: (listener) => emitter.on('head', listener),
  }
}
