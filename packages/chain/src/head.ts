import type { Receipt } from '@busan/execution'
import { Emitter } from '@busan/primitives'
import type { ValidatorState } from '@busan/qbft'
import type { Logger } from '@busan/telemetry'
import type { HeadEvent, StoredBlock, Tip } from './types.ts'

/** The end of the chain and who may extend it. */
export interface HeadState {
  readonly block: StoredBlock
  /** Validators and open votes for the child of `block`. */
  readonly validatorState: ValidatorState
}

/**
 * Where the chain ends. QBFT blocks are final at once: the head only ever moves to its child. The tip runs one block
 * ahead of it at most.
 */
export interface Head {
  current(): HeadState
  /** What the next block is judged and built on: the head, or its child that is being written. */
  tip(): Tip
  /** The head's child has passed and is about to be written; tells those who work ahead. */
  advance(tip: Tip): void
  /** The tip was not written: the next block is another child of the head. */
  fallBack(): void
  /** Moves the head to the tip, which is on disk, then tells the listeners. */
  announce(state: HeadState, receipts: readonly Receipt[]): void
  /** @returns a function that removes the listener */
  onHead(listener: (event: HeadEvent) => void): () => void
  /** @returns a function that removes the listener */
  onTip(listener: (tip: Tip) => void): () => void
}

/** @param initial the head found on disk */
export function createHead(initial: HeadState, logger: Logger): Head {
  const emitter = new Emitter<{ head: HeadEvent; tip: Tip }>()
  let current = initial
  let tip = tipOf(initial)
  /** The block goes its way, whatever a listener makes of it. */
  const tell = (what: 'head' | 'tip', emit: () => void): void => {
    try {
      emit()
    } catch (error) {
      logger.error(`${what} listener failed`, { height: tip.header.number, error })
    }
  }
  return {
    current: () => current,
    tip: () => tip,
    advance(next) {
      tip = next
      tell('tip', () => emitter.emit('tip', next))
    },
    fallBack() {
      tip = tipOf(current)
    },
    announce(state, receipts) {
      current = state
      tip = tipOf(state)
      tell('head', () => emitter.emit('head', { block: state.block, receipts }))
    },
    onHead: (listener) => emitter.on('head', listener),
    onTip: (listener) => emitter.on('tip', listener),
  }
}

function tipOf({ block: { hash, header, transactions }, validatorState }: HeadState): Tip {
  return { hash, header, transactions, validatorState }
}
