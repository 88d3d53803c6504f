import { encodeAbiParameters, type Hex, keccak256, zeroHash } from 'viem'
import { claimProof, claimsRoot } from '../identity/claims-tree.ts'

/** A balance on an older chain; `Right` of `MigrationPortal.sol`. */
export interface LegacyRight {
  /** Number of the leaf; each once. */
  readonly index: bigint
  /** 20 bytes of a secp256k1 address, or 64 bytes of a P-256 public key. */
  readonly legacyKey: Hex
  /** In the smallest unit of the token that claims are paid in. */
  readonly amount: bigint
}

/** Rights of an older chain at one height, as attestors put them forward and owners prove them. */
export interface Snapshot {
  readonly root: Hex
  readonly total: bigint
  /** Siblings of a right's leaf, from the bottom up. */
  proofOf(right: LegacyRight): Hex[]
}

/** What the old key signs (EIP-712, domain `Busan Migration`, version 1). */
export const MIGRATION_TYPES = {
  Claim: [
    { name: 'root', type: 'bytes32' },
    { name: 'index', type: 'uint256' },
    { name: 'newOwner', type: 'address' },
  ],
} as const

const RIGHT = [
  {
    type: 'tuple',
    components: [
      { name: 'index', type: 'uint256' },
      { name: 'legacyKey', type: 'bytes' },
      { name: 'amount', type: 'uint256' },
    ],
  },
] as const

/** @throws when there is no right, or two have one index */
export function snapshotOf(rights: readonly LegacyRight[]): Snapshot {
  if (rights.length === 0) throw new Error('a snapshot has one right at least')
  if (new Set(rights.map(({ index }) => index)).size < rights.length) {
    throw new Error('two rights have one index: only one of them could be claimed')
  }
  const size = 2 ** Math.ceil(Math.log2(rights.length))
  // No right has the hash zero: these places cannot be claimed.
  const leaves = [...rights.map(leafOf), ...Array<Hex>(size - rights.length).fill(zeroHash)]
  return {
    root: claimsRoot(leaves),
    total: rights.reduce((sum, { amount }) => sum + amount, 0n),
    proofOf: (right) => claimProof(leaves, leafOf(right)),
  }
}

/** Hashed twice so that no inner node passes for one; `MigrationPortal.leafOf`. */
function leafOf(right: LegacyRight): Hex {
  return keccak256(keccak256(encodeAbiParameters(RIGHT, [right])))
}
