// The chain that a run starts from: genesis, or a vote that lacks one voice.
import type { Block, Header } from '@busan/chain-spec'
import { type Clock, hexToBytes, present } from '@busan/primitives'
import { blockHash, encodeExtraData, sealHash, withSeals } from '@busan/qbft'
import { createToyChain } from '../toy-chain.ts'
import type { ValidatorKey } from '../validator-keys.ts'
import type { Scenario } from './plan.ts'

/**
 * @param keys of all nodes
 * @returns genesis first; with a ballot, blocks whose makers have cast all but the last vote needed
 */
export function createFirstBlocks(
  { ballot, validatorCount }: Scenario,
  keys: readonly ValidatorKey[],
  clock: Clock,
): readonly Block[] {
  const committee = keys.slice(0, validatorCount)
  const validators = committee.map(({ address }) => address)
  const blocks = [...createToyChain({ clock, validators }).blocks]
  if (ballot === undefined) return blocks
  const recipient = present(keys[ballot.subject], 'subject').address
  const votesNeeded = Math.floor(validatorCount / 2) + 1
  for (const { address } of committee.slice(0, votesNeeded - 1)) {
    const parent = present(blocks.at(-1), 'parent').header
    const listed = { vanity: new Uint8Array(32), validators, round: 0, seals: [] }
    const header: Header = {
      ...parent,
      parentHash: blockHash(parent),
      coinbase: address,
      number: parent.number + 1n,
      timestamp: parent.timestamp + 1n,
      extraData: encodeExtraData({ ...listed, vote: { recipient, add: ballot.add } }),
    }
    blocks.push({ header: sealed(header, committee), transactions: [] })
  }
  return blocks
}

function sealed(header: Header, committee: readonly ValidatorKey[]): Header {
  const digest = sealHash(header)
  return withSeals(
    header,
    committee.map(({ sign }) => sign(hexToBytes(digest))),
  )
}
