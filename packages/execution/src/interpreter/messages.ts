import type { Hex } from '@busan/primitives'
import { EVMError, Message } from '@ethereumjs/evm'
import { Address, hexToBytes } from '@ethereumjs/util'
import { create } from './creation.ts'
import { delegateOf } from './delegation.ts'
import { isDead, payForAddress } from './environment.ts'
import { type Frame, type Handler, MESSAGE, type MessageAnswer, type Signal } from './frame.ts'
import { selfdestruct } from './selfdestruct.ts'
import { balanceOf, DEPTH_MAX, inherited, REFUSALS, refuse, takeGas, takeMarks } from './sending.ts'
import { toIndex, wordToAddressHex } from './words.ts'

const NO_BYTES = new Uint8Array(0)
/** What a called contract may spend of a transfer's price (yellow paper, G_callstipend). */
const STIPEND = 2300
const KIND_NAMES = {
  call: 'CALL',
  callcode: 'CALLCODE',
  delegatecall: 'DELEGATECALL',
  staticcall: 'STATICCALL',
} as const

type CallKind = keyof typeof KIND_NAMES

/** The items that a call takes, in order. */
interface CallItems {
  readonly gas: bigint
  readonly to: Hex
  readonly value: bigint
  readonly input: { readonly offset: number; readonly size: number }
  readonly output: { readonly offset: number; readonly size: number }
}

function takeItems(frame: Frame, kind: CallKind): CallItems {
  const hasValue = kind === 'call' || kind === 'callcode'
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
    if (kind === 'call' && items.value !== 0n) frame.assertMutable()
    frame.reach(items.input.offset, items.input.size)
    frame.reach(items.output.offset, items.output.size)
    payForTarget(frame, kind, items)
    let gasLimit = takeGas(frame, items.gas)
    if (items.value !== 0n) {
      frame.gas += STIPEND
      gasLimit += STIPEND
    }
    frame.passedGas = gasLimit
    return send(frame, kind, { message: messageOf(frame, kind, items, gasLimit), items })
  }
}

function payForTarget(frame: Frame, kind: CallKind, { to, value }: CallItems): void {
  const { schedule, state } = frame.host
  payForAddress(frame, to)
  if (value !== 0n) frame.charge(schedule.callValueGas)
  if (kind === 'call') {
    const account = state.accountAt(to)
    const isNew = schedule.clearsEmptyAccounts ? value !== 0n && isDead(account) : account === null
    if (isNew) frame.charge(schedule.newAccountGas)
  }
  const delegate = schedule.hasDelegations ? delegateOf(state.codeAt(to)) : undefined
  if (delegate !== undefined) payForAddress(frame, delegate)
}

function messageOf(frame: Frame, kind: CallKind, items: CallItems, gasLimit: number): Message {
  const { message, address, memory, host } = frame
  const target = new Address(hexToBytes(items.to))
  const runsHere = kind === 'delegatecall' || kind === 'callcode'
  return new Message({
    caller: kind === 'delegatecall' ? message.caller : address,
    gasLimit: BigInt(gasLimit),
    to: runsHere ? address : target,
    ...(runsHere ? { codeAddress: target } : {}),
    value: kind === 'delegatecall' ? message.value : items.value,
    data: memory.read(items.input.offset, items.input.size),
    isStatic: kind === 'staticcall' || message.isStatic,
    delegatecall: kind === 'delegatecall',
    depth: message.depth + 1,
    ...inherited(frame, host.schedule.keepsOldContracts),
  })
}

function send(
  frame: Frame,
  kind: CallKind,
  { message, items: { output, value } }: { readonly message: Message; readonly items: CallItems },
): Signal {
  frame.returnData = NO_BYTES
  const name = KIND_NAMES[kind]
  if (message.depth > DEPTH_MAX) return refuse(frame, name, message, REFUSALS.tooDeep)
  if (!message.delegatecall && balanceOf(frame) < value) {
    return refuse(frame, name, message, REFUSALS.tooPoor)
  }
  frame.pending = {
    kind: name,
    message,
    receive(_, { execResult }) {
      takeAnswer(frame, message, { execResult })
      const size = Math.min(output.size, frame.returnData.length)
      if (size > 0) frame.memory.bytes.set(frame.returnData.subarray(0, size), output.offset)
      frame.push(execResult.exceptionError === undefined ? 1n : 0n)
    },
  }
  return MESSAGE
}

/** Gas, logs and marks of a message that has ended. */
function takeAnswer(frame: Frame, message: Message, { execResult }: MessageAnswer): void {
  const { exceptionError, executionGasUsed, logs, returnValue, gasRefund } = execResult
  for (const log of logs ?? []) frame.logs.push(log)
  frame.charge(Number(executionGasUsed))
  const isReverted = exceptionError?.error === EVMError.errorMessages.REVERT
  if (exceptionError === undefined || isReverted) frame.returnData = returnValue
  if (exceptionError !== undefined) return
  takeMarks(frame, message, gasRefund)
}

/** The opcodes that send messages, and SELFDESTRUCT. */
export const MESSAGES: Readonly<Record<number, Handler>> = {
  240: create(false),
  241: call('call'),
  242: call('callcode'),
  244: call('delegatecall'),
  245: create(true),
  250: call('staticcall'),
  255: selfdestruct,
}
