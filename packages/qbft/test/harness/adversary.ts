// Validators under one evil mind: they see everything, sign as themselves only, and say what harms most.
import { present } from '@busan/primitives'
import { highestPrepared } from '../../src/justification.ts'
import { proposer } from '../../src/proposer.ts'
import type {
  Message,
  PreparePayload,
  RoundChangePayload,
  Signed,
  Validator,
} from '../../src/types.ts'
import {
  commitOf,
  type FakeBlock,
  fakeBlock,
  fakeRules,
  prepareOf,
  proposalOf,
  roundChangeOf,
} from './fake-blocks.ts'
import type { Network } from './network.ts'
import type { Random } from './random.ts'

/** Rounds that the adversary meddles with. */
const ROUNDS = 5

export type Adversary = ReturnType<typeof createAdversary>

export function createAdversary(network: Network, liars: readonly Validator[], random: Random) {
  const { validators, parentCoinbase } = network
  const said: Message<FakeBlock>[] = []
  let blocksMade = 0

  function say(message: Message<FakeBlock>): void {
    said.push(message)
    for (const [index, to] of validators.entries()) {
      if (network.nodes.has(to) && random.chance(0.6)) network.inject(index, message)
    }
  }

  const heard = (): readonly Message<FakeBlock>[] => [...network.history, ...said]

  function blocksSeen(): readonly FakeBlock[] {
    return heard().flatMap((message) =>
      message.type === 'proposal' ? [message.proposal.payload.block] : [],
    )
  }

  /** The blocks that votes can still matter for. */
  const recentBlocks = () => blocksSeen().slice(-4)

  function voteForAnything(liar: Validator): void {
    const blocks = recentBlocks()
    if (blocks.length === 0) return
    const block = random.pick(blocks)
    say(prepareOf(block, liar))
    say(commitOf(block, liar))
  }

  /** Prepares that validators have really sent, and the liars' own, enough for a certificate or not. */
  function preparesFor(block: FakeBlock): readonly Signed<PreparePayload>[] {
    const digest = fakeRules.digest(block)
    const byAuthor = new Map(liars.map((liar) => [liar, prepareOf(block, liar).prepare]))
    for (const message of heard()) {
      if (message.type !== 'prepare' || message.prepare.payload.digest !== digest) continue
      byAuthor.set(message.prepare.author, message.prepare)
    }
    return [...byAuthor.values()]
  }

  function lieAboutTheLock(liar: Validator): void {
    const rounds = [...network.nodes.values()].map((node) => node.state.round)
    const target = Math.max(1, random.pick(rounds) + random.below(2))
    const blocks = blocksSeen()
    if (blocks.length === 0 || random.chance(0.6)) {
      say(roundChangeOf(target, liar))
      return
    }
    const block = random.pick(blocks)
    const preparers = preparesFor(block).map((prepare) => prepare.author)
    say(roundChangeOf(target, liar, { block, preparers }))
  }

  /** Two proposals for one round, each with whatever subset of round changes allows most freedom. */
  function equivocate(): void {
    const round = random.below(ROUNDS)
    const author = proposer(validators, parentCoinbase, round)
    if (!liars.includes(author)) return
    for (let i = 0; i < 2; i++) say(propose(round, author))
  }

  function propose(round: number, author: Validator): Message<FakeBlock> {
    blocksMade += 1
    const fresh = fakeBlock(`evil${blocksMade}`, round, author)
    if (round === 0) return proposalOf(fresh, author)
    const roundChanges = roundChangesTo(round)
    const prepared = highestPrepared(roundChanges)
    const locked = blocksSeen().find((block) => fakeRules.digest(block) === prepared?.digest)
    if (locked === undefined) return proposalOf(fresh, author, { roundChanges })
    const block = fakeRules.withRound(locked, round)
    return proposalOf(block, author, { roundChanges, prepares: preparesFor(locked) })
  }

  function roundChangesTo(round: number): readonly Signed<RoundChangePayload>[] {
    const byAuthor = new Map(liars.map((liar) => [liar, roundChangeOf(round, liar).roundChange]))
    for (const message of heard()) {
      if (message.type !== 'round-change') continue
      const { roundChange } = message
      if (roundChange.payload.round === round && !liars.includes(roundChange.author)) {
        byAuthor.set(roundChange.author, roundChange)
      }
    }
    const quorum = Math.ceil((2 * validators.length) / 3)
    const unlockedFirst = [...byAuthor.values()].sort(
      (a, b) => (a.payload.prepared?.round ?? -1) - (b.payload.prepared?.round ?? -1),
    )
    return unlockedFirst.slice(0, quorum)
  }

  return {
    act: (): void => {
      if (liars.length === 0) return
      const liar = random.pick(liars)
      const deed = random.below(4)
      if (deed === 0) equivocate()
      else if (deed === 1) voteForAnything(liar)
      else if (deed === 2) lieAboutTheLock(liar)
      else if (network.history.length > 0) {
        const to = present(validators.indexOf(random.pick([...network.nodes.keys()])), 'receiver')
        network.inject(to, random.pick(network.history))
      }
    },
  }
}
