import type { Hex } from '@busan/primitives'
import type {
  ExecutionListener,
  MessageEnd,
  MessageKind,
  SentMessage,
} from '../interpreter/ports.ts'
import type { Log } from '../types.ts'
import { DEAF_LISTENER, type SizeBudget } from './tracer.ts'

/** A message and all that it led to. */
export interface CallFrame {
  readonly kind: MessageKind
  readonly from: Hex
  readonly to: Hex
  readonly input: Uint8Array
  readonly gas: bigint
  readonly value: bigint | undefined
  gasUsed: bigint
  /** Return data, deployed code or revert bytes; empty after any other failure. */
  output: Uint8Array
  /** geth's words; undefined: it succeeded. */
  error: string | undefined
  readonly calls: CallFrame[]
  readonly logs: CallLog[]
}

/** A log, with its place between the messages that the frame has sent. */
export interface CallLog extends Log {
  /** Messages that were sent before it. */
  readonly position: number
}

/** geth's words for a revert, the one failure that gives something back. */
export const REVERTED = 'execution reverted'

/** Characters of JSON that a frame takes beside its data. */
const FRAME_SIZE = 300

/** Gathers the tree of messages of one transaction. */
export interface CallCollector {
  readonly listener: ExecutionListener
  /** The transaction's own message. @throws TypeError before it has ended */
  root(): CallFrame
}

/** What a collector leaves out or takes in. */
export interface CallCollectorOptions {
  readonly onlyTopCall?: boolean
  readonly withLog?: boolean
}

/** Gathers messages, and logs when asked for; steps are not needed. */
export function createCallCollector(
  { onlyTopCall = false, withLog = false }: CallCollectorOptions,
  budget: SizeBudget,
): CallCollector {
  const stack: CallFrame[] = []
  let root: CallFrame | undefined
  let depth = 0

  const messageStarts = (message: SentMessage): void => {
    if (onlyTopCall && depth++ > 0) return
    budget.spend(FRAME_SIZE + 2 * message.input.length)
    const frame: CallFrame = {
      ...message,
      gasUsed: 0n,
      output: new Uint8Array(0),
      error: undefined,
      calls: [],
      logs: [],
    }
    stack.at(-1)?.calls.push(frame)
    stack.push(frame)
  }

  const messageEnds = ({ output, gasUsed, error }: MessageEnd): void => {
    if (onlyTopCall && --depth > 0) return
    const frame = stack.pop()
    if (frame === undefined) return
    frame.gasUsed = gasUsed
    frame.error = error
    if (error === undefined || error === REVERTED) frame.output = output
    budget.spend(2 * frame.output.length)
    if (stack.length === 0) root = frame
  }

  const logged: ExecutionListener['logged'] = (log) => {
    const frame = stack.at(-1)
    if (!withLog || frame === undefined || (onlyTopCall && depth > 1)) return
    budget.spend(FRAME_SIZE + log.data.length)
    frame.logs.push({ ...log, position: frame.calls.length })
  }

  return {
    listener: { ...DEAF_LISTENER, messageStarts, messageEnds, logged },
    root: () => {
      if (root === undefined) throw new TypeError('the transaction has not ended')
      return root
    },
  }
}

/** True for CREATE and CREATE2. */
export function isCreation({ kind }: Pick<CallFrame, 'kind'>): boolean {
  return kind === 'CREATE' || kind === 'CREATE2'
}
