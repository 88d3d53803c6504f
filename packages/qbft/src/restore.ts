// What a restarted validator must remember, so that it never contradicts what it has signed.
import { CodedError, type Hash } from '@busan/primitives'
import type { Message, PreparedCertificate, Validator } from './types.ts'

/**
 * What a journal holds of an unfinished height. Written and synced before the message goes out: own messages
 * as they were signed, and with a commit the certificate (`state.prepared`) that it rests on.
 */
export interface Restored<B> {
  /** The last round known to have been entered; the messages may prove a later one. */
  readonly round: number
  readonly prepared?: PreparedCertificate<B>
  /** Own messages of this height in the order in which they were signed. */
  readonly messages: readonly Message<B>[]
}

/** What has gone out in the current round; for votes, the digest that they are for. */
export interface SentInRound {
  readonly proposal: boolean
  readonly prepare: Hash | undefined
  readonly commit: Hash | undefined
  readonly roundChange: boolean
}

/** Nothing sent in this round. */
export const NOTHING_SENT: SentInRound = {
  proposal: false,
  prepare: undefined,
  commit: undefined,
  roundChange: false,
}

/** The part of a height's state that outlives a restart. */
export interface Memory<B> {
  readonly round: number
  readonly prepared: PreparedCertificate<B> | undefined
  readonly sent: SentInRound
}

/**
 * Reads the journal's record of a height.
 * @throws CodedError `invalid-restored-state` for messages of others or of another height, two different votes
 * in one round, or a commit without its certificate
 */
export function memoryOf<B>(
  self: Validator,
  height: bigint,
  restored: Restored<B> | undefined,
): Memory<B> {
  if (restored === undefined) return { round: 0, prepared: undefined, sent: NOTHING_SENT }
  const { messages } = restored
  for (const message of messages) requireOwn(message, self, height)
  const prepared = latestCertificate(restored)
  requireCertificate(messages, prepared)
  const rounds = messages.map((message) => signedPart(message).payload.round)
  const round = Math.max(restored.round, prepared?.round ?? 0, ...rounds)
  return { round, prepared, sent: sentInRound(messages, round) }
}

/** The signed part of any message. */
export function signedPart<B>(message: Message<B>) {
  switch (message.type) {
    case 'proposal':
      return message.proposal
    case 'prepare':
      return message.prepare
    case 'commit':
      return message.commit
    case 'round-change':
      return message.roundChange
  }
}

function requireOwn<B>(message: Message<B>, self: Validator, height: bigint): void {
  const { author, payload } = signedPart(message)
  if (author === self && payload.height === height) return
  const found = `a ${message.type} of height ${payload.height} by ${author}`
  throw invalid(`journal of ${self} at height ${height} holds ${found}`)
}

/** Own round changes carry the certificate too: whichever is of the highest round counts. */
function latestCertificate<B>(restored: Restored<B>): PreparedCertificate<B> | undefined {
  let latest = restored.prepared
  for (const message of restored.messages) {
    if (message.type !== 'round-change' || message.block === undefined) continue
    const { prepared } = message.roundChange.payload
    if (prepared === undefined || (latest !== undefined && latest.round >= prepared.round)) continue
    latest = { ...prepared, block: message.block, prepares: message.prepares }
  }
  return latest
}

function requireCertificate<B>(
  messages: readonly Message<B>[],
  prepared: PreparedCertificate<B> | undefined,
): void {
  for (const message of messages) {
    if (message.type !== 'commit') continue
    const { round, digest } = message.commit.payload
    if (prepared !== undefined && prepared.round > round) continue
    if (prepared?.round === round && prepared.digest === digest) continue
    throw invalid(`a commit was sent in round ${round} and its certificate is not in the journal`)
  }
}

function sentInRound<B>(messages: readonly Message<B>[], round: number): SentInRound {
  let sent = NOTHING_SENT
  for (const message of messages) {
    if (signedPart(message).payload.round !== round) continue
    switch (message.type) {
      case 'proposal':
        sent = { ...sent, proposal: true }
        break
      case 'prepare':
        sent = { ...sent, prepare: sameVote(sent.prepare, message.prepare.payload.digest) }
        break
      case 'commit':
        sent = { ...sent, commit: sameVote(sent.commit, message.commit.payload.digest) }
        break
      case 'round-change':
        sent = { ...sent, roundChange: true }
    }
  }
  return sent
}

function sameVote(earlier: Hash | undefined, digest: Hash): Hash {
  if (earlier === undefined || earlier === digest) return digest
  throw invalid(`the journal holds votes for ${earlier} and for ${digest} in one round`)
}

function invalid(message: string): CodedError {
  return new CodedError('invalid-restored-state', `${message}: do not run this validator`)
}
