// What the liars know between them: every message that anyone has sent, and their own keys.
import type { Block } from '@busan/chain-spec'
import type { Address, Hash } from '@busan/primitives'
import {
  blockRules,
  type Message,
  type PreparedCertificate,
  type PreparePayload,
  quorum,
  type RoundChangePayload,
  type Signed,
  signedPart,
  type Validator,
} from '@busan/qbft'
import type { ValidatorKey } from '../../validator-keys.ts'
import { forgePrepare, forgeRoundChange, type Place } from './forgery.ts'

/** What is known of the height that the honest nodes work on. */
export interface HeightFacts {
  readonly height: bigint
  readonly validators: readonly Validator[]
  readonly parentCoinbase: Address
}

/** The liars' common memory. */
export interface Knowledge {
  readonly liars: readonly ValidatorKey[]
  hear(message: Message<Block>): void
  /** Everything heard, of all heights, oldest first. */
  heard(): readonly Message<Block>[]
  /** What was heard of one height. */
  at(height: bigint): readonly Message<Block>[]
  /** Blocks proposed at a height, in any round. */
  blocks(height: bigint): readonly Block[]
  /** Prepares for a block in its round: those heard and the liars' own. */
  preparesFor(block: Block): readonly Signed<PreparePayload>[]
  /** Round changes to a round: those heard, and the liars' without a lock. */
  roundChangesTo(place: Place): readonly Signed<RoundChangePayload>[]
  /** A certificate that honest validators and liars have made possible; of the highest round. */
  certificate(facts: HeightFacts): PreparedCertificate<Block> | undefined
}

const HEARD_MAX = 4000

/** Knows nothing yet. */
export function createKnowledge(liars: readonly ValidatorKey[]): Knowledge {
  const heard: Message<Block>[] = []
  const at = (height: bigint) =>
    heard.filter((message) => signedPart(message).payload.height === height)
  const blocks = (height: bigint) =>
    at(height).flatMap((message) =>
      message.type === 'proposal' ? [message.proposal.payload.block] : [],
    )
  const preparesFor = (block: Block) => preparesOf(liars, at(blockRules.height(block)), block)
  return {
    liars,
    hear(message) {
      if (heard.length < HEARD_MAX) heard.push(message)
    },
    heard: () => heard,
    at,
    blocks,
    preparesFor,
    roundChangesTo: (place) => roundChangesOf(liars, at(place.height), place),
    certificate({ height, validators }) {
      const candidates = [...blocks(height)].sort(
        (a, b) => blockRules.round(b) - blockRules.round(a),
      )
      for (const block of candidates) {
        const prepares = preparesFor(block)
        if (prepares.length < quorum(validators.length)) continue
        const digest = blockRules.digest(block)
        return { round: blockRules.round(block), digest, block, prepares }
      }
      return undefined
    },
  }
}

function preparesOf(
  liars: readonly ValidatorKey[],
  heard: readonly Message<Block>[],
  block: Block,
): readonly Signed<PreparePayload>[] {
  const digest: Hash = blockRules.digest(block)
  const place = { height: blockRules.height(block), round: blockRules.round(block) }
  const byAuthor = new Map<Validator, Signed<PreparePayload>>()
  for (const liar of liars) {
    const message = forgePrepare(liar, place, digest)
    if (message.type === 'prepare') byAuthor.set(liar.address, message.prepare)
  }
  for (const message of heard) {
    if (message.type !== 'prepare' || message.prepare.payload.digest !== digest) continue
    byAuthor.set(message.prepare.author, message.prepare)
  }
  return [...byAuthor.values()]
}

function roundChangesOf(
  liars: readonly ValidatorKey[],
  heard: readonly Message<Block>[],
  place: Place,
): readonly Signed<RoundChangePayload>[] {
  const byAuthor = new Map<Validator, Signed<RoundChangePayload>>()
  for (const message of heard) {
    if (message.type !== 'round-change') continue
    const { author, payload } = message.roundChange
    if (payload.round === place.round) byAuthor.set(author, message.roundChange)
  }
  for (const liar of liars) {
    const message = forgeRoundChange(liar, place)
    if (message.type === 'round-change') byAuthor.set(liar.address, message.roundChange)
  }
  return [...byAuthor.values()]
}
