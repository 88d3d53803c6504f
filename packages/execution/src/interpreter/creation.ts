import { EVMError } from '@ethereumjs/evm'
import { NO_ACCOUNT, type StoredAccount } from '../state/account.ts'
import { isObjectFormat } from './environment.ts'
import { type Frame, GO_ON, type Handler, halt, MESSAGE, type Signal } from './frame.ts'
import { type Message, type MessageAnswer, stands } from './message.ts'
import { creationAddress, DEPTH_MAX, REFUSALS, refuse, takeAnswer, takeGas } from './sending.ts'
import { toIndex, wordToBytes } from './words.ts'

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
    return startCreation(frame, { value, code: frame.memory.look(offset, size), salt })
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
  const gas = takeGas(frame, BigInt(frame.gas))
  const account = host.state.accountAt(address) ?? NO_ACCOUNT
  const created = creationAddress(address, { nonce: account.nonce, salt, code })
  const sent: Message = {
    kind: salt === undefined ? 'CREATE' : 'CREATE2',
    sender: address,
    caller: address,
    address: created,
    codeAddress: created,
    value,
    data: code,
    gas,
    depth: message.depth + 1,
    isStatic: message.isStatic,
    refund: frame.refund,
  }
  const refusal = refusalOf(message.depth, account, value)
  if (refusal !== undefined) return refuse(frame, sent, refusal)
  host.journal.setAccount(address, { ...account, nonce: account.nonce + 1n })
  frame.pending = { message: sent, receive: endCreation }
  return MESSAGE
}

/** Why nothing is created, in geth's order. */
function refusalOf(depth: number, account: StoredAccount, value: bigint): string | undefined {
  if (depth >= DEPTH_MAX) return REFUSALS.tooDeep
  if (account.balance < value) return REFUSALS.tooPoor
  return account.nonce >= NONCE_MAX ? REFUSALS.nonceOverflow : undefined
}

function endCreation(frame: Frame, answer: MessageAnswer): void {
  takeAnswer(frame, answer)
  if (answer.error?.error === EVMError.errorMessages.REVERT) frame.returnData = answer.output
  frame.push(stands(answer) ? BigInt(answer.createdAddress ?? 0) : 0n)
}
