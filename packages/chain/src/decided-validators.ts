import type { ChainSpec, Header } from '@busan/chain-spec'
import type { Executor } from '@busan/execution'
import { type Address, bytesToAddress, bytesToBigint, keccak256 } from '@busan/primitives'
import type { ChainContext } from './chain-context.ts'

/** Besu's question to a validator contract. */
const GET_VALIDATORS = keccak256(new TextEncoder().encode('getValidators()')).subarray(0, 4)

/** With fewer, nobody may fail. */
const COUNT_MIN = 4
const COUNT_MAX = 256
const WORD_SIZE_BYTES = 32

/**
 * Whom the chain's registry wants to validate, on the state after `header`; undefined: the chain has no registry.
 * A registry that fails, or whose answer is no ascending list of at least four, decides nothing: the answer is empty.
 */
export async function decidedValidators(
  { spec, executor }: { readonly spec: ChainSpec; readonly executor: Executor },
  header: Header,
): Promise<readonly Address[] | undefined> {
  const to = spec.systemContracts.validatorRegistry
  if (to === undefined) return undefined
  const answer = await executor.systemContractAt(to, header.stateRoot).ask(GET_VALIDATORS)
  return answer === undefined ? [] : decodeList(answer)
}

/** ABI-encoded (address[]); empty unless it is whole, long enough and ascending. */
function decodeList(output: Uint8Array): readonly Address[] {
  const wordAt = (index: number) =>
    output.subarray(index * WORD_SIZE_BYTES, (index + 1) * WORD_SIZE_BYTES)
  if (output.length < 2 * WORD_SIZE_BYTES || output.length % WORD_SIZE_BYTES !== 0) return []
  const count = output.length / WORD_SIZE_BYTES - 2
  const isWhole =
    bytesToBigint(wordAt(0)) === BigInt(WORD_SIZE_BYTES) &&
    bytesToBigint(wordAt(1)) === BigInt(count)
  if (!isWhole || count < COUNT_MIN || count > COUNT_MAX) return []
  const words = Array.from({ length: count }, (_, index) => wordAt(index + 2))
  if (words.some((word) => word.subarray(0, 12).some((byte) => byte !== 0))) return []
  const list = words.map((word) => bytesToAddress(word.subarray(12)))
  const isAscending = list.every((one, index) => index === 0 || (list[index - 1] as Address) < one)
  return isAscending ? list : []
}

/** The next vote that brings the set after the tip towards what was decided: additions before removals. */
export async function decidedVotes(
  context: Pick<ChainContext, 'spec' | 'executor' | 'head'>,
): Promise<ReadonlyMap<Address, boolean> | undefined> {
  const { header, validatorState } = context.head.tip()
  const decided = await decidedValidators(context, header)
  if (decided === undefined) return undefined
  if (decided.length === 0) return new Map()
  const { validators } = validatorState
  const added = decided.find((one) => !validators.includes(one))
  if (added !== undefined) return new Map([[added, true]])
  const dropped = validators.find((one) => !decided.includes(one))
  return new Map(dropped === undefined ? [] : [[dropped, false]])
}
