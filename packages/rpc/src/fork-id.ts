import { crc32 } from 'node:zlib'
import type { ForkSchedule } from '@busan/chain-spec'
import { bigintToBytes, type Hash, type Hex, hexToBytes, padLeft } from '@busan/primitives'

/** A genesis as fork ids see it. */
export interface ForkIdGenesis {
  readonly hash: Hash
  /** Seconds. */
  readonly timestamp: bigint
}

/**
 * FORK_HASH of EIP-6122: a checksum of the genesis and of where its forks start, by block and then by time.
 * @param untilTimestamp seconds; forks that start by a later time are left out
 */
export function forkHash(
  schedule: ForkSchedule,
  genesis: ForkIdGenesis,
  untilTimestamp: bigint,
): Hex {
  const starts = schedule.map(({ activation }) => activation)
  // What holds from the genesis on is no fork.
  const blocks = starts.flatMap((start) =>
    'block' in start && start.block > 0n ? [start.block] : [],
  )
  const times = starts.flatMap((start) =>
    'time' in start && start.time > genesis.timestamp && start.time <= untilTimestamp
      ? [start.time]
      : [],
  )
  let sum = crc32(hexToBytes(genesis.hash))
  for (const start of [...ascending(blocks), ...ascending(times)]) {
    sum = crc32(padLeft(bigintToBytes(start), 8), sum)
  }
  return `0x${sum.toString(16).padStart(8, '0')}`
}

/** Each once. */
function ascending(values: readonly bigint[]): readonly bigint[] {
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : 1))
}
