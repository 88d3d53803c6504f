// What one validator says over all its restarts: I1 to I8 of the safety proof, on every message that it sends.
import type { Block } from '@busan/chain-spec'
import type { Hash } from '@busan/primitives'
import { type Message, type Payload, quorum, signedPart, type Validator } from '@busan/qbft'
import { claimOf } from '@busan/validator'
import type { Committees } from './committees.ts'
import type { Ears } from './ears.ts'
import type { Fail } from './fail.ts'
import { certificateFault, proposalFault } from './justification.ts'

/** One validator's record. */
export interface Voice {
  /** Called for every message that leaves the node. */
  said(message: Message<Block>): void
  /** The digest that a commit was sent for; undefined when none was. */
  committed(height: bigint, round: number): Hash | undefined
}

interface HeightRecord {
  /** `type round` -> what was claimed. */
  readonly claims: Map<string, string>
  readonly commits: Map<number, Hash>
  /** Of votes, to see that they agree with each other in a round. */
  readonly votes: Map<number, Hash>
  /** The highest round of a commit or round change. */
  firmRound: number
}

/** @param deps.ears what the same validator was told */
export function createVoice(deps: {
  readonly self: Validator
  readonly ears: Ears
  readonly committees: Committees
  readonly fail: Fail
}): Voice {
  const { self, fail } = deps
  const records = new Map<bigint, HeightRecord>()
  let highest = -1n

  function recordAt(height: bigint): HeightRecord {
    const known = records.get(height)
    if (known !== undefined) return known
    const record = { claims: new Map(), commits: new Map(), votes: new Map(), firmRound: 0 }
    records.set(height, record)
    return record
  }

  /** @returns false for a repetition */
  function isFirst(record: HeightRecord, payload: Payload<Block>): boolean {
    const { type, round, subject } = claimOf(payload)
    const key = `${type} ${round}`
    const earlier = record.claims.get(key)
    if (earlier !== undefined && earlier !== subject) {
      const rule = type === 'prepare' ? 'I1' : type === 'commit' ? 'I8' : 'one voice'
      fail(rule, `two of ${type} in round ${round}: ${earlier}, then ${subject}`)
    }
    record.claims.set(key, subject)
    return earlier === undefined
  }

  function said(message: Message<Block>): void {
    const { author, payload } = signedPart(message)
    if (author !== self) fail('one voice', `sent a ${message.type} of ${author}`)
    const { height, round } = payload
    const record = recordAt(height)
    if (!isFirst(record, payload)) return
    if (height < highest) fail('I7', `spoke of height ${height} after ${highest}`)
    highest = height > highest ? height : highest
    if (round < record.firmRound)
      fail('I7', `${message.type} of ${round} after ${record.firmRound}`)
    const problem = checkByType({ ...deps, record }, message)
    if (problem !== undefined) fail(problem.rule, problem.message)
  }

  return {
    said,
    committed: (height, round) => records.get(height)?.commits.get(round),
  }
}

interface Scene {
  readonly ears: Ears
  readonly committees: Committees
  readonly record: HeightRecord
}

interface Problem {
  readonly rule: string
  readonly message: string
}

function checkByType(scene: Scene, message: Message<Block>): Problem | undefined {
  const { height, round } = signedPart(message).payload
  const facts = scene.committees.at(height)
  if (facts === undefined) return { rule: 'I7', message: `height ${height} has not begun anywhere` }
  switch (message.type) {
    case 'proposal': {
      const fault = proposalFault(message, facts)
      return fault === undefined ? undefined : { rule: 'S5', message: `proposed: ${fault}` }
    }
    case 'prepare':
      return checkPrepare(scene, height, round, message.prepare.payload.digest)
    case 'commit':
      return checkCommit(scene, message.commit.payload, quorum(facts.validators.length))
    case 'round-change':
      return checkRoundChange(scene, message, facts.validators)
  }
}

function checkPrepare(
  { ears, committees, record }: Scene,
  height: bigint,
  round: number,
  digest: Hash,
): Problem | undefined {
  record.votes.set(round, digest)
  const facts = committees.at(height)
  const proposals = ears.proposals(height, round, digest)
  if (facts === undefined || proposals.length === 0) {
    return { rule: 'I2', message: `prepared ${digest}, never proposed` }
  }
  if (!ears.isValid(digest)) return { rule: 'I2', message: `prepared ${digest}, unchecked` }
  const faults = proposals.map((proposal) => proposalFault(proposal, facts))
  if (faults.includes(undefined)) return undefined
  return { rule: 'I2', message: `prepared a proposal with ${faults[0]}` }
}

function checkCommit(
  { ears, record }: Scene,
  { height, round, digest }: { height: bigint; round: number; digest: Hash },
  needed: number,
): Problem | undefined {
  const prepares = ears.prepareCount(height, round, digest)
  record.commits.set(round, digest)
  record.firmRound = Math.max(record.firmRound, round)
  if (prepares < needed) return { rule: 'I3', message: `commit on ${prepares} prepares` }
  // A prepare that was on disk when the power went may come back as a memory, without being sent.
  if ((record.votes.get(round) ?? ears.ownPrepare(height, round)) !== digest) {
    return { rule: 'I3', message: `commit in round ${round} for another block than its prepare` }
  }
  return undefined
}

function checkRoundChange(
  { record }: Scene,
  message: Message<Block> & { readonly type: 'round-change' },
  validators: readonly Validator[],
): Problem | undefined {
  const { height, round, prepared } = message.roundChange.payload
  record.firmRound = Math.max(record.firmRound, round)
  for (const [committedRound, digest] of record.commits) {
    if (committedRound >= round) continue
    const claimed = prepared?.round ?? -1
    if (claimed < committedRound) {
      return {
        rule: 'I5',
        message: `asks for ${round}, lock ${claimed}, commit in ${committedRound}`,
      }
    }
    if (committedRound === round - 1 && prepared?.digest !== digest) {
      return { rule: 'I5', message: `asks for ${round} with another lock than its commit` }
    }
  }
  if (prepared === undefined) return undefined
  const fault = certificateFault(message.prepares, { height, ...prepared, validators })
  return fault === undefined ? undefined : { rule: 'I6', message: `certificate with ${fault}` }
}
