import { bytesToHex, type Hex, hexToBytes, toAddress } from '@busan/primitives'
import { EVMError, type Message } from '@ethereumjs/evm'
import { generateAddress2 } from '@ethereumjs/util'
import { contractAddress } from '../contract-address.ts'
import { describeHalt } from '../vm/evm-error.ts'
import { type Frame, GO_ON, halt, type MessageAnswer, type Signal } from './frame.ts'
import type { MessageEnd, MessageKind, SentMessage } from './ports.ts'

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

/** What a message carries on of the transaction, as copies: a message that fails leaves no trace in ours. */
export function inherited({ message, refund }: Frame, tracksCreated: boolean) {
  const { blobVersionedHashes, selfdestruct, createdAddresses } = message
  return {
    ...(blobVersionedHashes === undefined ? {} : { blobVersionedHashes }),
    selfdestruct: new Map(selfdestruct),
    ...(tracksCreated ? { createdAddresses: new Set(createdAddresses) } : {}),
    gasRefund: BigInt(refund),
  }
}

/** What the account that runs has, in wei. */
export function balanceOf({ host, addressHex }: Frame): bigint {
  return host.state.accountAt(addressHex)?.balance ?? 0n
}

/** Marks and refund of a message that has succeeded. */
export function takeMarks(frame: Frame, sent: Message, gasRefund: bigint | undefined): void {
  const { message } = frame
  for (const [address, heir] of sent.selfdestruct ?? []) message.selfdestruct?.set(address, heir)
  for (const address of sent.createdAddresses ?? []) message.createdAddresses?.add(address)
  frame.refund = Number(gasRefund ?? 0n)
}

/** Pushes 0 for a message that is not sent at all, and tells of it. */
export function refuse(frame: Frame, kind: MessageKind, message: Message, error: string): Signal {
  const { listener, state } = frame.host
  frame.push(0n)
  if (listener === undefined) return GO_ON
  const nonce = () => state.accountAt(frame.addressHex)?.nonce ?? 0n
  listener.messageStarts(sentMessage(kind, message, { address: frame.addressHex, nonce }))
  listener.messageEnds({ output: NO_BYTES, gasUsed: 0n, error })
  return GO_ON
}

/** Who sends a message. */
export interface Sender {
  readonly address: Hex
  /** Before a creation that the message stands for. */
  nonce(): bigint
}

function creationAddress({ salt, data }: Message, { address, nonce }: Sender): Hex {
  if (salt !== undefined) return bytesToHex(generateAddress2(hexToBytes(address), salt, data))
  return contractAddress(toAddress(address), nonce())
}

/** A message as listeners hear of it. */
export function sentMessage(kind: MessageKind, message: Message, sender: Sender): SentMessage {
  // The library gives every message with an address a code address.
  const target = message.to === undefined ? undefined : message.codeAddress
  return {
    kind,
    from: sender.address,
    to: target === undefined ? creationAddress(message, sender) : bytesToHex(target.bytes),
    input: message.data,
    gas: message.gasLimit,
    value: kind === 'STATICCALL' ? undefined : message.value,
  }
}

/** How a message ended, as listeners hear of it. */
export function messageEnd({ execResult }: MessageAnswer): MessageEnd {
  const { exceptionError, executionGasUsed, returnValue } = execResult
  // Of Frontier: a contract whose code cannot be paid for is there, without code.
  const stands =
    exceptionError === undefined ||
    exceptionError.error === EVMError.errorMessages.CODESTORE_OUT_OF_GAS
  const error = stands ? undefined : describeHalt(execResult)
  return { output: returnValue, gasUsed: executionGasUsed, error }
}
