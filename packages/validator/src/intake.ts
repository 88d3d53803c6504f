import type { Block } from '@busan/chain-spec'
import { type Clock, type Hash, keccakHash, Lru } from '@busan/primitives'
import { decodeMessage, MESSAGE_SIZE_BYTES_MAX, type Message, signedPart } from '@busan/qbft'
import type { Attendance } from './attendance.ts'
import type { FutureMessage, FutureMessages } from './future-messages.ts'
import type { MessageDrop, ValidatorMetrics } from './metrics.ts'
import type { ValidatorChain, ValidatorSync } from './ports.ts'

/** What gossip does with a message: pass it on, keep it to itself, or hold it against the sender. */
export type GossipVerdict = 'accept' | 'ignore' | 'reject'

/** The way of foreign messages to the machine: decode, verify, judge, then hand on. */
export interface Intake {
  receive(bytes: Uint8Array): GossipVerdict
  /** What was heard about the height that ended is worth nothing any more. */
  headChanged(): void
}

interface IntakePorts {
  readonly chain: ValidatorChain
  readonly clock: Clock
  readonly sync: ValidatorSync
  readonly metrics: ValidatorMetrics
  readonly attendance: Attendance
  readonly future: FutureMessages
  /** Takes verified messages for the head's child. @returns false when the author has too much waiting */
  readonly deliver: (entry: FutureMessage) => boolean
  /** Looks for our own signature in what others send. @returns true when the message is ours */
  readonly inspectOwn: (message: Message<Block>) => boolean
}

/** A message that was judged; kept so that a repetition costs no signature checks. */
interface Judged {
  readonly atMs: number
  readonly verdict: GossipVerdict
  readonly message?: Message<Block>
}

/** A few rounds' worth of every message of a large set. */
const JUDGED_MAX = 512

/** Larger messages, which hold blocks, are decoded again when they are repeated: all together stay in bounds. */
const KEPT_SIZE_BYTES_MAX = 64 * 1024

/** Judges what gossip brings; see {@link Intake}. */
export function createIntake(ports: IntakePorts): Intake {
  const judged = new Lru<Hash, Judged>(JUDGED_MAX)
  return {
    receive(bytes) {
      if (bytes.length > MESSAGE_SIZE_BYTES_MAX) return 'reject'
      const key = keccakHash(bytes)
      const known = judged.get(key)
      const atMs = ports.clock.nowMs()
      if (known !== undefined && isFreshRepetition(ports, known, atMs)) {
        if (known.verdict !== 'reject') drop(ports, 'duplicate')
        return known.verdict === 'reject' ? 'reject' : 'ignore'
      }
      const { verdict, message } = judge(ports, bytes, known)
      const isKept = message !== undefined && bytes.length <= KEPT_SIZE_BYTES_MAX
      judged.set(key, { atMs, verdict, ...(isKept ? { message } : {}) })
      return verdict
    },
    headChanged: () => judged.clear(),
  }
}

/**
 * Retransmission repeats the same bytes on purpose, so that they must pass again after a while; sooner they
 * are echoes of the gossip.
 */
function isFreshRepetition({ chain }: IntakePorts, known: Judged, atMs: number): boolean {
  if (known.verdict === 'reject') return true
  const { requestTimeoutMs } = chain.spec.qbftAfter(chain.head().header)
  return atMs - known.atMs < requestTimeoutMs / 2
}

function judge(
  ports: IntakePorts,
  bytes: Uint8Array,
  known: Judged | undefined,
): { readonly verdict: GossipVerdict; readonly message?: Message<Block> } {
  if (known?.message !== undefined) {
    const repeated = { message: known.message, isRepeated: true, sizeBytes: bytes.length }
    return { verdict: place(ports, repeated), message: known.message }
  }
  const { chain } = ports
  const headNumber = chain.head().header.number
  let isStrangerForSure = false
  const decoded = decodeMessage(bytes, (author, height) => {
    if (chain.validatorState().validators.includes(author)) return true
    // The set of later heights can differ from the one we know: their strangers may be validators there.
    isStrangerForSure = height === headNumber + 1n
    return false
  })
  if (decoded.ok) {
    const isRepeated = known !== undefined
    const arrived = { message: decoded.value, isRepeated, sizeBytes: bytes.length }
    return { verdict: place(ports, arrived), message: decoded.value }
  }
  const isBad = decoded.reason !== 'unknown-author' || isStrangerForSure
  return { verdict: isBad ? 'reject' : drop(ports, 'unknown-author') }
}

interface Arrival {
  readonly message: Message<Block>
  readonly isRepeated: boolean
  readonly sizeBytes: number
}

function place(ports: IntakePorts, { message, isRepeated, sizeBytes }: Arrival): GossipVerdict {
  const { chain, attendance, clock } = ports
  const { author, payload } = signedPart(message)
  const headNumber = chain.head().header.number
  if (payload.height < headNumber) return drop(ports, 'old-height')
  if (payload.height > headNumber && ports.inspectOwn(message)) return 'ignore'
  attendance.note(message, { atMs: clock.nowMs(), isRepeated })
  // A late vote for the block that was just decided still shows that its author is there.
  if (payload.height === headNumber) return drop(ports, 'old-height')
  const entry = { message, author, height: payload.height, sizeBytes }
  if (payload.height > headNumber + 1n) return keepForLater(ports, entry)
  return ports.deliver(entry) ? 'accept' : drop(ports, 'author-limit')
}

function keepForLater(ports: IntakePorts, entry: FutureMessage): GossipVerdict {
  const { chain, sync, future } = ports
  const head = chain.head().header
  const height = head.number + 1n
  const limits = chain.spec.qbftAfter(head)
  // One height ahead is ordinary: its block is on the way to us. More means that we have missed blocks.
  if (entry.height > height + 1n) sync.noteHeight(entry.height)
  if (entry.height > height + BigInt(limits.futureMessagesMaxDistance)) {
    return drop(ports, 'too-far-ahead')
  }
  const share = Math.floor(limits.futureMessagesLimit / chain.validatorState().validators.length)
  return future.add(entry, share) ? 'accept' : drop(ports, 'future-limit')
}

function drop({ metrics }: IntakePorts, reason: MessageDrop): 'ignore' {
  metrics.messagesDropped.add(1, { reason })
  return 'ignore'
}
