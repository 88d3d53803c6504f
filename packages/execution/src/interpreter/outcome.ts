import { EVMError, type ExecResult } from '@ethereumjs/evm'
import type { Frame, Marks } from './frame.ts'
import { type MessageAnswer, stands } from './message.ts'
import type { MessageResult } from './ports.ts'

const NO_BYTES = new Uint8Array(0)

/** What came of a frame that has ended well. */
export function success(frame: Frame): MessageAnswer {
  const { message, gas, logs, refund, output = NO_BYTES } = frame
  return { error: undefined, gasUsed: message.gas - gas, output, logs, refund, frame }
}

/** The same of one that has not: all gas is gone, but for a REVERT. */
export function failure(frame: Frame, error: EVMError): MessageAnswer {
  const isRevert = error.error === EVMError.errorMessages.REVERT
  return {
    error,
    gasUsed: frame.message.gas - (isRevert ? frame.gas : 0),
    output: (isRevert ? frame.output : undefined) ?? NO_BYTES,
    logs: [],
    refund: 0,
    frame,
  }
}

/** An answer as a result. @param marks left out: the answer is only told of */
export function messageResult(answer: MessageAnswer, marks?: Marks): MessageResult {
  const { error, gasUsed, output, logs, refund, frame } = answer
  const isMarked = marks !== undefined && stands(answer)
  return {
    executionGasUsed: BigInt(gasUsed),
    returnValue: output,
    logs,
    gasRefund: BigInt(refund),
    ...(isMarked ? { selfdestruct: marks.destroyed, createdAddresses: marks.created } : {}),
    ...(error === undefined ? {} : { exceptionError: error }),
    ...(frame === undefined ? {} : { runState: runStateOf(frame) }),
  }
}

/** What of the library's run state is read afterwards: where and on what the frame ended. */
function runStateOf(frame: Frame): NonNullable<ExecResult['runState']> {
  const { opcode, returnData, size, stack, output, gas } = frame
  return {
    opCode: opcode,
    gasLeft: gas,
    returnBytes: returnData,
    returnValue: output,
    stack: {
      length: size,
      peek: (count: number) => Array.from({ length: count }, (_, i) => stack[size - 1 - i]),
    },
  } as unknown as NonNullable<ExecResult['runState']>
}
