import { setImmediate } from 'node:timers/promises'
import { EMPTY_LOGS_BLOOM } from '@busan/chain-spec'
import { bloomContains } from '@busan/execution'
import { hexToBytes } from '@busan/primitives'
import { type KeyValueStore, type LogTerm, readLogBlocks } from '@busan/storage'
import type { BlockReader } from './block-reader.ts'

/** Blocks looked at in one go: bounds the memory that a wide query takes. */
const WINDOW_BLOCKS = 10_000n

/** Headers whose bloom is tested between two turns of the event loop, so that no query stalls consensus. */
const BLOOMS_PER_TURN = 256

type TermGroups = readonly (readonly LogTerm[])[]

/** Where candidates are looked for. */
export interface LogSource {
  readonly store: KeyValueStore
  readonly reader: BlockReader
}

/**
 * Numbers of the blocks of a range that may match, ascending; some match nothing. The index answers wide ranges,
 * the headers' blooms those that are narrower than looking every term up.
 */
export async function* candidateBlocks(
  source: LogSource,
  groups: TermGroups,
  fromNumber: bigint,
  toNumber: bigint,
): AsyncIterable<bigint> {
  const termCount = groups.reduce((count, group) => count + group.length, 0)
  for (let from = fromNumber; from <= toNumber; from += WINDOW_BLOCKS) {
    const end = from + WINDOW_BLOCKS - 1n
    const to = end < toNumber ? end : toNumber
    const isNarrow = BigInt(termCount) >= to - from + 1n
    if (termCount === 0 || isNarrow) yield* scanBlooms(source.reader, groups, from, to)
    else yield* await searchIndex(source.store, groups, from, to)
  }
}

/** Blocks that the index lists for at least one term of every group. */
async function searchIndex(
  store: KeyValueStore,
  groups: TermGroups,
  fromNumber: bigint,
  toNumber: bigint,
): Promise<readonly bigint[]> {
  let found: ReadonlySet<bigint> | undefined
  for (const group of groups) {
    const listed = new Set<bigint>()
    for (const term of group) {
      for await (const number of readLogBlocks(store, term, fromNumber, toNumber)) {
        if (found === undefined || found.has(number)) listed.add(number)
      }
    }
    if (listed.size === 0) return []
    found = listed
  }
  return [...(found ?? [])].sort((a, b) => (a < b ? -1 : 1))
}

/** Blocks with logs whose bloom does not rule a match out. */
async function* scanBlooms(
  reader: BlockReader,
  groups: TermGroups,
  fromNumber: bigint,
  toNumber: bigint,
): AsyncIterable<bigint> {
  let tested = 0
  for (let number = fromNumber; number <= toNumber; number++) {
    tested += 1
    if (tested % BLOOMS_PER_TURN === 0) await setImmediate()
    const header = reader.headerByNumber(number)
    if (header === undefined || header.logsBloom === EMPTY_LOGS_BLOOM) continue
    const bloom = hexToBytes(header.logsBloom)
    const mayMatch = groups.every((group) => group.some(({ bytes }) => bloomContains(bloom, bytes)))
    if (mayMatch) yield number
  }
}
