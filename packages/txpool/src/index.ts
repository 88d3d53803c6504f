export * from './create-tx-pool.ts'
export * from './limits.ts'
export * from './ports.ts'
export * from './types.ts'
