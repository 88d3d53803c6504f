import { accept, refuse, type Verdict } from '@busan/primitives'

/**
 * Largest block, as RLP: EIP-7934's 10 MiB less its 2 MiB margin. A QBFT network applies it under every fork, to the
 * block in round 0 and without seals.
 */
export const BLOCK_SIZE_BYTES_MAX = 8 * 1024 * 1024

/** EIP-7934. */
export function checkBlockSize(sizeBytes: number): Verdict<'valid', 'invalid-body'> {
  if (sizeBytes <= BLOCK_SIZE_BYTES_MAX) return accept('valid')
  const limit = `the limit is ${BLOCK_SIZE_BYTES_MAX}`
  return refuse('invalid-body', `the block has ${sizeBytes} bytes, ${limit} (EIP-7934)`)
}
