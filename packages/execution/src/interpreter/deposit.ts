import type { EVMError } from '@ethereumjs/evm'
import type { Host } from './frame.ts'
import { halt } from './frame.ts'
import type { Message, MessageAnswer } from './message.ts'

/** EIP-3541: no contract begins with this byte. */
const RESERVED_BYTE = 0xef

const NO_BYTES = new Uint8Array(0)

/** Pays for the code that init code has returned and puts it in place (yellow paper 7, EIP-170, EIP-3541). */
export function depositCode(host: Host, message: Message, answer: MessageAnswer): MessageAnswer {
  const created = { ...answer, createdAddress: message.address }
  if (answer.error !== undefined) return created
  const { schedule, state } = host
  const { output: code } = answer
  if (code.length > schedule.codeSizeMax) return fails(created, message, 'CODESIZE_EXCEEDS_MAXIMUM')
  const gasUsed = answer.gasUsed + code.length * schedule.codeByteGas
  if (gasUsed > message.gas) {
    if (schedule.paysForCode) return fails(created, message, 'OUT_OF_GAS')
    // Of Frontier: the contract is there, without code.
    return { ...created, output: NO_BYTES, error: halt('CODESTORE_OUT_OF_GAS') }
  }
  if (schedule.reservesFirstByte && code[0] === RESERVED_BYTE) {
    return fails(created, message, 'INVALID_BYTECODE_RESULT')
  }
  if (code.length > 0) state.setCodeAt(message.address, code.slice())
  return { ...created, gasUsed }
}

function fails(
  answer: MessageAnswer,
  { gas }: Message,
  reason: keyof typeof EVMError.errorMessages,
): MessageAnswer {
  return { ...answer, error: halt(reason), gasUsed: gas, output: NO_BYTES }
}
