// Breaks of voting, of the lock and of what is counted.
import type { Block } from '@busan/chain-spec'
import type { Effect, HeightState, Message, PrepareMessage, Validator } from '@busan/qbft'
import { believing, type ListedMutation, retrying, rewriting, stepBelieving } from './breaking.ts'
import { acceptedOf, otherDigest } from './scene.ts'

const BYZANTINE = { theme: 'byzantine', validatorCount: 4 } as const
const STORM = { theme: 'storm', validatorCount: 4 } as const

const isMessage = (type: Message<Block>['type']) => (input: { type: string; message?: unknown }) =>
  input.type === 'message' && (input.message as Message<Block>).type === type
const isPrepare = isMessage('prepare')
const isCommit = isMessage('commit')

const oneLess = ({ quorum }: HeightState<Block>) => Math.max(1, quorum - 1)

const broadcasts = (effect: Effect<Block>, type: Message<Block>['type']) =>
  effect.type === 'broadcast' && effect.message.type === type

/** A place of its own for a second copy. */
function otherAuthor({ prepare }: PrepareMessage): Validator {
  return `${prepare.author} again` as Validator
}

/** See {@link ListedMutation}. */
export const VOTE_MUTATIONS: readonly ListedMutation[] = [
  {
    name: 'a quorum of one less, for everything',
    rule: 'any two quorums share an honest validator',
    mutation: believing((state) => ({ quorum: oneLess(state) })),
  },
  {
    name: 'a quorum of one less, for prepares',
    rule: 'I3: a commit rests on a quorum of prepares',
    mutation: believing((state, input) =>
      isPrepare(input) ? { quorum: oneLess(state) } : undefined,
    ),
  },
  {
    name: 'a quorum of one less, for commits',
    rule: 'S6: a decided block has a quorum of seals',
    mutation: believing((state, input) =>
      isCommit(input) ? { quorum: oneLess(state) } : undefined,
    ),
  },
  {
    name: 'the lock is lost on our own timeout',
    rule: 'I5: a round change carries the lock',
    choice: STORM,
    mutation: {
      step: (honest) => (state, input, rules) =>
        honest(
          input.type === 'round-timeout' ? { ...state, prepared: undefined } : state,
          input,
          rules,
        ),
    },
  },
  {
    name: 'the lock is lost on a jump to another round',
    rule: 'I5, as Besu loses it (a quorum of round changes, or a later proposal)',
    choice: STORM,
    mutation: {
      step: (honest) => (state, input, rules) => {
        const transition = honest(state, input, rules)
        const isJump = input.type === 'message' && transition.state.round > state.round
        return isJump ? honest({ ...state, prepared: undefined }, input, rules) : transition
      },
    },
  },
  {
    name: 'a round change says that there is no lock',
    rule: 'I5: a round change carries the lock',
    choice: STORM,
    mutation: rewriting((effect) => {
      if (effect.type !== 'broadcast' || effect.message.type !== 'round-change') return [effect]
      const { height, round } = effect.message.payload
      const payload = { type: 'round-change', height, round } as const
      return [{ type: 'broadcast', message: { type: 'round-change', payload, prepares: [] } }]
    }),
  },
  {
    name: 'the certificate is one prepare short',
    rule: 'I6: a certificate holds a quorum of prepares',
    choice: STORM,
    mutation: rewriting((effect) => {
      if (effect.type !== 'broadcast' || effect.message.type !== 'round-change') return [effect]
      const { message } = effect
      return [{ type: 'broadcast', message: { ...message, prepares: message.prepares.slice(1) } }]
    }),
  },
  {
    name: 'an earlier lock is kept in place of the later one',
    rule: 'I4: whoever commits in a round is locked in it',
    choice: { theme: 'storm' },
    mutation: {
      step: (honest) => (state, input, rules) => {
        const transition = honest(state, input, rules)
        if (state.prepared === undefined) return transition
        return { ...transition, state: { ...transition.state, prepared: state.prepared } }
      },
    },
  },
  {
    name: 'no lock is kept',
    rule: 'I4: whoever commits in a round is locked in it',
    mutation: {
      step: (honest) => (state, input, rules) => {
        const transition = honest(state, input, rules)
        return { ...transition, state: { ...transition.state, prepared: undefined } }
      },
    },
  },
  {
    name: 'a commit follows the prepare at once',
    rule: 'I3: a commit rests on a quorum of prepares',
    mutation: rewriting((effect, state) => {
      if (effect.type !== 'broadcast' || effect.message.type !== 'prepare') return [effect]
      const { digest } = effect.message.payload
      const { height, round } = state
      const payload = { type: 'commit', height, round, digest } as const
      return [effect, { type: 'broadcast', message: { type: 'commit', payload, sealHash: digest } }]
    }),
  },
  {
    name: 'a commit names another block',
    rule: 'I3: a commit is for the block of our prepare',
    mutation: rewriting((effect) => {
      if (effect.type !== 'broadcast' || effect.message.type !== 'commit') return [effect]
      const digest = otherDigest(effect.message.payload.digest)
      const payload = { ...effect.message.payload, digest }
      return [{ type: 'broadcast', message: { type: 'commit', payload, sealHash: digest } }]
    }),
  },
  {
    name: 'a seal over another hash than the commit names',
    rule: 'I8: seal and commit agree',
    mutation: rewriting((effect) => {
      if (effect.type !== 'broadcast' || effect.message.type !== 'commit') return [effect]
      const sealHash = otherDigest(effect.message.sealHash)
      return [{ type: 'broadcast', message: { ...effect.message, sealHash } }]
    }),
  },
  {
    name: 'votes for any block count for ours',
    rule: 'I3: prepares count for the block that they name',
    choice: BYZANTINE,
    mutation: {
      step: (honest) => (state, input, rules) => {
        const digest = acceptedOf(state)
        if (input.type !== 'message' || input.message.type !== 'prepare' || digest === undefined) {
          return honest(state, input, rules)
        }
        const { prepare } = input.message
        const payload = { ...prepare.payload, digest }
        const message = { type: 'prepare', prepare: { ...prepare, payload } } as const
        return honest(state, { type: 'message', message }, rules)
      },
    },
  },
  {
    name: 'a vote that is heard twice counts twice',
    rule: 'I3: prepares count by author',
    choice: STORM,
    mutation: retrying('duplicate', (_, { state, message }) => {
      if (message.type !== 'prepare') return undefined
      const { round } = message.prepare.payload
      const votes = new Map(state.prepares.get(round)).set(otherAuthor(message), message.prepare)
      const prepares = new Map(state.prepares).set(round, votes)
      return { state: { ...state, prepares }, effects: [] }
    }),
  },
  {
    name: 'votes for rounds far ahead are kept without end',
    rule: 'memory is bounded by the number of validators',
    choice: BYZANTINE,
    mutation: retrying('too-far-ahead', (honest, { state, message, rules }) => {
      const round = message.type === 'prepare' ? message.prepare.payload.round : undefined
      if (round === undefined) return undefined
      return stepBelieving(
        honest,
        { state, input: { type: 'message', message }, rules },
        { round, candidates: [] },
      )
    }),
  },
  {
    name: 'the vote is not sent',
    rule: 'L4: without faults every height is decided in round 0',
    choice: { theme: 'calm', validatorCount: 4 },
    mutation: rewriting((effect, { height }) =>
      broadcasts(effect, 'commit') && height % 2n === 0n ? [] : [effect],
    ),
  },
]
