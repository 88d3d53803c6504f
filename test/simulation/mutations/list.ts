import type { ListedMutation } from './breaking.ts'
import { DRIVER_MUTATIONS } from './driver.ts'
import { ROUND_MUTATIONS } from './rounds.ts'
import { VOTE_MUTATIONS } from './votes.ts'

/** Every deliberate break that the simulation must catch. */
export const MUTATIONS: readonly ListedMutation[] = [
  ...VOTE_MUTATIONS,
  ...ROUND_MUTATIONS,
  ...DRIVER_MUTATIONS,
]
