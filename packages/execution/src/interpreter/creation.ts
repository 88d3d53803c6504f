import { EVMError, Message } from '@ethereumjs/evm'
import { NO_ACCOUNT, type StoredAccount } from '../state/account.ts'
import { isObjectFormat } from './environment.ts'
import {
  type Frame,
  GO_ON,
  type Handler,
  halt,
  MESSAGE,
  type MessageAnswer,
  type Signal,
} from './frame.ts'
import { DEPTH_MAX, inherited, REFUSALS, refuse, takeGas, takeMarks } from './sending.ts'
import { bytesToWord, toIndex, wordToBytes } from './words.ts'

const NO_BYTES = new Uint8Array(0)
const NONCE_MAX = (1n << 64n) - 1n

/** CREATE and CREATE2: sends init code. */
export function create(hasSalt: boolean): Handler {
  return (frame) => {
    frame.assertMutable()
    const { schedule } = frame.host
    const [value, offset, size] = [frame.peek(0), toIndex(frame.peek(1)), toIndex(frame.peek(2))]
    const salt = hasSalt ? wordToBytes(frame.peek(3)) : undefined
    frame.size -= hasSalt ? 4 : 3
    const words = Math.ceil(size / 32)
    frame.charge(frame.memory.expansionGas(offset, size))
    if (schedule.limitsInitCode) frame.charge(schedule.initCodeWordGas * words)
    if (hasSalt) frame.charge(schedule.keccakWordGas * words)
    frame.memory.expand(offset, size)
    if (schedule.limitsInitCode && size > schedule.initCodeSizeMax) {
      throw halt('INITCODE_SIZE_VIOLATION')
    }
    return startCreation(frame, { value, code: frame.memory.read(offset, size), salt })
  }
}

interface Creation {
  readonly value: bigint
  readonly code: Uint8Array
  readonly salt: Uint8Array | undefined
}

function startCreation(frame: Frame, { value, code, salt }: Creation): Signal {
  const { message, host, address } = frame
  if (isObjectFormat(code)) {
    frame.push(0n)
    return GO_ON
  }
  frame.returnData = NO_BYTES
  const gasLimit = takeGas(frame, BigInt(frame.gas))
  const created = new Message({
    caller: address,
    gasLimit: BigInt(gasLimit),
    value,
    data: code,
    ...(salt === undefined ? {} : { salt }),
    depth: message.depth + 1,
    ...inherited(frame, host.schedule.keepsOldContracts),
  })
  const kind = salt === undefined ? 'CREATE' : 'CREATE2'
  const account = host.state.accountAt(frame.addressHex) ?? NO_ACCOUNT
  const refusal = refusalOf(message.depth, account, value)
  if (refusal !== undefined) return refuse(frame, kind, created, refusal)
  host.journal.setAccount(frame.addressHex, { ...account, nonce: account.nonce + 1n })
  frame.pending = {
    kind,
    message: created,
    receive: (_, answer) => endCreation(frame, created, answer),
  }
  return MESSAGE
}

/** Why nothing is created, in geth's order. */
function refusalOf(depth: number, account: StoredAccount, value: bigint): string | undefined {
  if (depth >= DEPTH_MAX) return REFUSALS.tooDeep
  if (account.balance < value) return REFUSALS.tooPoor
  return account.nonce >= NONCE_MAX ? REFUSALS.nonceOverflow : undefined
}

function endCreation(frame: Frame, message: Message, answer: MessageAnswer): void {
  const { exceptionError, executionGasUsed, logs, returnValue, gasRefund } = answer.execResult
  for (const log of logs ?? []) frame.logs.push(log)
  frame.charge(Number(executionGasUsed))
  if (exceptionError?.error === EVMError.errorMessages.REVERT) frame.returnData = returnValue
  // Of Frontier: a contract whose code cannot be paid for is there, without code.
  const stands =
    exceptionError === undefined ||
    exceptionError.error === EVMError.errorMessages.CODESTORE_OUT_OF_GAS
  if (stands) takeMarks(frame, message, gasRefund)
  const { createdAddress } = answer
  if (stands && createdAddress !== undefined) frame.push(bytesToWord(createdAddress.bytes))
  else frame.push(exceptionError === undefined ? 1n : 0n)
}
