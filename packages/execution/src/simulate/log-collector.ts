import {
  type Address,
  bytesToHash,
  type Hex,
  hexToBytes,
  padLeft,
  toAddress,
  toHash,
} from '@busan/primitives'
import type { ExecutionListener, SentMessage } from '../interpreter/ports.ts'
import { wordToHex } from '../interpreter/words.ts'
import { DEAF_LISTENER } from '../trace/tracer.ts'
import type { Log } from '../types.ts'
import type { SimulatedLog } from './types.ts'

/** ERC-7528: the coin itself, where a token is expected. */
const COIN_ADDRESS = toAddress(`0x${'ee'.repeat(20)}`)

/** `Transfer(address,address,uint256)` (ERC-20). */
const TRANSFER_TOPIC = toHash('0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef')

/** Gathers what a block's calls log. */
export interface LogCollector {
  readonly listener: ExecutionListener
  /** What the call that has just ended left. */
  take(): readonly SimulatedLog[]
}

/** @param tellsTransfers the coin's movements are logs too, of a token at {@link COIN_ADDRESS} */
export function createLogCollector(tellsTransfers: boolean): LogCollector {
  let frames: SimulatedLog[][] = []
  let left: SimulatedLog[] = []
  let count = 0
  const push = (log: Log): void => {
    frames.at(-1)?.push({ ...log, index: count++ })
  }
  const listener: ExecutionListener = {
    ...DEAF_LISTENER,
    messageStarts: (message) => {
      frames.push([])
      if (tellsTransfers && movesCoin(message)) push(transferLog(message, message.value ?? 0n))
    },
    messageEnds: ({ error }) => {
      const logs = frames.pop() ?? []
      if (error !== undefined) return
      const outer = frames.at(-1)
      if (outer === undefined) left = logs
      else outer.push(...logs)
    },
    logged: push,
  }
  return {
    listener,
    take: () => {
      const logs = left
      left = []
      frames = []
      return logs
    },
  }
}

function movesCoin({ kind, value }: SentMessage): boolean {
  return kind !== 'DELEGATECALL' && value !== undefined && value > 0n
}

function transferLog({ from, to }: SentMessage, valueWei: bigint): Log {
  return {
    address: COIN_ADDRESS,
    topics: [TRANSFER_TOPIC, topicOf(from), topicOf(to)],
    data: wordToHex(valueWei),
  }
}

function topicOf(address: Hex | Address): Log['topics'][number] {
  return bytesToHash(padLeft(hexToBytes(address), 32))
}
