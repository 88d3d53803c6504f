import type { ChainSpec, Header } from '@busan/chain-spec'
import {
  type Address,
  asBytes,
  asList,
  bytesToAddress,
  decodeRlp,
  encodeRlp,
  hexToBytes,
  type RlpItem,
} from '@busan/primitives'
import {
  decodeExtraData,
  initialValidatorState,
  nextValidatorState,
  type Validator,
  type ValidatorState,
} from '@busan/qbft'

type Votes = ValidatorState['addVotes']

/** The state for block 1. */
export function genesisValidatorState(spec: ChainSpec, genesis: Header): ValidatorState {
  return withOverride(spec, initialValidatorState(listedValidators(genesis)), 1n)
}

/** The state for the child of `header`, from the state that `header` was made under. */
export function advanceValidatorState(
  spec: ChainSpec,
  state: ValidatorState,
  header: Header,
): ValidatorState {
  const next = nextValidatorState(state, header, spec.qbftAfter(header).epochLength)
  return withOverride(spec, next, header.number + 1n)
}

/** The validators that made a block, ascending; empty when its extraData names none. */
export function listedValidators(header: Header): readonly Validator[] {
  const extraData = decodeExtraData(header.extraData)
  return extraData.ok ? [...extraData.value.validators].sort() : []
}

/** RLP of [validators, add votes, drop votes], votes as [[subject, [voters]]...]. */
export function encodeValidatorState(state: ValidatorState): Uint8Array {
  return encodeRlp([
    state.validators.map(hexToBytes),
    votesToItems(state.addVotes),
    votesToItems(state.dropVotes),
  ])
}

/** @throws TypeError when the bytes are not an encoded state */
export function decodeValidatorState(bytes: Uint8Array): ValidatorState {
  const items = asList(decodeRlp(bytes), 'validator state')
  return {
    validators: addressesFromItem(items[0]),
    addVotes: votesFromItem(items[1]),
    dropVotes: votesFromItem(items[2]),
  }
}

/**
 * The state for block `number`: a transition may name its validators, and votes cast before are void then. Asked
 * again when a chain is opened, since operators of one that has lost its quorum add a transition for its next block.
 */
export function withOverride(
  spec: ChainSpec,
  state: ValidatorState,
  number: bigint,
): ValidatorState {
  const validators = spec.validatorOverrideAt(number)
  return validators === undefined ? state : initialValidatorState(validators)
}

function votesToItems(votes: Votes): RlpItem[] {
  return [...votes].map(([subject, voters]) => [hexToBytes(subject), voters.map(hexToBytes)])
}

function votesFromItem(item: RlpItem | undefined): Votes {
  return new Map(
    asList(item, 'votes').map((entry) => {
      const [subject, voters] = asList(entry, 'vote')
      return [bytesToAddress(asBytes(subject, 'subject', 20)), addressesFromItem(voters)] as const
    }),
  )
}

function addressesFromItem(item: RlpItem | undefined): readonly Address[] {
  return asList(item, 'addresses').map((entry) => bytesToAddress(asBytes(entry, 'address', 20)))
}
