import { keccak256 } from '@busan/primitives'
import { isDead } from '../state/account.ts'
import { type Frame, GO_ON, type Handler, halt } from './frame.ts'
import { bytesToWord, readWord, sliceWithZeros, toIndex, wordToAddressHex } from './words.ts'

/** Leaves one item and takes none. */
function reads(read: (frame: Frame) => bigint): Handler {
  return (frame) => {
    frame.push(read(frame))
    return GO_ON
  }
}

/** Replaces the top item. */
function looksUp(look: (frame: Frame, word: bigint) => bigint): Handler {
  return (frame) => {
    const top = frame.size - 1
    frame.stack[top] = look(frame, frame.stack[top] as bigint)
    return GO_ON
  }
}

/** Pays for an address by EIP-2929 and warms it; nothing before Berlin. */
export function payForAddress(frame: Frame, address: `0x${string}`): void {
  frame.charge(accessGas(frame, address))
  if (frame.host.schedule.hasAccessCosts) frame.host.journal.warm(address)
}

/** What EIP-2929 charges for an address now. */
export function accessGas({ host }: Frame, address: `0x${string}`): number {
  const { schedule, journal } = host
  if (!schedule.hasAccessCosts) return 0
  return journal.isWarm(address) ? schedule.warmReadGas : schedule.coldAccountGas
}

function copyToMemory(
  frame: Frame,
  source: () => Uint8Array,
  at: { readonly memory: bigint; readonly data: bigint; readonly size: bigint },
): void {
  const [memory, size] = [toIndex(at.memory), toIndex(at.size)]
  frame.charge(frame.memory.expansionGas(memory, size))
  frame.charge(frame.host.schedule.copyWordGas * Math.ceil(size / 32))
  frame.memory.expand(memory, size)
  if (size > 0) frame.memory.write(memory, size, source(), toIndex(at.data))
}

/** Takes memory offset, data offset and size. */
function copies(source: (frame: Frame) => Uint8Array): Handler {
  return (frame) => {
    const at = { memory: frame.peek(0), data: frame.peek(1), size: frame.peek(2) }
    copyToMemory(frame, () => source(frame), at)
    frame.size -= 3
    return GO_ON
  }
}

function loadCallData({ data }: Frame, position: bigint): bigint {
  const index = toIndex(position)
  if (index >= data.length) return 0n
  if (index + 32 <= data.length) {
    return readWord(new DataView(data.buffer, data.byteOffset, data.length), index)
  }
  return bytesToWord(sliceWithZeros(data, index, 32))
}

function codeHash(frame: Frame, word: bigint): bigint {
  const address = wordToAddressHex(word)
  payForAddress(frame, address)
  if (isObjectFormat(frame.host.state.codeAt(address))) {
    return bytesToWord(keccak256(OBJECT_FORMAT_BYTES))
  }
  const account = frame.host.state.accountAt(address)
  return account === null || isDead(account) ? 0n : bytesToWord(account.codeHash)
}

/** EF00 is read as two bytes by code of before the object format, in ethereumjs. */
const OBJECT_FORMAT_BYTES = Uint8Array.of(0xef, 0)

function visibleCode(frame: Frame, address: `0x${string}`): Uint8Array {
  const code = frame.host.state.codeAt(address)
  return isObjectFormat(code) ? OBJECT_FORMAT_BYTES : code
}

/** Code in the object format (EIP-3540), which no fork here runs. */
export function isObjectFormat(code: Uint8Array): boolean {
  return code[0] === 0xef && code[1] === 0
}

/** Opcodes 0x30 to 0x4a. */
export const ENVIRONMENT: Readonly<Record<number, Handler>> = {
  // ADDRESS
  48: reads(({ address }) => BigInt(address)),
  // BALANCE
  49: looksUp((frame, word) => {
    const address = wordToAddressHex(word)
    payForAddress(frame, address)
    return frame.host.state.accountAt(address)?.balance ?? 0n
  }),
  // ORIGIN
  50: reads(({ host }) => BigInt(host.origin)),
  // CALLER
  51: reads(({ message }) => BigInt(message.caller)),
  // CALLVALUE
  52: reads(({ message }) => message.value),
  // CALLDATALOAD
  53: looksUp(loadCallData),
  // CALLDATASIZE
  54: reads(({ data }) => BigInt(data.length)),
  // CALLDATACOPY
  55: copies(({ data }) => data),
  // CODESIZE
  56: reads(({ code }) => BigInt(code.length)),
  // CODECOPY
  57: copies(({ code }) => code),
  // GASPRICE
  58: reads(({ host }) => host.gasPrice),
  // EXTCODESIZE
  59: looksUp((frame, word) => {
    const address = wordToAddressHex(word)
    payForAddress(frame, address)
    return BigInt(visibleCode(frame, address).length)
  }),
  // EXTCODECOPY
  60: (frame) => {
    const address = wordToAddressHex(frame.peek(0))
    payForAddress(frame, address)
    const at = { memory: frame.peek(1), data: frame.peek(2), size: frame.peek(3) }
    copyToMemory(frame, () => visibleCode(frame, address), at)
    frame.size -= 4
    return GO_ON
  },
  // RETURNDATASIZE
  61: reads(({ returnData }) => BigInt(returnData.length)),
  // RETURNDATACOPY: reading beyond the end is an error, unlike everywhere else (EIP-211)
  62: (frame) => {
    if (frame.peek(1) + frame.peek(2) > BigInt(frame.returnData.length)) throw halt('OUT_OF_GAS')
    return copyReturnData(frame)
  },
  // EXTCODEHASH
  63: looksUp(codeHash),
  // BLOCKHASH
  64: looksUp(({ host }, number) => {
    const distance = host.header.number - number
    return distance > 256n || distance <= 0n ? 0n : host.blockHash(number)
  }),
  // COINBASE
  65: reads(({ host }) => bytesToWord(host.header.coinbase.bytes)),
  // TIMESTAMP
  66: reads(({ host }) => host.header.timestamp),
  // NUMBER
  67: reads(({ host }) => host.header.number),
  // DIFFICULTY, PREVRANDAO (EIP-4399)
  68: reads(({ host: { schedule, header } }) =>
    schedule.hasPrevRandao ? bytesToWord(header.prevRandao) : header.difficulty,
  ),
  // GASLIMIT
  69: reads(({ host }) => host.header.gasLimit),
  // CHAINID
  70: reads(({ host }) => host.chainId),
  // SELFBALANCE
  71: reads(({ host, address }) => host.state.accountAt(address)?.balance ?? 0n),
  // BASEFEE
  72: reads(({ host }) => host.header.baseFeePerGas ?? 0n),
  // BLOBHASH
  73: looksUp(({ host }, index) => BigInt(host.blobVersionedHashes[toIndex(index)] ?? 0n)),
  // BLOBBASEFEE
  74: reads(({ host }) => host.header.getBlobGasPrice() ?? 0n),
}

const copyReturnData = copies(({ returnData }) => returnData)
