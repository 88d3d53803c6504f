import type { Block } from '@busan/chain-spec'
import type { Hash } from '@busan/primitives'
import {
  blockHash,
  initialValidatorState,
  nextValidatorState,
  type ValidatorState,
} from '@busan/qbft'
import type { HeightFacts } from '../adversary/knowledge.ts'

/** The set for each height, worked out from the decided blocks alone: what every node must arrive at. */
export interface Committees {
  /** Undefined until a block of the height before has been decided somewhere. */
  at(height: bigint): HeightFacts | undefined
  /** The state after a block. */
  after(hash: Hash): ValidatorState | undefined
  /** Works out what follows from a block; called for every import. */
  follow(block: Block, hash: Hash): void
}

/** @param blocks the chain that the run starts from, genesis first */
export function createCommittees(
  blocks: readonly Block[],
  validators: readonly HeightFacts['validators'][number][],
  epochLength: number,
): Committees {
  const states = new Map<Hash, ValidatorState>()
  const facts = new Map<bigint, HeightFacts>()

  function remember({ header }: Block, hash: Hash, state: ValidatorState): void {
    states.set(hash, state)
    const height = header.number + 1n
    if (facts.has(height)) return
    facts.set(height, { height, validators: state.validators, parentCoinbase: header.coinbase })
  }

  function follow(block: Block, hash: Hash): void {
    if (states.has(hash)) return
    const parent = states.get(block.header.parentHash)
    if (parent !== undefined) {
      remember(block, hash, nextValidatorState(parent, block.header, epochLength))
    }
  }

  for (const block of blocks) {
    const hash = blockHash(block.header)
    if (block.header.number === 0n) remember(block, hash, initialValidatorState(validators))
    else follow(block, hash)
  }
  return { at: (height) => facts.get(height), after: (hash) => states.get(hash), follow }
}
