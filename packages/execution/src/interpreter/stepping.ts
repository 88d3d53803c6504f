import { EVMError } from '@ethereumjs/evm'
import { describeHalt } from '../vm/evm-error.ts'
import type { Frame, Signal } from './frame.ts'
import { failure, messageResult } from './outcome.ts'
import type { ExecutionListener } from './ports.ts'
import { runFrame } from './run-frame.ts'

const { OUT_OF_GAS, STACK_UNDERFLOW, STACK_OVERFLOW, STATIC_STATE_CHANGE, INVALID_JUMP } =
  EVMError.errorMessages

/** Errors that geth finds before the opcode runs, and tells with it; others end the frame afterwards. */
const REFUSALS: readonly string[] = [
  OUT_OF_GAS,
  STACK_UNDERFLOW,
  STACK_OVERFLOW,
  STATIC_STATE_CHANGE,
]
const UNPAID: readonly string[] = [STACK_UNDERFLOW, STACK_OVERFLOW, INVALID_JUMP]
const PAST_RETURN_DATA = 'return data out of bounds'

/** Runs one opcode and tells of it; otherwise as runFrame. */
export function stepFrame(frame: Frame, listener: ExecutionListener): Signal {
  const gasBefore = frame.gas
  listener.stepStarts({
    pc: frame.pc,
    opcode: frame.code[frame.pc] ?? 0,
    code: frame.code,
    gas: gasBefore,
    depth: frame.message.depth,
    address: frame.address,
    stack: frame.stack,
    stackSize: frame.size,
    memory: frame.memory.bytes,
    memorySizeBytes: frame.memory.words * 32,
    returnData: frame.returnData,
    state: frame.host.state,
  })
  frame.passedGas = 0
  try {
    const signal = runFrame(frame)
    const cost = gasBefore - frame.gas + frame.passedGas
    listener.stepEnds({ cost, refund: frame.refund, error: undefined })
    return signal
  } catch (error) {
    if (error instanceof EVMError) tellFault(frame, listener, { gasBefore, error })
    throw error
  }
}

function tellFault(
  frame: Frame,
  listener: ExecutionListener,
  { gasBefore, error }: { readonly gasBefore: number; readonly error: EVMError },
): void {
  const asked = gasBefore - frame.gas
  const base = Math.max(0, frame.host.schedule.base[frame.opcode] ?? 0)
  const isWhole = Number.isFinite(asked) && !UNPAID.includes(error.error)
  const words = describeHalt(messageResult(failure(frame, error)))
  listener.stepEnds({
    cost: isWhole ? Math.max(0, asked) : base,
    refund: Math.max(0, frame.refund),
    error: REFUSALS.includes(error.error) && words !== PAST_RETURN_DATA ? words : undefined,
  })
}
