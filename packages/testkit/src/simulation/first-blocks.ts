// The chain that a run starts from: genesis, a block above it where journals get lost, or a vote that lacks one voice.
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
  { ballot, validatorCount, items }: Scenario,
  keys: readonly ValidatorKey[],
  clock: Clock,
): readonly Block[] {
  const committee = keys.slice(0, validatorCount)
  const validators = committee.map(({ address }) => address)
  const blocks = [...createToyChain({ clock, validators }).blocks]
  const votesNeeded = Math.floor(validatorCount / 2) + 1
  // At block 0 a blank journal is believed: there is nothing that could have been lost.
  const hasWipes = items.some(({ kind }) => kind === 'wipe')
  const makers = committee.slice(0, ballot === undefined ? Number(hasWipes) : votesNeeded - 1)
  const vote = ballot && {
    recipient: present(keys[ballot.subject], 'subject').address,
    add: ballot.add,
  }
  for (const { address } of makers) {
    const parent = present(blocks.at(-1), 'parent').header
    const listed = { vanity: new Uint8Array(32), validators, round: 0, seals: [] }
    const header: Header = {
      ...parent,
      parentHash: blockHash(parent),
      coinbase: address,
      number: parent.number + 1n,
      timestamp: parent.timestamp + 1n,
      extraData: encodeExtraData({ ...listed, ...(vote === undefined ? {} : { vote }) }),
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
