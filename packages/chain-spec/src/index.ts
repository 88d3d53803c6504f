export * from './base-fee.ts'
export * from './blob-gas.ts'
export * from './block.ts'
export * from './chain-spec.ts'
export { FEE_POLICIES, type FeePolicyName } from './config-schema.ts'
export type { Kzg } from './custom-crypto.ts'
export type { Activation, ForkSchedule } from './fork-schedule.ts'
export * from './gas-limit.ts'
export * from './genesis-document.ts'
export { EMPTY_LOGS_BLOOM, EMPTY_REQUESTS_HASH, QBFT_MIX_HASH } from './genesis-header.ts'
export type { GenesisProblem } from './genesis-problem.ts'
export * from './header.ts'
export type { Json } from './json.ts'
export {
  GENESIS_LENGTH_MAX,
  type GenesisOptions,
  parseGenesis,
  parseImportedGenesis,
} from './parse-genesis.ts'
export * from './withdrawal.ts'
