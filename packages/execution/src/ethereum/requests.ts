import { createHash } from 'node:crypto'
import {
  type Address,
  accept,
  bytesToBigint,
  concatBytes,
  type Hash,
  hexToBytes,
  refuse,
  toAddress,
  toHash,
  type Verdict,
} from '@busan/primitives'
import type { ExecutionReason, Log, Receipt } from '../types.ts'
import type { BlockContext } from '../vm/block-context.ts'
import type { Machine } from '../vm/machine.ts'
import { systemCall } from './system-call.ts'

/** EIP-7002 and EIP-7251: the queues that are read at the end of a block, by request type. */
const QUEUES: readonly (readonly [type: number, contract: Address])[] = [
  [1, toAddress('0x00000961ef480eb55e80d19ad83579a64c007002')],
  [2, toAddress('0x0000bbddc7ce488642fb579f8b00f3a590007251')],
]

/** `DepositEvent(bytes,bytes,bytes,bytes,bytes)` (EIP-6110). */
const DEPOSIT_TOPIC = toHash('0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5')

const DEPOSIT_TYPE = 0
const DEPOSIT_LOG_SIZE_BYTES = 576
const WORD_SIZE_BYTES = 32

/** The fields of a deposit log: where the ABI must place each, and its length. */
const DEPOSIT_FIELDS: readonly (readonly [offset: number, sizeBytes: number])[] = [
  [160, 48],
  [256, 32],
  [320, 8],
  [384, 96],
  [512, 8],
]

/** The requests of a block to the consensus layer, type byte first, ascending (EIP-7685); empty ones left out. */
export async function collectRequests(
  machine: Machine,
  context: BlockContext,
  block: { readonly receipts: readonly Receipt[]; readonly depositContract: Address },
): Promise<Verdict<readonly Uint8Array[], ExecutionReason>> {
  const deposits = collectDeposits(block.receipts, block.depositContract)
  if (!deposits.ok) return deposits
  const requests = [concatBytes(Uint8Array.of(DEPOSIT_TYPE), ...deposits.value)]
  for (const [type, contract] of QUEUES) {
    const answer = await systemCall(machine, context, contract, new Uint8Array(0))
    if (answer === undefined) {
      return refuse('invalid-system-call', `no code at the request contract ${contract}`)
    }
    if ('error' in answer) {
      return refuse('invalid-system-call', `the request contract ${contract}: ${answer.error}`)
    }
    requests.push(concatBytes(Uint8Array.of(type), answer.output))
  }
  return accept(requests.filter((request) => request.length > 1))
}

/** A header's requestsHash (EIP-7685). */
export function requestsHash(requests: readonly Uint8Array[]): Hash {
  const hash = createHash('sha256')
  for (const request of requests) hash.update(createHash('sha256').update(request).digest())
  return toHash(`0x${hash.digest('hex')}`)
}

function collectDeposits(
  receipts: readonly Receipt[],
  depositContract: Address,
): Verdict<readonly Uint8Array[], ExecutionReason> {
  const deposits: Uint8Array[] = []
  for (const log of receipts.flatMap(({ logs }) => logs)) {
    if (log.address !== depositContract || log.topics[0] !== DEPOSIT_TOPIC) continue
    const deposit = depositOf(log)
    if (deposit === undefined) {
      return refuse('invalid-system-call', `a deposit log of ${depositContract} has another layout`)
    }
    deposits.push(deposit)
  }
  return accept(deposits)
}

/** public key, credentials, amount, signature and index, joined; undefined: not laid out as EIP-6110 demands. */
function depositOf({ data }: Log): Uint8Array | undefined {
  const bytes = hexToBytes(data)
  if (bytes.length !== DEPOSIT_LOG_SIZE_BYTES) return undefined
  const wordAt = (at: number) => bytesToBigint(bytes.subarray(at, at + WORD_SIZE_BYTES))
  const isLaidOut = DEPOSIT_FIELDS.every(
    ([offset, sizeBytes], index) =>
      wordAt(index * WORD_SIZE_BYTES) === BigInt(offset) && wordAt(offset) === BigInt(sizeBytes),
  )
  if (!isLaidOut) return undefined
  return concatBytes(
    ...DEPOSIT_FIELDS.map(([offset, sizeBytes]) => {
      const start = offset + WORD_SIZE_BYTES
      return bytes.subarray(start, start + sizeBytes)
    }),
  )
}
