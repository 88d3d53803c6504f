import type { ExecResult } from '@ethereumjs/evm'
import { stackInputs } from './stack-inputs.ts'

/**
 * ethereumjs's words for an exceptional halt, and geth's: wallets and indexers match on the latter. A function
 * where geth adds numbers.
 */
const GETH_WORDS: Readonly<Record<string, string | ((halt: Halt) => string)>> = {
  revert: 'execution reverted',
  // The library has one word for four ways to end.
  'out of gas': ({ readsPastReturnData, reachesTooFar, hasReturned }) => {
    if (readsPastReturnData) return 'return data out of bounds'
    if (reachesTooFar) return 'gas uint64 overflow'
    return hasReturned ? 'contract creation code storage out of gas' : 'out of gas'
  },
  'code store out of gas': 'contract creation code storage out of gas',
  'code size to deposit exceeds maximum code size': ({ depositSizeBytes, codeSizeBytesMax }) =>
    `max code size exceeded: code size ${depositSizeBytes} limit ${codeSizeBytesMax}`,
  'stack underflow': ({ opcode, stackSize }) =>
    `stack underflow (${stackSize} <=> ${stackInputs(opcode)})`,
  'stack overflow': 'stack limit reached 1024 (1023)',
  'invalid JUMP': 'invalid jump destination',
  'invalid opcode': ({ opcode, opcodeName }) =>
    `invalid opcode: ${opcodeName ?? `opcode 0x${opcode.toString(16)} not defined`}`,
  'value out of range': 'return data out of bounds',
  'static state change': 'write protection',
  'create collision': 'contract address collision',
  'insufficient balance': 'insufficient balance for transfer',
  'invalid bytecode deployed': 'invalid code: must not begin with 0xef',
  'initcode exceeds max initcode size': 'max initcode size exceeded',
}

interface Halt {
  readonly opcode: number
  /** As geth names it; undefined for an opcode that no fork defines. */
  readonly opcodeName: string | undefined
  readonly stackSize: number
  readonly readsPastReturnData: boolean
  /** Deviation: into memory beyond 4 GiB, which has no price here; geth's prices end at 128 GiB. */
  readonly reachesTooFar: boolean
  /** The code ran to its RETURN, so what failed is the deposit of what it returned. */
  readonly hasReturned: boolean
  readonly depositSizeBytes: number
  readonly codeSizeBytesMax: number
}

type RunState = NonNullable<ExecResult['runState']>

const RETURNDATACOPY = 0x3e
const RETURN = 0xf3

/** EIP-170. */
const CODE_SIZE_BYTES_MAX = 24_576

/** Opcodes that a fork may lack, and the designated invalid one. */
const NAMED_OPCODES: Readonly<Record<number, string>> = {
  30: 'CLZ',
  70: 'CHAINID',
  71: 'SELFBALANCE',
  72: 'BASEFEE',
  73: 'BLOBHASH',
  74: 'BLOBBASEFEE',
  92: 'TLOAD',
  93: 'TSTORE',
  94: 'MCOPY',
  95: 'PUSH0',
  254: 'INVALID',
}

/** How a message that did not succeed ended, in geth's words; words without a counterpart stay as they are. */
export function describeHalt(result: Pick<ExecResult, 'exceptionError' | 'runState'>): string {
  // The library appends where a jump went wrong.
  const words = (result.exceptionError?.error ?? 'internal error').replace(/ at 0x.*$/, '')
  const geth = GETH_WORDS[words] ?? words
  return typeof geth === 'string' ? geth : geth(haltOf(result))
}

function haltOf({ runState }: Pick<ExecResult, 'runState'>): Halt {
  const opcode = runState?.opCode ?? 0xfe
  const returned = (runState as { returnValue?: Uint8Array } | undefined)?.returnValue
  return {
    opcode,
    opcodeName: NAMED_OPCODES[opcode],
    stackSize: runState?.stack.length ?? 0,
    readsPastReturnData: runState !== undefined && readsPastReturnData(runState),
    reachesTooFar: runState !== undefined && !Number.isFinite(Number(runState.gasLeft)),
    hasReturned: opcode === RETURN && returned !== undefined,
    depositSizeBytes: returned?.length ?? 0,
    codeSizeBytesMax: CODE_SIZE_BYTES_MAX,
  }
}

/** RETURNDATACOPY(memory offset, offset, size) beyond what the last call returned (EIP-211). */
function readsPastReturnData({ opCode, stack, returnBytes }: RunState): boolean {
  if (opCode !== RETURNDATACOPY || stack.length < 3) return false
  const [, offset = 0n, size = 0n] = stack.peek(3)
  return offset + size > BigInt(returnBytes.length)
}
