import { EVMError, type ExecResult, type Message } from '@ethereumjs/evm'
import type { Frame } from './frame.ts'

/** What the library takes from a frame that has ended well. */
export function success(frame: Frame): ExecResult {
  const { message, logs, output = new Uint8Array(0) } = frame
  return {
    ...marksOf(message),
    executionGasUsed: message.gasLimit - BigInt(frame.gas),
    returnValue: output,
    logs,
    gasRefund: BigInt(frame.refund),
    gas: BigInt(frame.gas),
    runState: runStateOf(frame),
  }
}

function marksOf({ selfdestruct, createdAddresses }: Message) {
  return {
    ...(selfdestruct === undefined ? {} : { selfdestruct }),
    ...(createdAddresses === undefined ? {} : { createdAddresses }),
  }
}

/** The same of one that has not: all gas is gone, but for a REVERT. */
export function failure(frame: Frame, exceptionError: EVMError): ExecResult {
  const { message } = frame
  const isRevert = exceptionError.error === EVMError.errorMessages.REVERT
  const gas = isRevert ? BigInt(frame.gas) : 0n
  return {
    selfdestruct: new Map(),
    createdAddresses: new Set(),
    executionGasUsed: message.gasLimit - gas,
    returnValue: (isRevert ? frame.output : undefined) ?? new Uint8Array(0),
    logs: [],
    gasRefund: BigInt(Math.max(0, frame.refund)),
    gas,
    exceptionError,
    runState: runStateOf(frame),
  }
}

/** What of the library's run state is read afterwards: where and on what the frame ended. */
function runStateOf(frame: Frame): NonNullable<ExecResult['runState']> {
  const { opcode, returnData, size, stack, output } = frame
  return {
    opCode: opcode,
    returnBytes: returnData,
    returnValue: output,
    stack: {
      length: size,
      peek: (count: number) => Array.from({ length: count }, (_, i) => stack[size - 1 - i]),
    },
  } as unknown as NonNullable<ExecResult['runState']>
}
