// Blocks and signatures for machine tests: the machine opens neither.
import { type Hash, toAddress } from '@busan/primitives'
import type {
  BlockRules,
  Message,
  Payload,
  Signed,
  UnsignedMessage,
  Validator,
} from '../../src/types.ts'

export interface FakeBlock {
  readonly height: bigint
  readonly round: number
  readonly coinbase: Validator
  /** What the block is, whatever round it is proposed in. */
  readonly id: string
}

export const fakeRules: BlockRules<FakeBlock> = {
  height: (block) => block.height,
  round: (block) => block.round,
  coinbase: (block) => block.coinbase,
  digest: (block) => `0x${block.height}/${block.round}/${block.id}` as Hash,
  withRound: (block, round) => ({ ...block, round }),
}

/** Addresses 0x..01 to 0x..n, ascending. */
export function validatorsOf(count: number): readonly Validator[] {
  return Array.from({ length: count }, (_, i) =>
    toAddress(`0x${(i + 1).toString(16).padStart(40, '0')}`),
  )
}

/** A payload under its author's name. Honest use only: the tests' adversary signs as itself. */
export function signed<P extends Payload<FakeBlock>>(payload: P, author: Validator): Signed<P> {
  return { payload, author, signature: new Uint8Array(65) }
}

/** What `signMessage` does, without keys. */
export function signedMessage(
  unsigned: UnsignedMessage<FakeBlock>,
  author: Validator,
): Message<FakeBlock> {
  switch (unsigned.type) {
    case 'proposal': {
      const { payload, roundChanges, prepares } = unsigned
      return { type: 'proposal', proposal: signed(payload, author), roundChanges, prepares }
    }
    case 'prepare':
      return { type: 'prepare', prepare: signed(unsigned.payload, author) }
    case 'commit': {
      const payload = { ...unsigned.payload, seal: new Uint8Array(65) }
      return { type: 'commit', commit: signed(payload, author) }
    }
    case 'round-change': {
      const { payload, block, prepares } = unsigned
      const carried = block === undefined ? { prepares } : { block, prepares }
      return { type: 'round-change', roundChange: signed(payload, author), ...carried }
    }
  }
}

export const HEIGHT = 7n

export function fakeBlock(id: string, round: number, coinbase: Validator): FakeBlock {
  return { height: HEIGHT, round, coinbase, id }
}

export function proposalOf(
  block: FakeBlock,
  author: Validator,
  justification: Partial<
    Pick<Extract<Message<FakeBlock>, { type: 'proposal' }>, 'roundChanges' | 'prepares'>
  > = {},
) {
  const { height, round } = block
  const payload = { type: 'proposal', height, round, block } as const
  const { roundChanges = [], prepares = [] } = justification
  return { type: 'proposal', proposal: signed(payload, author), roundChanges, prepares } as const
}

export function prepareOf(block: FakeBlock, author: Validator) {
  const { height, round } = block
  const payload = { type: 'prepare', height, round, digest: fakeRules.digest(block) } as const
  return { type: 'prepare', prepare: signed(payload, author) } as const
}

export function commitOf(block: FakeBlock, author: Validator) {
  const { height, round } = block
  const digest = fakeRules.digest(block)
  const payload = { type: 'commit', height, round, digest, seal: new Uint8Array(65) } as const
  return { type: 'commit', commit: signed(payload, author) } as const
}

/** A round change to `target`; with `locked`, prepared on that block by `preparers`. */
export function roundChangeOf(
  target: number,
  author: Validator,
  locked?: { readonly block: FakeBlock; readonly preparers: readonly Validator[] },
): Extract<Message<FakeBlock>, { type: 'round-change' }> {
  const payload = { type: 'round-change', height: HEIGHT, round: target } as const
  if (locked === undefined) {
    return { type: 'round-change', roundChange: signed(payload, author), prepares: [] }
  }
  const { block, preparers } = locked
  const prepared = { round: block.round, digest: fakeRules.digest(block) }
  return {
    type: 'round-change',
    roundChange: signed({ ...payload, prepared }, author),
    block,
    prepares: preparers.map((preparer) => prepareOf(block, preparer).prepare),
  }
}
