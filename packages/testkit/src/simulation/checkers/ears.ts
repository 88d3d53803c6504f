import type { Block } from '@busan/chain-spec'
import type { Hash } from '@busan/primitives'
import type { BlockRules, Input, ProposalMessage, Validator } from '@busan/qbft'

/** What one validator's machine was told, over all its restarts. */
export interface Ears {
  told(input: Input<Block>): void
  /** All proposals of a block in a round: they can differ in what justifies them. */
  proposals(height: bigint, round: number, digest: Hash): readonly ProposalMessage<Block>[]
  /** True when the driver has found the block of this digest valid. */
  isValid(digest: Hash): boolean
  prepareCount(height: bigint, round: number, digest: Hash): number
  ownPrepare(height: bigint, round: number): Hash | undefined
  /** How many validators have asked for a round as high as this. */
  askedFor(height: bigint, round: number): number
}

/** A liar can repeat a block with many justifications; the honest one is among the first. */
const PROPOSALS_KEPT_MAX = 64

/** @param deps.self whose ears they are */
export function createEars(deps: {
  readonly self: Validator
  readonly rules: BlockRules<Block>
  /** Whose voices count. */
  readonly isMember: (height: bigint, validator: Validator) => boolean
}): Ears {
  const { self, rules, isMember } = deps
  const proposals = new Map<string, ProposalMessage<Block>[]>()
  const prepares = new Map<string, Set<Validator>>()
  const own = new Map<string, Hash>()
  const asked = new Map<bigint, Map<Validator, number>>()
  const valid = new Set<Hash>()

  function told(input: Input<Block>): void {
    if (input.type === 'block-checked' && input.valid) valid.add(input.digest)
    if (input.type !== 'message') return
    const { message } = input
    if (message.type === 'proposal') {
      const { height, round, block } = message.proposal.payload
      const key = keyOf(height, round, rules.digest(block))
      const known = proposals.get(key) ?? []
      if (known.length < PROPOSALS_KEPT_MAX) proposals.set(key, [...known, message])
    } else if (message.type === 'prepare') {
      const { author, payload } = message.prepare
      const key = keyOf(payload.height, payload.round, payload.digest)
      if (!isMember(payload.height, author)) return
      prepares.set(key, (prepares.get(key) ?? new Set()).add(author))
      if (author === self) own.set(`${payload.height} ${payload.round}`, payload.digest)
    } else if (message.type === 'round-change') {
      const { author, payload } = message.roundChange
      if (!isMember(payload.height, author)) return
      const rounds = asked.get(payload.height) ?? new Map<Validator, number>()
      rounds.set(author, Math.max(payload.round, rounds.get(author) ?? 0))
      asked.set(payload.height, rounds)
    }
  }

  return {
    told,
    proposals: (height, round, digest) => proposals.get(keyOf(height, round, digest)) ?? [],
    isValid: (digest) => valid.has(digest),
    prepareCount: (height, round, digest) => prepares.get(keyOf(height, round, digest))?.size ?? 0,
    ownPrepare: (height, round) => own.get(`${height} ${round}`),
    askedFor: (height, round) =>
      [...(asked.get(height)?.values() ?? [])].filter((one) => one >= round).length,
  }
}

function keyOf(height: bigint, round: number, digest: Hash): string {
  return `${height} ${round} ${digest}`
}
