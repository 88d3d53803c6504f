// Answers about headers do not change: what one node of a simulation has worked out, the others need not.
import type { Block, Header } from '@busan/chain-spec'
import type { Hash } from '@busan/primitives'
import { type BlockRules, blockRules, type Validator } from '@busan/qbft'
import { QBFT_RULES, type ToyChainRules } from '../toy-chain.ts'

/** The real rules, each answer worked out once for each header object. */
export interface RememberedRules {
  readonly chain: ToyChainRules
  readonly blocks: BlockRules<Block>
}

/** Remembers nothing yet. */
export function createRememberedRules(): RememberedRules {
  const digests = new WeakMap<Header, Hash>()
  const rounds = new WeakMap<Header, number>()
  const blocks: BlockRules<Block> = {
    ...blockRules,
    digest: (block) => remember(digests, block.header, () => blockRules.digest(block)),
    round: (block) => remember(rounds, block.header, () => blockRules.round(block)),
  }
  const hashes = new WeakMap<Header, Hash>()
  const chain: ToyChainRules = {
    blockHash: (header) => remember(hashes, header, () => QBFT_RULES.blockHash(header)),
    verifyExtraData: perSet(QBFT_RULES.verifyExtraData),
    verifySeals: perSet(QBFT_RULES.verifySeals),
  }
  return { chain, blocks }
}

function perSet<Answer>(
  ask: (header: Header, validators: readonly Validator[]) => Answer,
): (header: Header, validators: readonly Validator[]) => Answer {
  const known = new WeakMap<Header, Map<string, Answer>>()
  return (header, validators) => {
    const answers = remember(known, header, () => new Map<string, Answer>())
    const key = validators.join()
    const answer = answers.get(key)
    if (answer !== undefined) return answer
    const worked = ask(header, validators)
    answers.set(key, worked)
    return worked
  }
}

function remember<Key extends object, Answer extends {}>(
  known: WeakMap<Key, Answer>,
  key: Key,
  ask: () => Answer,
): Answer {
  const answer = known.get(key)
  if (answer !== undefined) return answer
  const worked = ask()
  known.set(key, worked)
  return worked
}
