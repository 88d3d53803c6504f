// Breaks around the machine: journal, gossip, clock, chain.
import type { Clock } from '@busan/primitives'
import { asList, decodeRlp, encodeRlp } from '@busan/primitives'
import type { Mutation } from '@busan/testkit'
import type { SigningJournal, ValidatorOptions } from '@busan/validator'
import type { ListedMutation } from './breaking.ts'

const BYZANTINE = { theme: 'byzantine', validatorCount: 4 } as const
const CRASH = { theme: 'crash' } as const

/** Another journal between the validator and its disk. */
function withJournal(change: (journal: SigningJournal) => Partial<SigningJournal>): Mutation {
  return {
    ports(options) {
      const { signing } = options
      if (signing === undefined) return options
      const { journal } = signing
      const { replay, append, rewrite, close } = journal
      const changed = { replay, append, rewrite, close, ...change(journal) }
      return { ...options, signing: { ...signing, journal: changed } }
    },
  }
}

function withClock(change: (clock: Clock) => Partial<Clock>): Mutation {
  return {
    ports: (options) => ({ ...options, clock: { ...options.clock, ...change(options.clock) } }),
  }
}

function withChain(
  change: (chain: ValidatorOptions['chain']) => Partial<ValidatorOptions['chain']>,
): Mutation {
  return {
    ports: (options) => ({ ...options, chain: { ...options.chain, ...change(options.chain) } }),
  }
}

function withGossip(
  change: (gossip: ValidatorOptions['gossip']) => Partial<ValidatorOptions['gossip']>,
): Mutation {
  return {
    ports: (options) => ({ ...options, gossip: { ...options.gossip, ...change(options.gossip) } }),
  }
}

/** A signed record without the certificate that it rests on. */
function withoutCertificate(record: Uint8Array): Uint8Array {
  const items = asList(decodeRlp(record), 'record')
  return items.length < 3 ? record : encodeRlp([...items.slice(0, 2), new Uint8Array(0)])
}

const COMMIT_CODE = 0x14

/** See {@link ListedMutation}. */
export const DRIVER_MUTATIONS: readonly ListedMutation[] = [
  {
    name: 'the journal is not read at the start',
    rule: 'what was signed before a restart binds after it',
    choice: CRASH,
    mutation: withJournal(() => ({ replay: () => [] })),
  },
  {
    name: 'the journal is written after the message has left',
    rule: 'a signature leaves when its record is on disk',
    mutation: withJournal((journal) => ({
      append(record) {
        void journal.append(record)
        return Promise.resolve()
      },
    })),
  },
  {
    name: 'the journal is never written',
    rule: 'a signature leaves when its record is on disk',
    mutation: withJournal(() => ({ append: () => Promise.resolve() })),
  },
  {
    name: 'the journal leaves certificates out',
    rule: 'I5: the lock survives a restart',
    choice: CRASH,
    mutation: withJournal((journal) => ({
      append: (record) => journal.append(withoutCertificate(record)),
    })),
  },
  {
    name: 'the journal gives back its last record only',
    rule: 'what was signed before a restart binds after it',
    choice: CRASH,
    mutation: withJournal((journal) => ({ replay: () => journal.replay().slice(-1) })),
  },
  {
    name: 'a journal that was lost is believed',
    rule: 'what was signed before a lost journal binds as long as it matters',
    choice: { theme: 'crash', validatorCount: 4 },
    mutation: { ports: (options) => ({ ...options, trustBlankJournal: true }) },
  },
  {
    name: 'nothing is sent a second time',
    rule: 'L2: retransmission repairs what was lost',
    choice: { theme: 'partition' },
    mutation: withGossip((gossip) => {
      const sent = new Set<string>()
      return {
        publishConsensus(bytes) {
          const text = bytes.join()
          if (sent.has(text)) return Promise.resolve()
          sent.add(text)
          return gossip.publishConsensus(bytes)
        },
      }
    }),
  },
  {
    name: 'commits are not sent',
    rule: 'L2: a prepared block is committed',
    mutation: withGossip((gossip) => ({
      publishConsensus: (bytes) =>
        bytes[0] === COMMIT_CODE ? Promise.resolve() : gossip.publishConsensus(bytes),
    })),
  },
  {
    name: 'every fourth timer is lost',
    rule: 'L2: local events are never dropped',
    mutation: withClock((clock) => {
      let count = 0
      return {
        schedule(delayMs, task) {
          count++
          return clock.schedule(delayMs, count % 4 === 0 ? () => {} : task)
        },
      }
    }),
  },
  {
    name: 'a new head ends nothing',
    rule: 'L2: the height after a block begins',
    mutation: withChain(() => ({ onHead: () => () => {} })),
  },
  {
    name: 'a height begins while its parent is being written',
    rule: 'a signature builds on a block that is on disk',
    mutation: withChain((chain) => {
      let tip = { ...chain.head(), validatorState: chain.validatorState() }
      const isAhead = () => tip.header.number > chain.head().header.number
      return {
        head: () => (isAhead() ? tip : chain.head()),
        validatorState: () => (isAhead() ? tip.validatorState : chain.validatorState()),
        onHead: (listener) => {
          const removeTip = chain.onTip((next) => {
            tip = next
            listener()
          })
          const removeHead = chain.onHead(() => {
            if (tip.header.number < chain.head().header.number) listener()
          })
          return () => {
            removeTip()
            removeHead()
          }
        },
      }
    }),
  },
  {
    name: 'the set of validators never changes',
    rule: 'S8: all follow the votes in the blocks',
    choice: { theme: 'election' },
    mutation: withChain((chain) => {
      const first = chain.validatorState()
      return { validatorState: () => first }
    }),
  },
  {
    name: 'every proposed block passes for valid',
    rule: 'I2: prepare after the block was found valid',
    choice: BYZANTINE,
    mutation: withChain(() => ({
      checkProposal: () => Promise.resolve({ ok: true, value: 'valid' as const }),
    })),
  },
  {
    name: 'seals are not verified at import',
    rule: 'S6: a decided block has a quorum of seals',
    choice: BYZANTINE,
    mutation: {
      rules: (honest) => ({
        ...honest,
        verifySeals: (_, validators) => ({ ok: true, value: validators }),
      }),
    },
  },
  {
    name: 'messages for later heights are kept without end',
    rule: 'memory is bounded by the number of validators',
    choice: BYZANTINE,
    mutation: withChain(({ spec }) => ({
      spec: {
        ...spec,
        qbftAfter: (header) => ({
          ...spec.qbftAfter(header),
          futureMessagesLimit: 1_000_000,
          futureMessagesMaxDistance: 1_000_000,
        }),
      },
    })),
  },
  {
    name: 'the node always believes that it is behind',
    rule: 'L2: who has all blocks takes part',
    mutation: {
      ports: (options) => ({ ...options, sync: { ...options.sync, isBehind: () => true } }),
    },
  },
]
