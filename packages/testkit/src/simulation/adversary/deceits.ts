// How a liar treats what its own validator sends. The validator behind it is a real one, so that whatever a deceit
// leaves alone is as convincing as an honest message.
import type { Block } from '@busan/chain-spec'
import { keccak256, present } from '@busan/primitives'
import { blockRules, type Message, type PreparePayload, quorum, type Signed } from '@busan/qbft'
import type { SeededRandom } from '../../seeded-random.ts'
import type { ValidatorKey } from '../../validator-keys.ts'
import {
  forgeCommit,
  forgePrepare,
  forgeProposal,
  forgeRoundChange,
  forgeSeal,
  variantOf,
  withHighS,
} from './forgery.ts'
import type { HeightFacts, Knowledge } from './knowledge.ts'

/** A message on its way to some nodes. */
export interface Outgoing {
  readonly message: Message<Block>
  readonly to: readonly number[]
  /** Proposals go with the hashes of their transactions. */
  readonly isCompact?: boolean
}

/** What a deceit works with. */
export interface DeceitScene {
  readonly key: ValidatorKey
  readonly knowledge: Knowledge
  readonly facts: HeightFacts
  readonly random: SeededRandom
}

type Deceit = (scene: DeceitScene, outgoing: Outgoing) => readonly Outgoing[]

/** The menu, by name. */
export const DECEITS = {
  silent: () => [],
  'silent leader': (_, outgoing) => (outgoing.message.type === 'proposal' ? [] : [outgoing]),
  'no votes': (_, outgoing) =>
    outgoing.message.type === 'prepare' || outgoing.message.type === 'commit' ? [] : [outgoing],
  selective: ({ random }, { message, to }) => [
    { message, to: to.filter(() => random.chance(0.5)) },
  ],
  'commits to one': ({ random }, { message, to }) =>
    message.type === 'commit' && to.length > 0
      ? [{ message, to: [random.pick(to)] }]
      : [{ message, to }],
  equivocating,
  'unjustified leader': unjustified,
  'wrong round in the header': wrongRound,
  'invalid block': invalidBlock,
  'false seal': falseSeal,
  'lock denied': lockDenied,
  'lock invented': lockInvented,
  /** Proposals name their transactions, and nobody is given them: liars answer no questions. */
  'withheld transactions': (_, outgoing) => [{ ...outgoing, isCompact: true }],
} as const satisfies Record<string, Deceit>

export type DeceitName = keyof typeof DECEITS

/** Every deceit's name. */
export const DECEIT_NAMES = Object.keys(DECEITS) as readonly DeceitName[]

/** One block for some, another for the others, and the liars' votes for each to those who have it. */
function equivocating(scene: DeceitScene, { message, to }: Outgoing): readonly Outgoing[] {
  if (message.type !== 'proposal') return [{ message, to }]
  const { key, random, knowledge } = scene
  const { payload } = message.proposal
  const { height, round, block } = payload
  const isLocked = message.prepares.length > 0
  const other = isLocked ? block : variantOf(block, random.below(256))
  const second = forgeProposal(key, { height, round }, other, message)
  const half = to.filter(() => random.chance(0.5))
  const rest = random.chance(0.3) ? to : to.filter((node) => !half.includes(node))
  const votes = (on: Block, nodes: readonly number[]) =>
    knowledge.liars.flatMap((liar) => [
      { message: forgePrepare(liar, { height, round }, blockRules.digest(on)), to: nodes },
      { message: forgeCommit(liar, { height, round }, blockRules.digest(on)), to: nodes },
    ])
  return [
    { message, to: half },
    { message: second, to: rest },
    ...votes(block, half),
    ...votes(other, rest),
  ]
}

/** A block of its own after a round change, whatever others are locked on. */
function unjustified(scene: DeceitScene, { message, to }: Outgoing): readonly Outgoing[] {
  if (message.type !== 'proposal' || message.proposal.payload.round === 0) return [{ message, to }]
  const { key, knowledge, random, facts } = scene
  const { height, round, block } = message.proposal.payload
  const needed = quorum(facts.validators.length)
  const all = knowledge.roundChangesTo({ height, round })
  const unlockedFirst = [...all].sort(
    (a, b) => (a.payload.prepared?.round ?? -1) - (b.payload.prepared?.round ?? -1),
  )
  const own = { ...block, header: { ...block.header, coinbase: key.address } }
  const fresh = variantOf(own, random.below(256))
  const first = unlockedFirst.slice(0, 1)
  const roundChanges = [
    unlockedFirst.slice(0, needed),
    unlockedFirst.slice(0, Math.max(1, needed - 1)),
    new Array(needed).fill(first[0]).filter((one) => one !== undefined),
    knowledge.roundChangesTo({ height, round: Math.max(1, round - 1) }).slice(0, needed),
    [],
  ][random.below(5)]
  const forged = forgeProposal(key, { height, round }, fresh, { roundChanges: roundChanges ?? [] })
  return [{ message: forged, to }]
}

function wrongRound({ key, random }: DeceitScene, { message, to }: Outgoing): readonly Outgoing[] {
  if (message.type !== 'proposal') return [{ message, to }]
  const { height, round, block } = message.proposal.payload
  const wrong = blockRules.withRound(block, round + 1 + random.below(3))
  return [{ message: forgeProposal(key, { height, round }, wrong, message), to }]
}

/** A block that nobody may accept: a time before its parent's, or a list of validators of its own. */
function invalidBlock({ key }: DeceitScene, { message, to }: Outgoing): readonly Outgoing[] {
  if (message.type !== 'proposal' || message.prepares.length > 0) return [{ message, to }]
  const { height, round, block } = message.proposal.payload
  const early = { ...block, header: { ...block.header, timestamp: block.header.timestamp - 100n } }
  return [{ message: forgeProposal(key, { height, round }, early, message), to }]
}

function falseSeal({ key, random }: DeceitScene, { message, to }: Outgoing): readonly Outgoing[] {
  if (message.type !== 'commit') return [{ message, to }]
  const { seal } = message.commit.payload
  const foreign = key.sign(keccak256(seal))
  const forged = forgeSeal(key, message, random.chance(0.5) ? foreign : withHighS(seal))
  return [{ message: forged, to }]
}

/** Asks for a round as if it had prepared nothing. */
function lockDenied({ key }: DeceitScene, { message, to }: Outgoing): readonly Outgoing[] {
  if (message.type !== 'round-change') return [{ message, to }]
  return [{ message: forgeRoundChange(key, message.roundChange.payload), to }]
}

/** Claims a lock that the prepares do not prove: too few, one many times, or of a round that is yet to come. */
function lockInvented(scene: DeceitScene, { message, to }: Outgoing): readonly Outgoing[] {
  if (message.type !== 'round-change') return [{ message, to }]
  const { key, knowledge, random, facts } = scene
  const { height, round } = message.roundChange.payload
  const blocks = knowledge.blocks(height)
  if (blocks.length === 0) return [{ message, to }]
  const original = random.pick(blocks)
  const block = random.chance(0.5) ? variantOf(original, random.below(256)) : original
  const digest = blockRules.digest(block)
  const own = knowledge.preparesFor(block)
  const needed = quorum(facts.validators.length)
  const repeated: Signed<PreparePayload>[] = new Array(needed).fill(present(own[0], 'own prepare'))
  const prepares = random.chance(0.5) ? own : repeated
  const preparedRound = random.chance(0.3) ? round : blockRules.round(block)
  const certificate = { round: preparedRound, digest, block, prepares }
  return [{ message: forgeRoundChange(key, { height, round }, certificate), to }]
}
