import { bytesToBigint } from '@busan/primitives'
import type { BatchOperation, KeyValueStore } from '../key-value.ts'
import { put } from '../put.ts'
import { keys, type LogTerm } from '../schema.ts'

const TERM_BYTES = 20
const NUMBER_BYTES = 8

const NO_BYTES = new Uint8Array(0)

/**
 * The writes that index a block's logs: one for each address and topic. A topic is cut to its last 20 bytes, which
 * tells addresses, amounts and hashes apart; the rare false match costs a look at a block.
 */
export function* putLogTerms(
  terms: Iterable<LogTerm>,
  blockNumber: bigint,
): Iterable<BatchOperation> {
  for (const term of terms) yield put(termKey(term, blockNumber), NO_BYTES)
}

/** Numbers of the blocks from `fromNumber` to `toNumber` (inclusive) that may have the term, ascending. */
export async function* readLogBlocks(
  store: KeyValueStore,
  term: LogTerm,
  fromNumber: bigint,
  toNumber: bigint,
): AsyncIterable<bigint> {
  const range = { gte: termKey(term, fromNumber), lt: termKey(term, toNumber + 1n) }
  for await (const [key] of store.range(range)) {
    yield bytesToBigint(key.subarray(key.length - NUMBER_BYTES))
  }
}

function termKey({ kind, bytes }: LogTerm, number: bigint): Uint8Array {
  return keys.log(kind, bytes.subarray(bytes.length - TERM_BYTES), number)
}
