import type { Hex } from '@busan/primitives'
import { EVMError } from '@ethereumjs/evm'
import { isDead } from '../state/account.ts'
import { create } from './creation.ts'
import { delegateOf } from './delegation.ts'
import { payForAddress } from './environment.ts'
import { type Frame, type Handler, MESSAGE, type Signal } from './frame.ts'
import type { Message, MessageAnswer } from './message.ts'
import { selfdestruct } from './selfdestruct.ts'
import { balanceOf, DEPTH_MAX, REFUSALS, refuse, takeAnswer, takeGas } from './sending.ts'
import { toIndex, wordToAddressHex } from './words.ts'

const NO_BYTES = new Uint8Array(0)
/** What a called contract may spend of a transfer's price (yellow paper, G_callstipend). */
const STIPEND = 2300

type CallKind = 'CALL' | 'CALLCODE' | 'DELEGATECALL' | 'STATICCALL'

/** The items that a call takes, in order. */
interface CallItems {
  readonly gas: bigint
  readonly to: Hex
  readonly value: bigint
  readonly input: { readonly offset: number; readonly size: number }
  readonly output: { readonly offset: number; readonly size: number }
}

function takeItems(frame: Frame, kind: CallKind): CallItems {
  const hasValue = kind === 'CALL' || kind === 'CALLCODE'
  const rest = hasValue ? 3 : 2
  const items = {
    gas: frame.peek(0),
    to: wordToAddressHex(frame.peek(1)),
    value: hasValue ? frame.peek(2) : 0n,
    input: { offset: toIndex(frame.peek(rest)), size: toIndex(frame.peek(rest + 1)) },
    output: { offset: toIndex(frame.peek(rest + 2)), size: toIndex(frame.peek(rest + 3)) },
  }
  frame.size -= rest + 4
  return items
}

function call(kind: CallKind): Handler {
  return (frame) => {
    const items = takeItems(frame, kind)
    if (kind === 'CALL' && items.value !== 0n) frame.assertMutable()
    frame.reach(items.input.offset, items.input.size)
    frame.reach(items.output.offset, items.output.size)
    payForTarget(frame, kind, items)
    let gasLimit = takeGas(frame, items.gas)
    if (items.value !== 0n) {
      frame.gas += STIPEND
      gasLimit += STIPEND
    }
    frame.passedGas = gasLimit
    return send(frame, messageOf(frame, kind, items, gasLimit), items.output)
  }
}

function payForTarget(frame: Frame, kind: CallKind, { to, value }: CallItems): void {
  const { schedule, state } = frame.host
  payForAddress(frame, to)
  if (value !== 0n) frame.charge(schedule.callValueGas)
  if (kind === 'CALL') {
    const account = state.accountAt(to)
    const isNew = schedule.clearsEmptyAccounts ? value !== 0n && isDead(account) : account === null
    if (isNew) frame.charge(schedule.newAccountGas)
  }
  const delegate = schedule.hasDelegations ? delegateOf(state.codeAt(to)) : undefined
  if (delegate !== undefined) payForAddress(frame, delegate)
}

function messageOf(frame: Frame, kind: CallKind, items: CallItems, gas: number): Message {
  const { message, address, memory } = frame
  const runsHere = kind === 'DELEGATECALL' || kind === 'CALLCODE'
  return {
    kind,
    sender: address,
    caller: kind === 'DELEGATECALL' ? message.caller : address,
    address: runsHere ? address : items.to,
    codeAddress: items.to,
    value: kind === 'DELEGATECALL' ? message.value : items.value,
    data: memory.look(items.input.offset, items.input.size),
    gas,
    depth: message.depth + 1,
    isStatic: kind === 'STATICCALL' || message.isStatic,
    refund: frame.refund,
  }
}

function send(frame: Frame, message: Message, output: CallItems['output']): Signal {
  frame.returnData = NO_BYTES
  if (message.depth > DEPTH_MAX) return refuse(frame, message, REFUSALS.tooDeep)
  if (message.kind !== 'DELEGATECALL' && balanceOf(frame) < message.value) {
    return refuse(frame, message, REFUSALS.tooPoor)
  }
  frame.pending = {
    message,
    receive: (_, answer) => receive(frame, answer, output),
  }
  return MESSAGE
}

function receive(frame: Frame, answer: MessageAnswer, output: CallItems['output']): void {
  takeAnswer(frame, answer)
  const isReverted = answer.error?.error === EVMError.errorMessages.REVERT
  if (answer.error === undefined || isReverted) frame.returnData = answer.output
  const size = Math.min(output.size, frame.returnData.length)
  if (size > 0) frame.memory.bytes.set(frame.returnData.subarray(0, size), output.offset)
  frame.push(answer.error === undefined ? 1n : 0n)
}

/** The opcodes that send messages, and SELFDESTRUCT. */
export const MESSAGES: Readonly<Record<number, Handler>> = {
  240: create(false),
  241: call('CALL'),
  242: call('CALLCODE'),
  244: call('DELEGATECALL'),
  245: create(true),
  250: call('STATICCALL'),
  255: selfdestruct,
}
