// All checkers of one run behind one door. Liars are heard, only honest validators are held to the rules.
import type { Block } from '@busan/chain-spec'
import { type Hash, keccakHash } from '@busan/primitives'
import {
  type CommitPayload,
  decodeMessage,
  type Input,
  type Message,
  type ProposalMessage,
  type Signed,
  signedPart,
  type Validator,
} from '@busan/qbft'
import type { LogLine } from '../../cluster.ts'
import type { SimulatedNode } from '../node.ts'
import type { RememberedRules } from '../remembered-rules.ts'
import { createBlockWatch } from './blocks.ts'
import type { Committees } from './committees.ts'
import { createEars, type Ears } from './ears.ts'
import type { Fail } from './fail.ts'
import { proposalFault } from './justification.ts'
import { checkStep, type ObservedStep } from './machine.ts'
import { createVoice, type Voice } from './voice.ts'
import { createVoteWatch } from './votes.ts'

/** What the simulation tells its checkers. */
export interface Watch {
  /** Anything that anyone sends. */
  heard(message: Message<Block>): void
  /** An honest node has sent this message; the hash is that of its bytes. */
  sent(node: SimulatedNode, message: Message<Block>, hash: Hash): void
  /** An honest node's machine has moved. */
  stepped(node: SimulatedNode, step: ObservedStep): void
  /** An honest node has a block. */
  imported(node: SimulatedNode): void
  /** An honest node has logged something. */
  logged(node: SimulatedNode, line: LogLine): void
  /** An honest node has taken a message for a height that has not begun. */
  tookFuture(node: SimulatedNode, author: Validator, height: bigint): void
  decidedRound(height: bigint): number | undefined
}

interface Profile {
  readonly ears: Ears
  readonly voice: Voice
  /** `head author` -> height -> messages taken */
  readonly future: Map<string, Map<bigint, number>>
}

/** The toy chain's limit, shared out among the validators. */
const FUTURE_MESSAGES_LIMIT = 1000
const FUTURE_DISTANCE_MAX = 10n

/** What a run's checkers rest on. */
export interface WatchDeps {
  /** Every honest node's address. */
  readonly honest: readonly Validator[]
  readonly committees: Committees
  readonly rules: RememberedRules
  readonly fail: Fail
}

/** Nothing seen yet. */
export function createWatch(deps: WatchDeps): Watch {
  const { committees, honest, rules, fail } = deps
  const isHonest = (validator: Validator) => honest.includes(validator)
  const { blockHash } = rules.chain
  const blocks = createBlockWatch({ committees, isHonest, blockHash, fail })
  const votes = createVoteWatch(deps)
  const profiles = new Map(honest.map((self) => [self, createProfile(self, deps)]))
  const profileOf = (node: SimulatedNode) => profiles.get(node.key.address) as Profile

  /** After a power cut nobody can stand by what was signed on a block that is lost. */
  const checkGround = ({ key, blocks }: SimulatedNode, message: Message<Block>): void => {
    const { height } = signedPart(message).payload
    if (height <= BigInt(blocks.length)) return
    fail('ground', `${key.address} signed for height ${height} on a block that is not on disk`)
  }

  return {
    heard: votes.heard,
    sent(node, message, hash) {
      const profile = profileOf(node)
      if (!node.disk.hasHeld(hash)) {
        fail('journal first', `${node.key.address} sent a ${message.type} before it was on disk`)
      }
      checkGround(node, message)
      profile.voice.said(message)
      if (message.type === 'commit') {
        const { height, round, digest } = message.commit.payload
        votes.committed(height, round, digest)
        blocks.sealed(node.key.address, digest)
      }
      const accepted = acceptedBy(message, profile, committees)
      if (accepted !== undefined) votes.accepted(accepted)
    },
    stepped(node, step) {
      const { ears, voice } = profileOf(node)
      const self = node.key.address
      ears.told(step.input)
      // A commit that was on disk when the power went is in force without having been sent again.
      const commit = commitIn(step.input)
      if (commit?.author === self) blocks.sealed(self, commit.payload.digest)
      checkStep({ ears, voice, committees, fail: failFor(self, fail) }, step)
    },
    imported({ process, blocks: chain }) {
      const block = chain.at(-1)
      if (process !== undefined && block !== undefined) {
        blocks.imported(block, process.chain.validatorState())
      }
    },
    logged({ key }, { level, message, fields }) {
      if (level === 'error') fail('alarm', `${key.address}: ${message} ${wordsOf(fields)}`)
    },
    tookFuture: (node, author, height) =>
      checkFuture(profileOf(node), node, { author, height }, fail),
    decidedRound: blocks.decidedRound,
  }
}

function createProfile(self: Validator, { committees, rules, fail }: WatchDeps): Profile {
  const isMember = (height: bigint, validator: Validator) =>
    committees.at(height)?.validators.includes(validator) ?? false
  const ears = createEars({ self, isMember, rules: rules.blocks })
  const voice = createVoice({ self, ears, committees, fail: failFor(self, fail) })
  return { ears, voice, future: new Map() }
}

function failFor(self: Validator, fail: Fail): Fail {
  return (rule, message) => fail(rule, `${self} ${message}`)
}

/** Whoever prepares has accepted a proposal; its justification is what the others are held to. */
function acceptedBy(
  message: Message<Block>,
  { ears }: Profile,
  committees: Committees,
): ProposalMessage<Block> | undefined {
  if (message.type !== 'prepare') return undefined
  const { height, round, digest } = message.prepare.payload
  const facts = committees.at(height)
  return ears
    .proposals(height, round, digest)
    .find((proposal) => facts !== undefined && proposalFault(proposal, facts) === undefined)
}

function commitIn(input: Input<Block>): Signed<CommitPayload> | undefined {
  return input.type === 'message' && input.message.type === 'commit'
    ? input.message.commit
    : undefined
}

/** An author's share bounds what is kept for its nearest height, and nothing is kept for distant ones. */
function checkFuture(
  { future }: Profile,
  node: SimulatedNode,
  { author, height }: { readonly author: Validator; readonly height: bigint },
  fail: Fail,
): void {
  const head = BigInt(node.blocks.length - 1)
  const key = `${head} ${author}`
  const taken = future.get(key) ?? new Map<bigint, number>()
  taken.set(height, (taken.get(height) ?? 0) + 1)
  future.set(key, taken)
  const validators = node.process?.chain.validatorState().validators.length ?? 1
  const nearest = [...taken.keys()].reduce((low, one) => (one < low ? one : low))
  const share = Math.floor(FUTURE_MESSAGES_LIMIT / validators)
  if (height > head + 1n + FUTURE_DISTANCE_MAX) {
    fail('memory', `${node.key.address} keeps a message for ${height} at head ${head}`)
  }
  if ((taken.get(nearest) ?? 0) > share) {
    fail('memory', `${node.key.address} keeps ${taken.get(nearest)} messages of ${author}`)
  }
}

function wordsOf(fields: LogLine['fields']): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value instanceof Error ? value.message : String(value)}`)
    .join(' ')
}

/** Reads what nodes send; retransmissions repeat themselves. */
export type ReadSent = (bytes: Uint8Array) => {
  readonly message: Message<Block>
  readonly hash: Hash
}

/** A reader that throws an Error on what is not a message: then the codec is broken. */
export function createReadSent(): ReadSent {
  const known = new Map<Hash, Message<Block>>()
  return (bytes) => {
    const hash = keccakHash(bytes)
    const verdict = known.has(hash) ? undefined : decodeMessage(bytes)
    if (verdict?.ok === false) throw new Error(`sent what is not a message: ${verdict.message}`)
    const message = verdict?.value ?? (known.get(hash) as Message<Block>)
    known.set(hash, message)
    return { message, hash }
  }
}
