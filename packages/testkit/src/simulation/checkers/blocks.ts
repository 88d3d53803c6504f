// S1, S6, S7, S8: what is on the chains.
import type { Block, Header } from '@busan/chain-spec'
import { type Hash, hexToBytes, recoverAddress } from '@busan/primitives'
import { decodeExtraData, quorum, sealHash, type Validator, type ValidatorState } from '@busan/qbft'
import type { Committees } from './committees.ts'
import type { Fail } from './fail.ts'

/** Watches blocks enter chains. */
export interface BlockWatch {
  /** @param state what the node holds the next set to be */
  imported(block: Block, state: ValidatorState): void
  /** An honest validator has sent its seal. */
  sealed(author: Validator, digest: Hash): void
  /** The round of the decided block; undefined before. */
  decidedRound(height: bigint): number | undefined
}

/** @param deps.isHonest whose seals must be accounted for */
export function createBlockWatch(deps: {
  readonly committees: Committees
  readonly isHonest: (validator: Validator) => boolean
  readonly blockHash: (header: Header) => Hash
  readonly fail: Fail
}): BlockWatch {
  const { committees, fail, blockHash } = deps
  const decided = new Map<bigint, Hash>()
  const rounds = new Map<bigint, number>()
  const sealsSent = new Set<string>()
  const verified = new WeakSet<Header>()

  function verify({ header }: Block): void {
    const facts = committees.at(header.number)
    const extraData = decodeExtraData(header.extraData)
    if (facts === undefined || !extraData.ok) {
      fail('S6', `block ${header.number} is unreadable`)
      return
    }
    const { validators } = facts
    const { seals, round } = extraData.value
    rounds.set(header.number, round)
    if (!validators.includes(header.coinbase)) fail('S6', `coinbase ${header.coinbase}`)
    if (`${extraData.value.validators}` !== `${validators}`) fail('S6', 'wrong list of validators')
    const digest = sealHash(header)
    const authors = seals.map((seal) => recoverAddress(hexToBytes(digest), seal))
    const unsent = authors.find(
      (one) => one !== undefined && deps.isHonest(one) && !sealsSent.has(`${one} ${digest}`),
    )
    if (unsent !== undefined) fail('S7', `a seal of ${unsent}, never sent`)
    const fault = sealsFault(authors, validators)
    if (fault !== undefined) fail('S6', `block ${header.number} was decided with ${fault}`)
  }

  function imported(block: Block, state: ValidatorState): void {
    const { number } = block.header
    const hash = blockHash(block.header)
    const other = decided.get(number)
    if (other !== undefined && other !== hash) fail('S1', `two blocks ${number} were decided`)
    decided.set(number, hash)
    if (!verified.has(block.header)) verify(block)
    verified.add(block.header)
    committees.follow(block, hash)
    const expected = committees.after(hash)
    if (`${expected?.validators}` !== `${state.validators}`) {
      fail(
        'S8',
        `after block ${number} the set is ${state.validators}, not ${expected?.validators}`,
      )
    }
  }

  return {
    imported,
    sealed: (author, digest) => void sealsSent.add(`${author} ${digest}`),
    decidedRound: (height) => rounds.get(height),
  }
}

function sealsFault(
  authors: readonly (Validator | undefined)[],
  validators: readonly Validator[],
): string | undefined {
  const members = new Set(authors.filter((one) => one !== undefined && validators.includes(one)))
  if (members.size !== authors.length) return 'seals of strangers, or double'
  return members.size < quorum(validators.length) ? `only ${members.size} seals` : undefined
}
