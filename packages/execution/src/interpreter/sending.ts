import {
  bytesToAddress,
  concatBytes,
  type Hex,
  hexToBytes,
  keccak256,
  toAddress,
} from '@busan/primitives'
import { contractAddress } from '../contract-address.ts'
import { describeHalt } from '../vm/evm-error.ts'
import { type Frame, GO_ON, halt, type Signal } from './frame.ts'
import { type Message, type MessageAnswer, stands } from './message.ts'
import { messageResult } from './outcome.ts'
import type { MessageEnd, SentMessage } from './ports.ts'

/** Frames that may be open at once, beside the transaction's own. */
export const DEPTH_MAX = 1024

/** geth's words for messages that are refused before anything of them runs. */
export const REFUSALS = {
  tooDeep: 'max call depth exceeded',
  tooPoor: 'insufficient balance for transfer',
  nonceOverflow: 'nonce uint64 overflow',
} as const

const NO_BYTES = new Uint8Array(0)

/** Takes the gas that a message gets: what is asked for, at most all but one 64th since EIP-150. */
export function takeGas(frame: Frame, asked: bigint): number {
  const { keepsOne64th } = frame.host.schedule
  if (!keepsOne64th && asked > BigInt(frame.gas)) throw halt('OUT_OF_GAS')
  const most = keepsOne64th ? frame.gas - Math.floor(frame.gas / 64) : frame.gas
  return asked > BigInt(most) ? most : Number(asked)
}

/** What the account that runs has, in wei. */
export function balanceOf({ host, address }: Frame): bigint {
  return host.state.accountAt(address)?.balance ?? 0n
}

/** Logs, gas, refund and memory of a message that has ended. @throws EVMError `out of gas` */
export function takeAnswer(frame: Frame, answer: MessageAnswer): void {
  frame.keep(answer.frame?.memory)
  for (const log of answer.logs) frame.logs.push(log)
  frame.charge(answer.gasUsed)
  if (stands(answer)) frame.refund = answer.refund
}

/** Pushes 0 for a message that is not sent at all, and tells of it. */
export function refuse(frame: Frame, message: Message, error: string): Signal {
  const { listener } = frame.host
  frame.push(0n)
  listener?.messageStarts(sentMessage(message))
  listener?.messageEnds({ output: NO_BYTES, gasUsed: 0n, error })
  return GO_ON
}

/** Where a creation puts its contract: by nonce, or by EIP-1014 when there is a salt. */
export function creationAddress(
  sender: Hex,
  {
    nonce,
    salt,
    code,
  }: {
    /** The sender's before the creation counts. */
    readonly nonce: bigint
    readonly salt: Uint8Array | undefined
    readonly code: Uint8Array
  },
): Hex {
  if (salt === undefined) return contractAddress(toAddress(sender), nonce)
  const named = concatBytes(Uint8Array.of(0xff), hexToBytes(sender), salt, keccak256(code))
  return bytesToAddress(keccak256(named).subarray(12))
}

/** A message as listeners hear of it: they may keep it. */
export function sentMessage(message: Message): SentMessage {
  return {
    kind: message.kind,
    from: message.sender,
    to: message.codeAddress,
    input: message.data.slice(),
    gas: BigInt(message.gas),
    value: message.kind === 'STATICCALL' ? undefined : message.value,
  }
}

/** How a message ended, as listeners hear of it: they may keep it. */
export function messageEnd(answer: MessageAnswer): MessageEnd {
  const error = stands(answer) ? undefined : describeHalt(messageResult(answer))
  return { output: answer.output.slice(), gasUsed: BigInt(answer.gasUsed), error }
}
