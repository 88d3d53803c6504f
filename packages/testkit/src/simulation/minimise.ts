// Cuts a failing plan down to what the failure needs, by delta debugging over its items.
import type { Violation } from './checkers/fail.ts'
import type { PlanItem, Scenario } from './plan.ts'
import { type SimulationOptions, type SimulationResult, simulate } from './simulate.ts'

/** A failing scenario that lost every item it could lose. */
export interface Minimised {
  readonly scenario: Scenario
  readonly violation: Violation
  readonly runCount: number
}

/**
 * Tries smaller and smaller plans that break the same rule.
 * @param limits.runsMax how many runs to spend; the best so far counts
 */
export async function minimise(
  failed: SimulationResult & { readonly violation: Violation },
  options: SimulationOptions,
  limits: { readonly runsMax: number },
): Promise<Minimised> {
  let { scenario, violation } = failed
  let runCount = 0

  /** @returns true when the scenario with these items only fails the same way, and is kept */
  async function failsWith(items: readonly PlanItem[]): Promise<boolean> {
    runCount++
    const smaller = { ...scenario, items }
    const result = await simulate(smaller, options)
    if (result.violation?.rule !== violation.rule) return false
    scenario = smaller
    violation = result.violation
    return true
  }

  let chunk = Math.ceil(scenario.items.length / 2)
  while (chunk >= 1 && runCount < limits.runsMax) {
    let hasShrunk = false
    for (let from = 0; from < scenario.items.length && runCount < limits.runsMax; ) {
      const { items } = scenario
      if (await failsWith([...items.slice(0, from), ...items.slice(from + chunk)])) {
        hasShrunk = true
      } else {
        from += chunk
      }
    }
    if (chunk === 1 && !hasShrunk) break
    chunk = chunk === 1 ? 1 : Math.ceil(chunk / 2)
  }
  return { scenario, violation, runCount }
}
