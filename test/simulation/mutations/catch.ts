import { createScenario, simulate, type Violation } from '@busan/testkit'
import type { ListedMutation } from './breaking.ts'

/** How a mutation was found out. */
export interface Catch {
  readonly seed: number
  readonly violation: Violation
}

/** Seeds that a mutation may survive before it counts as missed. */
export const SEEDS_MAX = 100

/** Runs scenarios until a checker objects. */
export async function catchMutation(
  { mutation, choice }: ListedMutation,
  seedsMax: number = SEEDS_MAX,
): Promise<Catch | undefined> {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const { violation } = await simulate(createScenario(seed, choice), { mutation })
    if (violation !== undefined) return { seed, violation }
  }
  return undefined
}
