// Breaks of proposals, their justification, and the way from round to round.
import type { Block } from '@busan/chain-spec'
import type { HeightState, Message, ProposalMessage, Signed } from '@busan/qbft'
import { proposer } from '@busan/qbft'
import { believing, type ListedMutation, retrying, rewriting, stepBelieving } from './breaking.ts'
import { otherBlock } from './scene.ts'

const BYZANTINE = { theme: 'byzantine', validatorCount: 4 } as const
const STORM = { theme: 'storm', validatorCount: 4 } as const

const isRoundChange = (input: {
  readonly type: string
  readonly message?: { readonly type: string }
}) => input.type === 'message' && input.message?.type === 'round-change'

const distinct = <One extends Signed<unknown>>(signed: readonly One[]): readonly One[] => [
  ...new Map(signed.map((one) => [one.author, one])).values(),
]

function asMessage(message: ProposalMessage<Block>) {
  return { type: 'message', message } as const
}

/** What the leader of the present round might have been, had the last block been made by someone else. */
function parentThatMakesLeader(state: HeightState<Block>, message: Message<Block>) {
  if (message.type !== 'proposal') return undefined
  const { author, payload } = message.proposal
  return state.validators.find((one) => proposer(state.validators, one, payload.round) === author)
}

/** See {@link ListedMutation}. */
export const ROUND_MUTATIONS: readonly ListedMutation[] = [
  {
    name: 'a proposal needs no justification',
    rule: 'I2, S5: a later proposal honours the highest lock of a quorum',
    choice: BYZANTINE,
    mutation: retrying('unjustified-proposal', (honest, { state, message, rules }) => {
      if (message.type !== 'proposal') return undefined
      const bare = { ...message, roundChanges: [], prepares: [] }
      return stepBelieving(honest, { state, input: asMessage(bare), rules }, { quorum: 0 })
    }),
  },
  {
    name: 'round changes of one author count many times',
    rule: 'I2: a justification holds a quorum of distinct authors',
    choice: BYZANTINE,
    mutation: retrying('unjustified-proposal', (honest, { state, message, rules }) => {
      if (message.type !== 'proposal' || message.roundChanges.length < state.quorum)
        return undefined
      const roundChanges = distinct(message.roundChanges)
      if (roundChanges.length === message.roundChanges.length) return undefined
      const input = asMessage({ ...message, roundChanges })
      return stepBelieving(honest, { state, input, rules }, { quorum: roundChanges.length })
    }),
  },
  {
    name: 'round changes of strangers count',
    rule: 'I2: a justification holds a quorum of validators',
    choice: BYZANTINE,
    mutation: retrying('unjustified-proposal', (honest, { state, message, rules }) => {
      if (message.type !== 'proposal') return undefined
      const { payload, author } = message.proposal
      if (proposer(state.validators, state.parentCoinbase, payload.round) !== author)
        return undefined
      const members = message.roundChanges.filter((one) => state.validators.includes(one.author))
      if (members.length === message.roundChanges.length) return undefined
      if (message.roundChanges.length < state.quorum) return undefined
      const input = asMessage({ ...message, roundChanges: members })
      return stepBelieving(honest, { state, input, rules }, { quorum: members.length })
    }),
  },
  {
    name: 'a proposal of anyone is accepted',
    rule: 'I2: the author is the proposer of the round',
    choice: BYZANTINE,
    mutation: retrying('not-the-proposer', (honest, { state, message, rules }) => {
      const parentCoinbase = parentThatMakesLeader(state, message)
      if (parentCoinbase === undefined) return undefined
      const input = { type: 'message', message } as const
      return stepBelieving(honest, { state, input, rules }, { parentCoinbase })
    }),
  },
  {
    name: "the round in the block's header is not looked at",
    rule: 'I2: the header carries the round of its proposal',
    choice: BYZANTINE,
    mutation: {
      step: (honest) => (state, input, rules) => {
        if (input.type !== 'message' || input.message.type !== 'proposal') {
          return honest(state, input, rules)
        }
        const { round } = input.message.proposal.payload
        return honest(state, input, { ...rules, round: () => round })
      },
    },
  },
  {
    name: 'a second proposal of the round is accepted, and prepared',
    rule: 'I1: at most one digest is prepared in a round',
    choice: BYZANTINE,
    mutation: retrying('equivocation', (honest, { state, message, rules }) => {
      if (message.type !== 'proposal') return undefined
      const sent = { ...state.sent, prepare: undefined }
      const prepares = new Map(
        [...state.prepares].map(([round, votes]) => [
          round,
          new Map([...votes].filter(([author]) => author !== state.self)),
        ]),
      )
      return honest(
        { ...state, candidates: [], sent, prepares },
        { type: 'message', message },
        rules,
      )
    }),
  },
  {
    name: 'a proposal is prepared before its block was checked',
    rule: 'I2: prepare after the block was found valid',
    mutation: rewriting((effect, { height, round, candidates }) => {
      if (effect.type !== 'check-block') return [effect]
      const digest = candidates.at(-1)?.digest
      if (digest === undefined) return [effect]
      const payload = { type: 'prepare', height, round, digest } as const
      return [{ type: 'broadcast', message: { type: 'prepare', payload } }, effect]
    }),
  },
  {
    name: 'an old proposal brings its round back',
    rule: 'I7: rounds never go down',
    mutation: retrying('stale-round', (honest, { state, message, rules }) => {
      if (message.type !== 'proposal') return undefined
      const { round } = message.proposal.payload
      return honest({ ...state, round, candidates: [] }, { type: 'message', message }, rules)
    }),
  },
  {
    name: 'a certificate is taken at its word',
    rule: 'I6: a round change proves its lock',
    choice: BYZANTINE,
    mutation: retrying('unproven-round-change', (honest, { state, message, rules }) => {
      if (message.type !== 'round-change') return undefined
      const { height, round } = message.roundChange.payload
      const payload = { type: 'round-change', height, round } as const
      const bare = { ...message.roundChange, payload }
      const taken = honest(
        state,
        { type: 'message', message: { type: 'round-change', roundChange: bare, prepares: [] } },
        rules,
      )
      const roundChanges = new Map(taken.state.roundChanges).set(bare.author, message)
      return { ...taken, state: { ...taken.state, roundChanges } }
    }),
  },
  {
    name: 'the leader ignores what others are locked on',
    rule: 'S5: the block of the highest lock is proposed again',
    choice: STORM,
    mutation: rewriting((effect) => {
      if (effect.type !== 'broadcast' || effect.message.type !== 'proposal') return [effect]
      const { message } = effect
      if (message.prepares.length === 0) return [effect]
      const payload = { ...message.payload, block: otherBlock(message.payload.block) }
      return [{ type: 'broadcast', message: { ...message, payload } }]
    }),
  },
  {
    name: 'the leader proposes with one round change too few',
    rule: 'S5: a quorum of round changes justifies a proposal',
    choice: STORM,
    mutation: rewriting((effect) => {
      if (effect.type !== 'broadcast' || effect.message.type !== 'proposal') return [effect]
      const { message } = effect
      const roundChanges = message.roundChanges.slice(1)
      return [{ type: 'broadcast', message: { ...message, roundChanges } }]
    }),
  },
  {
    name: 'the leader proposes two blocks',
    rule: 'one voice: one proposal of a leader in a round',
    mutation: rewriting((effect) => {
      if (effect.type !== 'broadcast' || effect.message.type !== 'proposal') return [effect]
      const { message } = effect
      const payload = { ...message.payload, block: otherBlock(message.payload.block) }
      return [effect, { type: 'broadcast', message: { ...message, payload } }]
    }),
  },
  {
    name: 'f + 1 round changes ahead do not let us catch up',
    rule: 'L1: all honest validators come to one round',
    choice: { theme: 'partition' },
    mutation: believing((state, input) =>
      isRoundChange(input) ? { faulty: state.validators.length } : undefined,
    ),
  },
  {
    name: 'one round change ahead is enough to follow it',
    rule: 'a liar alone moves nobody',
    choice: BYZANTINE,
    mutation: believing((_, input) => (isRoundChange(input) ? { faulty: 0 } : undefined)),
  },
  {
    name: 'the round timer is never started',
    rule: 'L2: a round with a silent leader ends',
    mutation: rewriting((effect) => (effect.type === 'start-round-timer' ? [] : [effect])),
  },
  {
    name: 'a round is left without telling anyone',
    rule: 'L2: whoever enters a round asks for it',
    mutation: rewriting((effect) =>
      effect.type === 'broadcast' && effect.message.type === 'round-change' ? [] : [effect],
    ),
  },
  {
    name: 'nothing is built after a round change',
    rule: 'L2: the leader of a later round proposes',
    mutation: rewriting((effect) =>
      effect.type === 'build-block' && effect.round > 0 ? [] : [effect],
    ),
  },
  {
    name: 'the decision is not carried out',
    rule: 'L2: a committed block is imported',
    mutation: rewriting((effect) => (effect.type === 'commit-block' ? [] : [effect])),
  },
]
