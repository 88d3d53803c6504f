import type { Block } from '@busan/chain-spec'
import type { HeightState } from '@busan/qbft'
import type { Height } from './driver.ts'

/** What a round goes through, in order. */
const PHASES = ['proposal', 'prepare', 'commit'] as const

/** Notes when rounds begin, and measures the phases that a step of the machine has ended. */
export function measurePhases(height: Height, before: HeightState<Block>): void {
  const { state, driver } = height
  const nowMs = driver.ports.clock.nowMs()
  if (state.isStarted && !before.isStarted) height.dueMs = nowMs
  const isSameRound = state.round === before.round && before.isStarted
  if (!isSameRound) {
    height.roundStartedMs = nowMs
    height.phaseStartedMs = nowMs
  }
  const done = phasesDone(state)
  for (let index = isSameRound ? phasesDone(before) : 0; index < done; index++) {
    const seconds = Math.max(0, nowMs - height.phaseStartedMs) / 1000
    driver.metrics.phaseSeconds.observe(seconds, { phase: PHASES[index] ?? 'commit' })
    height.phaseStartedMs = nowMs
  }
}

function phasesDone(state: HeightState<Block>): number {
  if (state.decided !== undefined) return 3
  if (state.candidates.every(({ status }) => status !== 'accepted')) return 0
  return state.prepared?.round === state.round ? 2 : 1
}
