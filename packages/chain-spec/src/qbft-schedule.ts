import { type Address, present } from '@busan/primitives'
import type { QbftConfig } from './chain-spec.ts'
import type { QbftKeys, QbftTransition } from './qbft-schema.ts'

/** QBFT settings over the life of a chain. */
export interface QbftSchedule {
  /** @see ChainSpec.qbftAfter */
  configAfter(parent: { readonly number: bigint; readonly timestamp: bigint }): QbftConfig
  validatorOverrideAt(number: bigint): readonly Address[] | undefined
}

/** Settings in Besu's units, each entry complete: what a transition leaves out it inherits. */
interface Settings {
  readonly blockperiodseconds: number
  readonly xblockperiodmilliseconds: number
  readonly xemptyblockperiodseconds: number
  readonly xtailblocks: number
  readonly blockreward: bigint
  readonly miningbeneficiary: Address | ''
}

const MS_PER_SECOND = 1_000

/** One more than what deployment tools wait for by default. */
const TAIL_BLOCKS = 6

/** @param transitions ascending, all by block or all by time */
export function createQbftSchedule(
  keys: QbftKeys,
  transitions: readonly QbftTransition[],
): QbftSchedule {
  const entries = [{ start: 0n, settings: initialSettings(keys) }]
  for (const transition of transitions) {
    const settings = mergeSettings(
      present(entries.at(-1), 'the first settings').settings,
      transition,
    )
    entries.push({ start: transition.block ?? transition.time ?? 0n, settings })
  }
  const configs = entries.map(({ start, settings }) => ({
    start,
    config: toConfig(keys, settings),
  }))
  const isByTime = transitions.some(({ time }) => time !== undefined)
  const overrides = new Map(
    transitions.flatMap(({ block, validators }) =>
      block === undefined || validators === undefined ? [] : [[block, validators.toSorted()]],
    ),
  )
  return {
    configAfter(parent) {
      const position = isByTime ? parent.timestamp : parent.number + 1n
      return present(
        configs.findLast(({ start }) => position >= start),
        'QBFT settings',
      ).config
    },
    validatorOverrideAt: (number) => overrides.get(number),
  }
}

function initialSettings(keys: QbftKeys): Settings {
  return {
    blockperiodseconds: keys.blockperiodseconds ?? 1,
    xblockperiodmilliseconds: keys.xblockperiodmilliseconds ?? 0,
    xemptyblockperiodseconds: keys.xemptyblockperiodseconds ?? 0,
    xtailblocks: keys.xtailblocks ?? TAIL_BLOCKS,
    blockreward: keys.blockreward ?? 0n,
    miningbeneficiary: keys.miningbeneficiary ?? '',
  }
}

function mergeSettings(before: Settings, transition: QbftTransition): Settings {
  return {
    blockperiodseconds: transition.blockperiodseconds ?? before.blockperiodseconds,
    xblockperiodmilliseconds:
      transition.xblockperiodmilliseconds ?? before.xblockperiodmilliseconds,
    xemptyblockperiodseconds:
      transition.xemptyblockperiodseconds ?? before.xemptyblockperiodseconds,
    xtailblocks: transition.xtailblocks ?? before.xtailblocks,
    blockreward: transition.blockreward ?? before.blockreward,
    miningbeneficiary: transition.miningbeneficiary ?? before.miningbeneficiary,
  }
}

function toConfig(keys: QbftKeys, settings: Settings): QbftConfig {
  const { xblockperiodmilliseconds, blockperiodseconds, miningbeneficiary } = settings
  return {
    epochLength: keys.epochlength ?? 30_000,
    blockPeriodMs: xblockperiodmilliseconds || blockperiodseconds * MS_PER_SECOND,
    emptyBlockPeriodMs: settings.xemptyblockperiodseconds * MS_PER_SECOND,
    tailBlocks: settings.xtailblocks,
    requestTimeoutMs: (keys.requesttimeoutseconds ?? 1) * MS_PER_SECOND,
    blockRewardWei: settings.blockreward,
    ...(miningbeneficiary === '' ? {} : { miningBeneficiary: miningbeneficiary }),
    futureMessagesLimit: keys.futuremessageslimit ?? 1_000,
    futureMessagesMaxDistance: keys.futuremessagesmaxdistance ?? 10,
  }
}
