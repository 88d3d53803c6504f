import type { Block } from '@busan/chain-spec'
import { type Address, keccakHash, present } from '@busan/primitives'
import { blockHash, decodeMessage, type Message, signedPart } from '@busan/qbft'
import { claimOf, type SigningClaim } from '@busan/validator'

/** @throws Error when two chains hold different blocks at one height (invariant S1, agreement) */
export function checkAgreement(chains: readonly { readonly blocks: readonly Block[] }[]): void {
  const longest = [...chains].sort((a, b) => b.blocks.length - a.blocks.length)[0]
  for (const { blocks } of chains) {
    for (const [number, { header }] of blocks.entries()) {
      const other = present(longest?.blocks[number], 'block').header
      if (blockHash(header) !== blockHash(other))
        throw new Error(`two blocks ${number} were decided`)
    }
  }
}

/**
 * Checks all that one key has ever sent, over all its restarts: no two different messages of a type in a round
 * (I1, I8), votes that agree with each other (I3), and no committed block forgotten (I5).
 * @throws Error that names the two messages
 */
export function checkOneVoice(self: Address, published: readonly Uint8Array[]): void {
  const claimsByHeight = new Map<bigint, SigningClaim[]>()
  for (const bytes of unique(published)) {
    const { author, payload } = signedPart(decoded(bytes))
    if (author !== self) throw new Error(`${self} sent a message of ${author}`)
    const claim = claimOf(payload)
    const others = claimsByHeight.get(claim.height) ?? []
    for (const other of others) {
      if (contradicts(claim, other) || contradicts(other, claim)) {
        throw new Error(`${self} said ${words(other)}, then ${words(claim)}`)
      }
    }
    claimsByHeight.set(claim.height, [...others, claim])
  }
}

/** Retransmissions repeat themselves. */
function unique(messages: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...new Map(messages.map((bytes) => [keccakHash(bytes), bytes])).values()]
}

function contradicts(a: SigningClaim, b: SigningClaim): boolean {
  if (a.height !== b.height) return false
  const areVotes = a.type !== 'round-change' && b.type !== 'round-change'
  if (a.round === b.round && (a.type === b.type || areVotes)) return a.subject !== b.subject
  const isLater = a.type === 'round-change' && b.type === 'commit' && a.round > b.round
  return isLater && (a.preparedRound ?? -1) < b.round
}

function decoded(bytes: Uint8Array): Message<Block> {
  const verdict = decodeMessage(bytes)
  if (!verdict.ok) throw new Error(`sent what is not a message: ${verdict.message}`)
  return verdict.value
}

function words({ type, height, round, subject }: SigningClaim): string {
  return `${type} ${height}/${round} ${subject}`
}
