import { CodedError, errorMessage } from '@busan/primitives'
import type { Executor } from '../executor.ts'
import type { BlockPosition } from '../trace/position.ts'
import type { TraceableBlock } from '../trace/trace-block.ts'
import type { TransactionDecoder } from '../transaction-decoder.ts'

/** What of an executor runs on threads of its own: whatever a client may make last. */
export type IsolatedMethod =
  | 'call'
  | 'estimateGas'
  | 'accessList'
  | 'simulate'
  | 'traceBlock'
  | 'traceCall'
  | 'traceCalls'
  | 'storageRange'

/** A call of such a method. Arguments are plain data; blocks go as {@link PackedBlock}. */
export interface IsolatedRequest {
  readonly id: number
  readonly method: IsolatedMethod
  readonly args: readonly unknown[]
}

/** What came of it: the value, or what was thrown. */
export type IsolatedAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: PackedError }

/** What a thread says first. */
export interface ThreadReady {
  readonly isReady: true
}

/** An error as plain data: its class would be lost on the way. */
export interface PackedError {
  /** Absent: not a CodedError, so a bug. */
  readonly code?: string
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}

/** A block whose transactions are as they were signed: a tenth of what they are decoded. */
export interface PackedBlock extends Omit<TraceableBlock, 'transactions'> {
  readonly raws: readonly Uint8Array[]
}

/** What was thrown, for the way. */
export function packError(error: unknown): PackedError {
  const message = errorMessage(error)
  if (!(error instanceof CodedError)) return { message, details: {} }
  return { code: error.code, message, details: error.details }
}

/** What was thrown, as it was. */
export function unpackError({ code, message, details }: PackedError): Error {
  return code === undefined ? new Error(message) : new CodedError(code, message, { details })
}

/** A block for the way. */
export function packBlock({ hash, header, transactions }: TraceableBlock): PackedBlock {
  return { hash, header, raws: transactions.map(({ raw }) => raw) }
}

function unpackBlock({ raws, ...rest }: PackedBlock, decode: TransactionDecoder): TraceableBlock {
  const transactions = raws.map((raw) => {
    const decoded = decode(raw)
    if (!decoded.ok) throw new TypeError(decoded.message)
    return decoded.value
  })
  return { ...rest, transactions }
}

/** A position for the way. */
export function packPosition({ block, ...rest }: BlockPosition): PackedPosition {
  return { ...rest, block: packBlock(block) }
}

/** A position whose block is packed. */
export interface PackedPosition extends Omit<BlockPosition, 'block'> {
  readonly block: PackedBlock
}

/** Runs a request where it has arrived. */
export function runRequest(
  executor: Executor,
  { method, args }: IsolatedRequest,
): Promise<unknown> {
  const decode = executor.decodeTransaction
  const unpacked = (args as readonly unknown[]).map((argument) => {
    if (typeof argument !== 'object' || argument === null) return argument
    if ('raws' in argument) return unpackBlock(argument as PackedBlock, decode)
    if ('block' in argument && isPacked(argument.block)) {
      return { ...argument, block: unpackBlock(argument.block, decode) }
    }
    if ('position' in argument && argument.position !== undefined) {
      const position = argument.position as PackedPosition
      return { ...argument, position: { ...position, block: unpackBlock(position.block, decode) } }
    }
    return argument
  })
  return (executor[method] as (...given: unknown[]) => Promise<unknown>)(...unpacked)
}

function isPacked(block: unknown): block is PackedBlock {
  return typeof block === 'object' && block !== null && 'raws' in block
}
