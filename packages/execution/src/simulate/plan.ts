import type { Header } from '@busan/chain-spec'
import { accept, refuse, type Verdict } from '@busan/primitives'
import type { BlockRequest, SimulationReason } from './types.ts'

/** Most blocks that a simulation reaches above its base, as in geth. */
export const SIMULATED_BLOCKS_MAX = 256

/** Seconds between made-up blocks that name no time: a slot of Ethereum, as in geth. */
const BLOCK_SECONDS = 12n

/** A block whose place is decided. */
export interface PlannedBlock extends BlockRequest {
  readonly number: bigint
  /** Seconds. */
  readonly timestamp: bigint
}

/** Gives each block its number and time; numbers that are left out become empty blocks. */
export function planBlocks(
  base: Pick<Header, 'number' | 'timestamp'>,
  requests: readonly BlockRequest[],
): Verdict<readonly PlannedBlock[], SimulationReason> {
  if (requests.length > SIMULATED_BLOCKS_MAX) return refuse('too-many-blocks', 'too many blocks')
  const planned: PlannedBlock[] = []
  for (const request of requests) {
    const previous = planned.at(-1) ?? base
    const number = request.override.number ?? previous.number + 1n
    if (number <= previous.number) {
      return refuse(
        'block-number-not-increasing',
        `block numbers must be in order: ${number} <= ${previous.number}`,
      )
    }
    if (number - base.number > BigInt(SIMULATED_BLOCKS_MAX)) {
      return refuse('too-many-blocks', 'too many blocks')
    }
    planned.push(...emptyBlocks(previous, number))
    const { timestamp: before } = planned.at(-1) ?? base
    const timestamp = request.override.timestamp ?? before + BLOCK_SECONDS
    if (timestamp <= before) {
      return refuse(
        'timestamp-not-increasing',
        `block timestamps must be in order: ${timestamp} <= ${before}`,
      )
    }
    planned.push({ ...request, number, timestamp })
  }
  return accept(planned)
}

/** The blocks between `previous` and `end`. */
function emptyBlocks(
  previous: Pick<Header, 'number' | 'timestamp'>,
  end: bigint,
): readonly PlannedBlock[] {
  const count = Number(end - previous.number) - 1
  return Array.from({ length: count }, (_, index) => ({
    number: previous.number + BigInt(index + 1),
    timestamp: previous.timestamp + BLOCK_SECONDS * BigInt(index + 1),
    override: {},
    calls: [],
  }))
}
