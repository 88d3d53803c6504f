import {
  type Address,
  bigintToBytes,
  bytesToBigint,
  concatBytes,
  hexToBytes,
  padLeft,
} from '@busan/primitives'
import type { BatchOperation, KeyValueStore } from '../key-value.ts'
import { put } from '../put.ts'
import { keys } from '../schema.ts'
import { decodeStored } from './stored-value.ts'

const NUMBER_BYTES = 8
const INDEX_BYTES = 4

/** The transactions of one block that an account has a part in. */
export interface Appearances {
  readonly blockNumber: bigint
  /** Ascending. */
  readonly indices: readonly number[]
}

/** Which of an account's appearances are read; both ends belong to the range. */
export interface AppearanceRange {
  readonly fromNumber: bigint
  readonly toNumber: bigint
  /** Latest block first. */
  readonly reverse?: boolean
}

/** The writes that let a block's transactions be found by account, one for each account. */
export function putAppearances(
  accounts: ReadonlyMap<Address, readonly number[]>,
  blockNumber: bigint,
): BatchOperation[] {
  return Array.from(accounts, ([account, indices]) =>
    put(
      keys.appearances(hexToBytes(account), blockNumber),
      concatBytes(...indices.map((index) => padLeft(bigintToBytes(BigInt(index)), INDEX_BYTES))),
    ),
  )
}

/** Blocks that an account has a part in, and its transactions in each. */
export async function* readAppearances(
  store: KeyValueStore,
  account: Address,
  { fromNumber, toNumber, reverse = false }: AppearanceRange,
): AsyncIterable<Appearances> {
  const address = hexToBytes(account)
  const bounds = {
    gte: keys.appearances(address, fromNumber),
    lt: keys.appearances(address, toNumber + 1n),
  }
  for await (const [key, value] of store.range({ ...bounds, reverse })) {
    const blockNumber = bytesToBigint(key.subarray(key.length - NUMBER_BYTES))
    const indices = decodeStored(`appearances of ${account} in block ${blockNumber}`, () =>
      decodeIndices(value),
    )
    yield { blockNumber, indices }
  }
}

function decodeIndices(value: Uint8Array): number[] {
  if (value.length % INDEX_BYTES !== 0) throw new TypeError(`${value.length} bytes`)
  return Array.from({ length: value.length / INDEX_BYTES }, (_, place) =>
    Number(bytesToBigint(value.subarray(INDEX_BYTES * place, INDEX_BYTES * (place + 1)))),
  )
}
