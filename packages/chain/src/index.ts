export type * from './errors.ts'
export * from './open-chain.ts'
export type * from './types.ts'
export { BLOCK_SIZE_BYTES_MAX } from './validate/block-size.ts'
