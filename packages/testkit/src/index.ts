export * from './checkers.ts'
export * from './cluster.ts'
export * from './gossip-network.ts'
export * from './memory-journal.ts'
export * from './seeded-random.ts'
export type { Violation } from './simulation/checkers/fail.ts'
export { type Minimised, minimise } from './simulation/minimise.ts'
export type { Mutation } from './simulation/node.ts'
export {
  describeItem,
  type PlanItem,
  type Scenario,
  SIZES,
  THEMES,
  type Theme,
} from './simulation/plan.ts'
export { createScenario, type ScenarioChoice } from './simulation/scenario.ts'
export { type SimulationOptions, type SimulationResult, simulate } from './simulation/simulate.ts'
export * from './toy-chain.ts'
export * from './toy-pool.ts'
export * from './validator-keys.ts'
export * from './virtual-clock.ts'
