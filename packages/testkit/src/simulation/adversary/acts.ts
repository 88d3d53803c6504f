// What a liar says of its own accord, at any moment.
import type { Block } from '@busan/chain-spec'
import { type Hash, keccakHash } from '@busan/primitives'
import {
  blockRules,
  type Message,
  type PreparedCertificate,
  proposer,
  quorum,
  withSeals,
} from '@busan/qbft'
import type { SeededRandom } from '../../seeded-random.ts'
import type { ValidatorKey } from '../../validator-keys.ts'
import { forgeCommit, forgePrepare, forgeProposal, forgeRoundChange, variantOf } from './forgery.ts'
import type { HeightFacts, Knowledge } from './knowledge.ts'

/** What an act works with. */
export interface ActScene {
  readonly key: ValidatorKey
  readonly knowledge: Knowledge
  readonly facts: HeightFacts
  readonly random: SeededRandom
  /** The round that the honest nodes are in, the highest of them. */
  readonly round: number
  /** Keys that are in no set. */
  readonly strangers: readonly ValidatorKey[]
  /** To a part of the nodes, or all of them. */
  readonly say: (message: Message<Block>) => void
  readonly sayBlock: (block: Block) => void
}

type Act = (scene: ActScene) => void

/** The menu, by name. */
export const ACTS = {
  'vote for anything': voteForAnything,
  replay,
  'spam future rounds': spamRounds,
  'spam future heights': spamHeights,
  'ask for a round': askForRound,
  'second proposal': secondProposal,
  'proposal out of turn': proposalOutOfTurn,
  'strangers vote': strangersVote,
  'false justification': falseJustification,
  'forged block': forgedBlock,
} as const satisfies Record<string, Act>

export type ActName = keyof typeof ACTS

/** Every act's name. */
export const ACT_NAMES = Object.keys(ACTS) as readonly ActName[]

const speak = ({ say }: ActScene, message: Message<Block>) => say(message)

/** A block that votes can still matter for. */
function recentBlock({ knowledge, facts, random }: ActScene): Block | undefined {
  const blocks = knowledge.blocks(facts.height).slice(-4)
  return blocks.length === 0 ? undefined : random.pick(blocks)
}

function voteForAnything(scene: ActScene): void {
  const block = recentBlock(scene)
  if (block === undefined) return
  const place = { height: scene.facts.height, round: blockRules.round(block) }
  const digest = blockRules.digest(block)
  for (const liar of scene.knowledge.liars) {
    speak(scene, forgePrepare(liar, place, digest))
    if (scene.random.chance(0.7)) speak(scene, forgeCommit(liar, place, digest))
  }
}

/** What anyone said in an earlier round or height, word for word. */
function replay(scene: ActScene): void {
  const heard = scene.knowledge.heard()
  for (let i = 0; i < 5 && heard.length > 0; i++) speak(scene, scene.random.pick(heard))
}

const SPAM_COUNT = 12
const ROUND_MAX = 2 ** 31 - 1

function spamRounds(scene: ActScene): void {
  const { key, facts, random, round } = scene
  const { height } = facts
  for (let i = 0; i < SPAM_COUNT; i++) {
    const far = round + 1 + (random.chance(0.5) ? i : random.below(ROUND_MAX - round - 1))
    const digest = digestOf(random)
    if (random.chance(0.5)) speak(scene, forgePrepare(key, { height, round: far }, digest))
    else speak(scene, forgeCommit(key, { height, round: far }, digest))
  }
  speak(scene, forgeRoundChange(key, { height, round: random.pick([ROUND_MAX, round + 3]) }))
}

function spamHeights(scene: ActScene): void {
  const { key, facts, random } = scene
  const height = facts.height + BigInt(1 + random.below(20))
  for (let round = 0; round < SPAM_COUNT; round++) {
    speak(scene, forgePrepare(key, { height, round }, digestOf(random)))
  }
}

/** Asks for a round ahead, with the best lock there is, with one that is made up, or with none. */
function askForRound(scene: ActScene): void {
  const { knowledge, facts, random, round } = scene
  const place = { height: facts.height, round: round + 1 + random.below(2) }
  const lock = random.pick([() => undefined, () => knowledge.certificate(facts), madeUpLock])(scene)
  const isProper = lock !== undefined && lock.round < place.round
  for (const liar of knowledge.liars) {
    speak(scene, forgeRoundChange(liar, place, isProper ? lock : undefined))
  }
}

/** A certificate with the liars' prepares alone. */
function madeUpLock(scene: ActScene): PreparedCertificate<Block> | undefined {
  const { knowledge, random } = scene
  const original = recentBlock(scene)
  if (original === undefined) return undefined
  const block = variantOf(original, random.below(256))
  const prepares = knowledge.preparesFor(block)
  return { round: blockRules.round(block), digest: blockRules.digest(block), block, prepares }
}

/** Another block for a round in which a liar leads. */
function secondProposal(scene: ActScene): void {
  const { knowledge, facts, random, round } = scene
  const block = recentBlock(scene)
  const leader = proposer(facts.validators, facts.parentCoinbase, round)
  const key = knowledge.liars.find(({ address }) => address === leader)
  if (block === undefined || key === undefined) return
  const header = { ...block.header, coinbase: key.address }
  const own = blockRules.withRound(variantOf({ ...block, header }, random.below(256)), round)
  const place = { height: facts.height, round }
  const needed = quorum(facts.validators.length)
  const unlockedFirst = [...knowledge.roundChangesTo(place)].sort(
    (a, b) => (a.payload.prepared?.round ?? -1) - (b.payload.prepared?.round ?? -1),
  )
  const roundChanges = round === 0 ? [] : unlockedFirst.slice(0, needed)
  speak(scene, forgeProposal(key, place, own, { roundChanges }))
}

/** A block of a liar's own in somebody else's round. */
function proposalOutOfTurn(scene: ActScene): void {
  const { key, knowledge, facts, random, round } = scene
  const block = recentBlock(scene)
  if (block === undefined) return
  const header = { ...block.header, coinbase: key.address }
  const own = blockRules.withRound(variantOf({ ...block, header }, random.below(256)), round)
  const place = { height: facts.height, round }
  const roundChanges = round === 0 ? [] : knowledge.roundChangesTo(place)
  speak(scene, forgeProposal(key, place, own, { roundChanges }))
}

function strangersVote(scene: ActScene): void {
  const block = recentBlock(scene)
  if (block === undefined) return
  const place = { height: scene.facts.height, round: blockRules.round(block) }
  for (const stranger of scene.strangers) {
    speak(scene, forgePrepare(stranger, place, blockRules.digest(block)))
    speak(scene, forgeRoundChange(stranger, { ...place, round: place.round + 1 }))
  }
}

/** A round change quorum of strangers, or of one liar many times, for a round in which a liar leads. */
function falseJustification(scene: ActScene): void {
  const { knowledge, facts, random, round, strangers } = scene
  const leaderOf = (one: number) => proposer(facts.validators, facts.parentCoinbase, one)
  const liarOf = (one: number) => knowledge.liars.find(({ address }) => address === leaderOf(one))
  const next = [round, round + 1, round + 2, round + 3].find((one) => one > 0 && liarOf(one))
  const block = recentBlock(scene)
  const key = next === undefined ? undefined : liarOf(next)
  if (block === undefined || next === undefined || key === undefined) return
  const place = { height: facts.height, round: next }
  const needed = quorum(facts.validators.length)
  const isDouble = random.chance(0.5)
  const authors = isDouble ? new Array<ValidatorKey>(needed).fill(key) : [key, ...strangers]
  const roundChanges = authors
    .map((one) => forgeRoundChange(one, place))
    .flatMap((message) => (message.type === 'round-change' ? [message.roundChange] : []))
    .slice(0, needed)
  const header = { ...block.header, coinbase: key.address }
  const own = blockRules.withRound(variantOf({ ...block, header }, random.below(256)), next)
  speak(scene, forgeProposal(key, place, own, { roundChanges }))
}

/** A block that looks decided: too few seals, one seal many times, or seals of strangers. */
function forgedBlock(scene: ActScene): void {
  const { knowledge, facts, random, strangers } = scene
  const block = recentBlock(scene)
  if (block === undefined) return
  const needed = quorum(facts.validators.length)
  const digest = blockRules.digest(block)
  const sealsOf = (keys: readonly ValidatorKey[]) =>
    keys.map((key) => forgeCommit(key, { height: facts.height, round: 0 }, digest)).map(sealIn)
  const own = sealsOf(knowledge.liars)
  const seals = [
    own,
    Array.from({ length: needed }, (_, i) => own[i % own.length] as Uint8Array),
    [...own, ...sealsOf(strangers)].slice(0, needed),
  ][random.below(3)]
  scene.sayBlock({ ...block, header: withSeals(block.header, seals ?? []) })
}

function sealIn(message: Message<Block>): Uint8Array {
  return message.type === 'commit' ? message.commit.payload.seal : new Uint8Array(65)
}

function digestOf(random: SeededRandom): Hash {
  return keccakHash(Uint8Array.of(random.below(256), random.below(256), random.below(256)))
}
