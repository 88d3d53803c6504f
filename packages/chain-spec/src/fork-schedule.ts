import { present } from '@busan/primitives'
import type { Fork } from './chain-spec.ts'

/** When a fork starts: at a block number, or at a block timestamp in seconds. */
export type Activation = { readonly block: bigint } | { readonly time: bigint }

/** The forks of a chain in order, each with its start. */
export type ForkSchedule = readonly { readonly fork: Fork; readonly activation: Activation }[]

/** How the number of blobs in a block is steered (EIP-7840). Counts are in blobs. */
export interface BlobSchedule {
  readonly target: number
  readonly max: number
  readonly baseFeeUpdateFraction: number
}

/** Every supported fork in order, with the genesis key that starts it. */
export const FORKS = [
  { name: 'homestead', key: 'homesteadBlock' },
  { name: 'tangerineWhistle', key: 'eip150Block' },
  { name: 'spuriousDragon', key: 'eip158Block' },
  { name: 'byzantium', key: 'byzantiumBlock' },
  { name: 'constantinople', key: 'constantinopleBlock' },
  { name: 'petersburg', key: 'petersburgBlock' },
  { name: 'istanbul', key: 'istanbulBlock' },
  { name: 'muirGlacier', key: 'muirGlacierBlock' },
  { name: 'berlin', key: 'berlinBlock' },
  { name: 'london', key: 'londonBlock' },
  { name: 'arrowGlacier', key: 'arrowGlacierBlock' },
  { name: 'grayGlacier', key: 'grayGlacierBlock' },
  { name: 'paris', key: 'mergeNetsplitBlock' },
  { name: 'shanghai', key: 'shanghaiTime' },
  { name: 'cancun', key: 'cancunTime' },
  { name: 'prague', key: 'pragueTime' },
  { name: 'osaka', key: 'osakaTime' },
  { name: 'bpo1', key: 'bpo1Time' },
  { name: 'bpo2', key: 'bpo2Time' },
  { name: 'bpo3', key: 'bpo3Time' },
  { name: 'bpo4', key: 'bpo4Time' },
  { name: 'bpo5', key: 'bpo5Time' },
] as const

/** Ethereum mainnet's blob schedules, which apply where a genesis file names none. */
const MAINNET_BLOB_SCHEDULES: Readonly<Record<string, BlobSchedule>> = {
  cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477 },
  prague: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
}

/** The genesis keys that start forks, with the values read. */
export type ForkKeys = { readonly [Key in (typeof FORKS)[number]['key']]?: bigint | undefined }

/** @param blobSchedules by fork name; a fork without one keeps its predecessor's */
export function createForkSchedule(
  keys: ForkKeys,
  blobSchedules: Readonly<Record<string, BlobSchedule | undefined>>,
): ForkSchedule {
  const schedule = [
    { fork: forkNamed('chainstart', undefined), activation: { block: 0n } as Activation },
  ]
  let blobs: BlobSchedule | undefined
  for (const { name, key } of FORKS) {
    blobs = blobSchedules[name] ?? MAINNET_BLOB_SCHEDULES[name] ?? blobs
    const start = keys[key]
    if (start === undefined) continue
    const activation = key.endsWith('Time') ? { time: start } : { block: start }
    schedule.push({ fork: forkNamed(name, blobs), activation })
  }
  return schedule
}

/** The last fork in order that has started; a fork brings every earlier one with it, as in Besu. */
export function findFork(schedule: ForkSchedule, number: bigint, timestamp: bigint): Fork {
  const entry = schedule.findLast(({ activation }) =>
    'block' in activation ? number >= activation.block : timestamp >= activation.time,
  )
  return present(entry, 'the first fork').fork
}

function forkNamed(name: string, blobs: BlobSchedule | undefined): Fork {
  const includes = (earlier: string) => forkIndex(name) >= forkIndex(earlier)
  const rules = {
    name,
    isMerged: includes('paris'),
    hasBaseFee: includes('london'),
    hasWithdrawals: includes('shanghai'),
    hasBlobGas: includes('cancun'),
    hasBeaconRoot: includes('cancun'),
    hasRequests: includes('prague'),
  }
  if (!rules.hasBlobGas || blobs === undefined) return rules
  return { ...rules, blobs: { ...blobs, hasReservePrice: includes('osaka') } }
}

/** Position in the order of forks; -1 for the first rules of all. */
function forkIndex(name: string): number {
  return FORKS.findIndex((fork) => fork.name === name)
}
