// S2 to S5: what quorums may exist, over everything that anyone has sent.
import type { Block } from '@busan/chain-spec'
import { type Hash, hexToBytes, recoverAddress } from '@busan/primitives'
import {
  blockHash,
  blockRules,
  type Message,
  type ProposalMessage,
  quorum,
  type Validator,
} from '@busan/qbft'
import type { Committees } from './committees.ts'
import type { Fail } from './fail.ts'
import { highestLock } from './justification.ts'

/** Watches votes add up. */
export interface VoteWatch {
  /** Any message of anyone, honest or not. */
  heard(message: Message<Block>): void
  /** An honest validator has committed. */
  committed(height: bigint, round: number, digest: Hash): void
  /** An honest validator has accepted this proposal. */
  accepted(proposal: ProposalMessage<Block>): void
}

interface Quorum {
  readonly round: number
  readonly digest: Hash
}

interface Accepted {
  readonly round: number
  /** The highest round that the justification names a lock of; -1 for none. */
  readonly lockRound: number
  readonly hash: Hash
}

interface HeightVotes {
  readonly voters: Map<string, Set<Validator>>
  readonly prepared: Quorum[]
  readonly committed: Quorum[]
  readonly honestCommits: Map<number, Hash>
  readonly accepted: Accepted[]
  /** digest -> the block whatever its round */
  readonly blocks: Map<Hash, Hash>
}

/** Nothing heard yet. */
export function createVoteWatch(deps: {
  readonly committees: Committees
  readonly fail: Fail
}): VoteWatch {
  const { committees, fail } = deps
  const heights = new Map<bigint, HeightVotes>()

  function votesAt(height: bigint): HeightVotes {
    const votes = heights.get(height) ?? emptyVotes()
    heights.set(height, votes)
    return votes
  }

  function count(type: Vote['type'], author: Validator, payload: Vote['payload']): void {
    const validators = committees.at(payload.height)?.validators ?? []
    if (!validators.includes(author)) return
    const votes = votesAt(payload.height)
    const vote = { type, author, payload }
    if (addVote(votes, vote, quorum(validators.length))) check(votes, fail)
  }

  return {
    heard(message) {
      if (message.type === 'proposal') {
        const { height, block } = message.proposal.payload
        votesAt(height).blocks.set(blockRules.digest(block), blockHash(block.header))
      } else if (message.type === 'prepare') {
        count('prepare', message.prepare.author, message.prepare.payload)
      } else if (message.type === 'commit') {
        const { author, payload } = message.commit
        const sealedBy = recoverAddress(hexToBytes(payload.digest), payload.seal)
        if (sealedBy === author) count('commit', author, payload)
      }
    },
    committed(height, round, digest) {
      const { honestCommits } = votesAt(height)
      const other = honestCommits.get(round)
      if (other !== undefined && other !== digest) {
        fail('S3', `two blocks were committed in ${height}/${round}: ${other}, ${digest}`)
      }
      honestCommits.set(round, digest)
    },
    accepted({ proposal, roundChanges }) {
      const { height, round, block } = proposal.payload
      const votes = votesAt(height)
      const lockRound = highestLock(roundChanges)?.round ?? -1
      votes.accepted.push({ round, lockRound, hash: blockHash(block.header) })
      check(votes, fail)
    },
  }
}

interface Vote {
  readonly type: 'prepare' | 'commit'
  readonly author: Validator
  readonly payload: Quorum & { readonly height: bigint }
}

/** @returns true when this vote completes a quorum */
function addVote(votes: HeightVotes, { type, author, payload }: Vote, needed: number): boolean {
  const { round, digest } = payload
  const key = `${type} ${round} ${digest}`
  const voters = votes.voters.get(key) ?? new Set()
  const sizeBefore = voters.size
  votes.voters.set(key, voters.add(author))
  if (sizeBefore >= needed || voters.size < needed) return false
  votes[type === 'prepare' ? 'prepared' : 'committed'].push({ round, digest })
  return true
}

function emptyVotes(): HeightVotes {
  return {
    voters: new Map(),
    prepared: [],
    committed: [],
    honestCommits: new Map(),
    accepted: [],
    blocks: new Map(),
  }
}

function check(votes: HeightVotes, fail: Fail): void {
  const blockOf = ({ digest }: Quorum) => votes.blocks.get(digest) ?? digest
  for (const a of votes.prepared) {
    const rival = votes.prepared.find((b) => b.round === a.round && b.digest !== a.digest)
    if (rival !== undefined) fail('S2', `two blocks were prepared in round ${a.round}`)
  }
  for (const decided of votes.committed) {
    const { round } = decided
    const quorums = [...votes.prepared, ...votes.committed].filter((one) => one.round >= round)
    const rival = quorums.find((one) => blockOf(one) !== blockOf(decided))
    if (rival !== undefined) {
      fail('S4', `a quorum for another block in round ${rival.round} after commits in ${round}`)
    }
    for (const later of votes.accepted.filter((one) => one.round > round)) {
      if (later.lockRound < round) {
        fail('S5', `a proposal of round ${later.round} forgets the commits of ${round}`)
      }
      if (later.hash !== blockOf(decided)) {
        fail('S4', `another block was accepted in round ${later.round} after commits in ${round}`)
      }
    }
  }
}
