import type { ChainSpec, Header } from '@busan/chain-spec'
import { accept, refuse, type Verdict } from '@busan/primitives'
import type { Validator } from '@busan/qbft'
import {
  baseFee,
  constants,
  excessBlobGas,
  extraData,
  forkFields,
  gas,
  number,
  timestamp,
} from './header-rules.ts'

/** What a header is judged against. */
export interface HeaderContext {
  readonly spec: ChainSpec
  readonly parent: Header
  /** Who may make the child of `parent`, ascending. */
  readonly validators: readonly Validator[]
}

/** How far ahead of the local clock a header may be, in seconds (Besu's BFT rule). */
const FUTURE_SECONDS_MAX = 1n

/** Each says what is wrong with the header, or nothing. */
const RULES = [
  number,
  constants,
  forkFields,
  gas,
  timestamp,
  baseFee,
  excessBlobGas,
  extraData,
] as const

/** Every rule of a QBFT header beside its parent's hash, its seals and our clock. */
export function validateHeader(
  context: HeaderContext,
  header: Header,
): Verdict<'valid', 'invalid-header'> {
  for (const rule of RULES) {
    const problem = rule(context, header)
    if (problem !== undefined) return refuse('invalid-header', problem)
  }
  return accept('valid')
}

/**
 * A header that only our clock refuses: it may be tried again later, so whatever else can be judged of it is
 * judged before.
 * @param nowMs milliseconds since the epoch
 */
export function validateClock(header: Header, nowMs: number): Verdict<'valid', 'future-block'> {
  const latest = BigInt(Math.floor(nowMs / 1000)) + FUTURE_SECONDS_MAX
  if (header.timestamp > latest) {
    const ahead = `${header.timestamp - latest} s more than the ${FUTURE_SECONDS_MAX} s allowed`
    return refuse(
      'future-block',
      `timestamp ${header.timestamp} is ahead of our clock by ${ahead}: check both clocks, retry later`,
    )
  }
  return accept('valid')
}
