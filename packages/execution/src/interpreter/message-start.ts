import { equalBytes } from '@busan/primitives'
import type { EVMError, ExecResult } from '@ethereumjs/evm'
import { EMPTY_CODE_HASH_BYTES, EMPTY_ROOT_BYTES, NO_ACCOUNT } from '../state/account.ts'
import { delegateOf } from './delegation.ts'
import { Frame, type Host, halt } from './frame.ts'
import { isCreation, type Message, type MessageAnswer } from './message.ts'
import { MAX_WORD } from './words.ts'

const NO_BYTES = new Uint8Array(0)

/** A frame to run, or the answer when no code runs; some precompiled contracts make one wait for theirs. */
type Started = Frame | MessageAnswer | Promise<MessageAnswer>

/** Begins a message whose checkpoint is set: moves its value and opens its frame. */
export function startMessage(host: Host, message: Message): Started {
  const moves = message.kind !== 'DELEGATECALL'
  if (moves && !takeValue(host, message)) return refused(message, 'INSUFFICIENT_BALANCE')
  return isCreation(message) ? startCreation(host, message) : startCall(host, message)
}

/** Yellow paper 8: a message call. */
function startCall(host: Host, message: Message): Started {
  if (message.kind !== 'DELEGATECALL' && !giveValue(host, message)) {
    return refused(message, 'VALUE_OVERFLOW')
  }
  const { codeAddress, data, depth, gas } = message
  const precompile = host.precompiled(codeAddress)
  if (precompile !== undefined) {
    const result = precompile(data, gas)
    return result instanceof Promise
      ? result.then((awaited) => precompiledAnswer(message, awaited))
      : precompiledAnswer(message, result)
  }
  let code = host.state.codeAt(codeAddress)
  const delegate = host.schedule.hasDelegations ? delegateOf(code) : undefined
  if (delegate !== undefined) {
    code = host.state.codeAt(delegate)
    // What a transaction calls is not paid for, so neither is whose code it runs (EIP-7702).
    if (depth === 0) host.journal.addAlwaysWarmAddress(delegate)
  }
  return code.length === 0 ? empty(message) : new Frame(host, message, code, data)
}

/** Yellow paper 7: a creation. */
function startCreation(host: Host, message: Message): Frame | MessageAnswer {
  const { schedule, state, journal, marks } = host
  const { address, data, gas } = message
  if (schedule.limitsInitCode && data.length > schedule.initCodeSizeMax) {
    return { ...refused(message, 'INITCODE_SIZE_VIOLATION'), gasUsed: gas }
  }
  const account = state.accountAt(address) ?? NO_ACCOUNT
  // EIP-684 and EIP-7610: nothing is created over what is there.
  const isTaken =
    account.nonce > 0n ||
    !equalBytes(account.codeHash, EMPTY_CODE_HASH_BYTES) ||
    !equalBytes(account.storageRoot, EMPTY_ROOT_BYTES)
  if (isTaken) return { ...refused(message, 'CREATE_COLLISION'), gasUsed: gas }
  if (!marks.created.has(address)) {
    marks.created.add(address)
    journal.remember(() => marks.created.delete(address))
  }
  // Before there is an account: most often there is nothing to clear.
  state.clearStorageAt(address)
  const nonce = schedule.clearsEmptyAccounts ? account.nonce + 1n : account.nonce
  journal.setAccount(address, { ...account, nonce })
  if (!giveValue(host, message)) return refused(message, 'VALUE_OVERFLOW')
  return data.length === 0 ? empty(message) : new Frame(host, message, data, NO_BYTES)
}

/** @returns false: the sender has less */
function takeValue({ state, journal, schedule }: Host, { sender, value }: Message): boolean {
  // Touching is of account only where it removes empty accounts; before, it makes them.
  if (value === 0n && schedule.clearsEmptyAccounts) {
    journal.touch(sender)
    return true
  }
  const account = state.accountAt(sender) ?? NO_ACCOUNT
  if (account.balance < value) return false
  journal.setAccount(sender, { ...account, balance: account.balance - value })
  return true
}

/** @returns false: the receiver would have more than a word holds */
function giveValue({ state, journal, schedule }: Host, { address, value }: Message): boolean {
  if (value === 0n && schedule.clearsEmptyAccounts) {
    journal.touch(address)
    return true
  }
  const account = state.accountAt(address) ?? NO_ACCOUNT
  const balance = account.balance + value
  if (balance > MAX_WORD) return false
  journal.setAccount(address, { ...account, balance })
  return true
}

function refused(message: Message, reason: keyof typeof EVMError.errorMessages): MessageAnswer {
  return { ...empty(message), error: halt(reason) }
}

/** Nothing ran, and nothing is wrong. */
function empty(message: Message): MessageAnswer {
  const { refund, address } = message
  const answer = { error: undefined, gasUsed: 0, output: NO_BYTES, logs: [], refund }
  return isCreation(message) ? { ...answer, createdAddress: address } : answer
}

function precompiledAnswer(message: Message, result: ExecResult): MessageAnswer {
  const { exceptionError: error, executionGasUsed, returnValue } = result
  return { ...empty(message), error, gasUsed: Number(executionGasUsed), output: returnValue }
}
