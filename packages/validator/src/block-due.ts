import { type BlockTimer, blockPeriods, blockTimes, startBlockTimer } from './block-timer.ts'
import type { Driver } from './driver.ts'
import type { BuildableBlock } from './ports.ts'
import { candidatesAfter } from './proposal.ts'

/**
 * Waits until the child of `parent` may be proposed.
 * @param sinceMs when the parent became known, in milliseconds since the epoch
 */
export function whenBlockDue(
  driver: Driver,
  parent: Pick<BuildableBlock, 'header' | 'transactions'>,
  sinceMs: number,
  onDue: () => void,
): BlockTimer {
  const { chain, clock } = driver.ports
  return startBlockTimer({
    clock,
    times: blockTimes(parent.header, blockPeriods(chain, parent.header), sinceMs),
    hasExecutable: () => {
      for (const _ of candidatesAfter(driver, parent)) return true
      return false
    },
    onDue,
  })
}
