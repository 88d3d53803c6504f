import { bytesToHex, type Hex } from '@busan/primitives'
import { EVMError, Message } from '@ethereumjs/evm'
import { Address, hexToBytes } from '@ethereumjs/util'
import { NO_ACCOUNT } from '../state/account.ts'
import { accessGas, isDead, isObjectFormat, payForAddress } from './environment.ts'
import {
  ENDED,
  type Frame,
  GO_ON,
  type Handler,
  halt,
  MESSAGE,
  type MessageAnswer,
  type Signal,
} from './frame.ts'
import { bytesToWord, toIndex, wordToAddressHex, wordToBytes } from './words.ts'

const NO_BYTES = new Uint8Array(0)
const DEPTH_MAX = 1024
const NONCE_MAX = (1n << 64n) - 1n
/** What a called contract may spend of a transfer's price (yellow paper, G_callstipend). */
const STIPEND = 2300
/** EIP-7702: code 0xef0100 and an address. */
const DELEGATION_MARK = 0xef0100
const DELEGATION_SIZE_BYTES = 23

type CallKind = 'call' | 'callcode' | 'delegatecall' | 'staticcall'

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
    return send(frame, messageOf(frame, kind, items, gasLimit), items)
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

function delegateOf(code: Uint8Array): Hex | undefined {
  if (code.length !== DELEGATION_SIZE_BYTES) return undefined
  const mark = ((code[0] as number) << 16) | ((code[1] as number) << 8) | (code[2] as number)
  return mark === DELEGATION_MARK ? bytesToHex(code.subarray(3)) : undefined
}

/** Takes the gas that a message gets: what is asked for, at most all but one 64th since EIP-150. */
function takeGas(frame: Frame, asked: bigint): number {
  const { keepsOne64th } = frame.host.schedule
  if (!keepsOne64th && asked > BigInt(frame.gas)) throw halt('OUT_OF_GAS')
  const most = keepsOne64th ? frame.gas - Math.floor(frame.gas / 64) : frame.gas
  return asked > BigInt(most) ? most : Number(asked)
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

/** What a message carries on of the transaction, as copies: a message that fails leaves no trace in ours. */
function inherited({ message, refund }: Frame, tracksCreated: boolean) {
  const { blobVersionedHashes, selfdestruct, createdAddresses } = message
  return {
    ...(blobVersionedHashes === undefined ? {} : { blobVersionedHashes }),
    selfdestruct: new Map(selfdestruct),
    ...(tracksCreated ? { createdAddresses: new Set(createdAddresses) } : {}),
    gasRefund: BigInt(refund),
  }
}

function send(frame: Frame, message: Message, { output, value }: CallItems): Signal {
  frame.returnData = NO_BYTES
  if (message.depth > DEPTH_MAX || (!message.delegatecall && balanceOf(frame) < value)) {
    frame.push(0n)
    return GO_ON
  }
  frame.pending = {
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

function balanceOf({ host, addressHex }: Frame): bigint {
  return host.state.accountAt(addressHex)?.balance ?? 0n
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

function takeMarks(frame: Frame, sent: Message, gasRefund: bigint | undefined): void {
  const { message } = frame
  for (const [address, heir] of sent.selfdestruct ?? []) message.selfdestruct?.set(address, heir)
  for (const address of sent.createdAddresses ?? []) message.createdAddresses?.add(address)
  frame.refund = Number(gasRefund ?? 0n)
}

function create(hasSalt: boolean): Handler {
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
  const account = host.state.accountAt(frame.addressHex)
  frame.returnData = isObjectFormat(code) ? frame.returnData : NO_BYTES
  const isRefused =
    isObjectFormat(code) ||
    message.depth >= DEPTH_MAX ||
    (account?.balance ?? 0n) < value ||
    (account?.nonce ?? 0n) >= NONCE_MAX
  if (isRefused) {
    frame.push(0n)
    return GO_ON
  }
  const nonce = (account?.nonce ?? 0n) + 1n
  host.journal.setAccount(frame.addressHex, { ...(account ?? NO_ACCOUNT), nonce })
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
  frame.pending = { message: created, receive: (_, answer) => endCreation(frame, created, answer) }
  return MESSAGE
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

function selfdestruct(frame: Frame): Signal {
  frame.assertMutable()
  const { schedule, state, journal } = frame.host
  const heir = wordToAddressHex(frame.peek(0))
  frame.size -= 1
  const balance = balanceOf(frame)
  if (schedule.hasAccessCosts) {
    if (!journal.isWarm(heir)) frame.charge(accessGas(frame, heir))
    journal.warm(heir)
  }
  const account = state.accountAt(heir)
  const isNew = schedule.clearsEmptyAccounts
    ? balance > 0n && isDead(account)
    : schedule.keepsOne64th && account === null
  if (isNew) frame.charge(schedule.newAccountGas)
  bequeath(frame, heir, balance)
  frame.output = NO_BYTES
  return ENDED
}

/** Moves what the contract has to its heir, and marks it. */
function bequeath(frame: Frame, heir: Hex, balance: bigint): void {
  const { message, host, addressHex } = frame
  if (message.selfdestruct?.has(addressHex) !== true) {
    frame.refund += host.schedule.selfdestructRefund
  }
  message.selfdestruct?.set(addressHex, heir)
  const isOwnHeir = heir === addressHex
  if (!isOwnHeir) {
    const before = host.state.accountAt(heir) ?? NO_ACCOUNT
    host.journal.setAccount(heir, { ...before, balance: before.balance + balance })
  }
  // EIP-6780: a contract of an earlier transaction stays, and keeps what it leaves to itself.
  const isEmptied =
    !host.schedule.keepsOldContracts ||
    !isOwnHeir ||
    message.createdAddresses?.has(addressHex) === true
  if (!isEmptied) return
  const own = host.state.accountAt(addressHex)
  if (own === null) return
  host.state.setAccountAt(addressHex, { ...own, balance: 0n })
}

/** CREATE, CALL, CALLCODE, DELEGATECALL, CREATE2, STATICCALL, SELFDESTRUCT. */
export const MESSAGES: Readonly<Record<number, Handler>> = {
  240: create(false),
  241: call('call'),
  242: call('callcode'),
  244: call('delegatecall'),
  245: create(true),
  250: call('staticcall'),
  255: selfdestruct,
}
