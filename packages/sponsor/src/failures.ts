import { refuse, type Verdict } from '@busan/primitives'
import { ABIS } from '@busan/sdk'
import { BaseError, ContractFunctionRevertedError, decodeErrorResult, type Hex } from 'viem'
import type { OperationRefusal } from './operation.ts'

/** Which operation of a bundle the entry point refuses, and why. */
export interface BundleFailure {
  readonly index: number
  readonly refusal: Extract<Verdict<never, OperationRefusal>, { ok: false }>
}

/**
 * The entry point's refusal in an error of viem's.
 * @throws the error itself when it is something else: then nothing was judged
 */
export function readFailure(error: unknown): BundleFailure {
  const revert =
    error instanceof BaseError
      ? error.walk((cause) => cause instanceof ContractFunctionRevertedError)
      : undefined
  if (!(revert instanceof ContractFunctionRevertedError)) throw error
  const { errorName, args = [] } = revert.data ?? {}
  if (errorName !== 'FailedOp' && errorName !== 'FailedOpWithRevert') throw error
  const [index, reason, inner] = args as [bigint, string, Hex?]
  const detail = inner === undefined ? '' : `: ${describeRevert(inner)}`
  return { index: Number(index), refusal: refuse(reasonOf(reason), `${reason}${detail}`) }
}

/** By the entry point's codes: AA1x making the account, AA2x the account, AA3x the paymaster. */
function reasonOf(text: string): OperationRefusal {
  if (/^AA[23]2/.test(text)) return 'out-of-time'
  return text.startsWith('AA3') ? 'paymaster-refuses' : 'account-refuses'
}

const KNOWN_ERRORS = Object.values(ABIS)
  .flat()
  .filter((item) => item.type === 'error')

/** A revert in words: an error of the city's contracts with its arguments, or the bare data. */
export function describeRevert(data: Hex): string {
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: KNOWN_ERRORS, data })
    return `${errorName}(${args.map(String).join(', ')})`
  } catch {
    // An error of a contract that is not the city's.
    return data
  }
}
