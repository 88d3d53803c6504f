import { CodedError, isCodedError } from '@busan/primitives'
import type { ExecutionErrorCode } from '../errors.ts'

/** Runs a trace; one that takes too long ends with geth's words for it. */
export async function inTraceWords<Result>(trace: () => Promise<Result>): Promise<Result> {
  try {
    return await trace()
  } catch (error) {
    if (!isCodedError<ExecutionErrorCode>(error, 'call-timeout')) throw error
    throw new CodedError(error.code, 'execution timeout', { details: error.details })
  }
}
