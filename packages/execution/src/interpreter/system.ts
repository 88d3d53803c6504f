import { type Address, bytesToHex, type Hash, keccak256 } from '@busan/primitives'
import { ENDED, type Frame, GO_ON, type Handler, halt, PAUSE, type Signal } from './frame.ts'
import { bytesToWord, toIndex, wordToHex } from './words.ts'

const NO_BYTES = new Uint8Array(0)

/** What the top two items name, paid for. */
function readMemory(frame: Frame): Uint8Array {
  const [offset, size] = [toIndex(frame.peek(0)), toIndex(frame.peek(1))]
  frame.reach(offset, size)
  return frame.memory.look(offset, size)
}

/** Hashing more than this at once counts as time spent: code without a loop can do little else that lasts. */
const LONG_HASH_BYTES = 1024

function hashMemory(frame: Frame): Signal {
  const [offset, size] = [toIndex(frame.peek(0)), toIndex(frame.peek(1))]
  frame.charge(frame.memory.expansionGas(offset, size))
  frame.charge(frame.host.schedule.keccakWordGas * Math.ceil(size / 32))
  frame.memory.expand(offset, size)
  const data = frame.memory.look(offset, size)
  frame.stack[--frame.size - 1] = bytesToWord(keccak256(data))
  frame.pause = size > LONG_HASH_BYTES ? frame.host.pacer.pause() : undefined
  return frame.pause === undefined ? GO_ON : PAUSE
}

function copyMemory(frame: Frame): 0 {
  const [to, from, size] = [frame.peek(0), frame.peek(1), frame.peek(2)].map(toIndex) as [
    number,
    number,
    number,
  ]
  frame.charge(frame.host.schedule.copyWordGas * Math.ceil(size / 32))
  frame.reach(Math.max(to, from), size)
  if (size > 0) frame.memory.bytes.copyWithin(to, from, from + size)
  frame.size -= 3
  return GO_ON
}

function log(topicCount: number): Handler {
  return (frame) => {
    frame.assertMutable()
    const { logTopicGas, logByteGas } = frame.host.schedule
    const [offset, size] = [toIndex(frame.peek(0)), toIndex(frame.peek(1))]
    frame.charge(frame.memory.expansionGas(offset, size))
    frame.charge(logTopicGas * topicCount + logByteGas * size)
    frame.memory.expand(offset, size)
    // As the receipt has it: a copy of thousands of logs, made at the end, would double what is cleaned up meanwhile.
    const topics: Hash[] = []
    for (let i = 0; i < topicCount; i++) topics.push(wordToHex(frame.peek(2 + i)) as Hash)
    const data = bytesToHex(frame.memory.look(offset, size))
    const log = { address: frame.address as Address, topics, data }
    frame.logs.push(log)
    frame.host.listener?.logged(log)
    frame.size -= 2 + topicCount
    return GO_ON
  }
}

function invalid(): never {
  throw halt('INVALID_OPCODE')
}

/** STOP, KECCAK256, MCOPY, LOG0 to LOG4, RETURN, REVERT, INVALID. */
export const SYSTEM: Readonly<Record<number, Handler>> = {
  0: (frame) => {
    frame.output = NO_BYTES
    return ENDED
  },
  32: hashMemory,
  94: copyMemory,
  160: log(0),
  161: log(1),
  162: log(2),
  163: log(3),
  164: log(4),
  243: (frame) => {
    frame.output = readMemory(frame)
    return ENDED
  },
  253: (frame) => {
    frame.output = readMemory(frame)
    throw halt('REVERT')
  },
  254: invalid,
}
