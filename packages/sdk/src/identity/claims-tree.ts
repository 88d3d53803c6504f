import { concat, encodeAbiParameters, type Hex, keccak256, stringToHex } from 'viem'
import { canonicalJson, claimKey, type SaltedClaim } from './claims.ts'

/** Fewest leaves of a tree, so that their number tells little. */
const MIN_LEAVES = 8

/** Leaf of a claim, hashed twice so that no inner node passes for one; `CredentialVerifier.leafOf`. */
export function claimLeaf({ name, value, salt }: SaltedClaim): Hex {
  const encoded = encodeAbiParameters(
    [{ type: 'bytes32' }, { type: 'bytes' }, { type: 'bytes32' }],
    [claimKey(name), stringToHex(canonicalJson(value)), salt],
  )
  return keccak256(keccak256(encoded))
}

/** How many decoys fill a tree up to a power of two, eight leaves at least. */
export function decoyCount(claimCount: number): number {
  let size = MIN_LEAVES
  while (size < claimCount) size *= 2
  return size - claimCount
}

/**
 * Root of a tree whose leaves stand in order of their hashes, so that a place tells nothing about a name.
 * @param leaves as many as a power of two
 */
export function claimsRoot(leaves: readonly Hex[]): Hex {
  return levelsOf(leaves).at(-1)?.[0] as Hex
}

/**
 * Siblings of a leaf, from the bottom up.
 * @throws when it is not in the tree
 */
export function claimProof(leaves: readonly Hex[], leaf: Hex): Hex[] {
  const levels = levelsOf(leaves)
  let place = levels[0]?.indexOf(leaf) ?? -1
  if (place < 0) throw new Error('the claim is not in the tree: a name, a value or a salt differs')
  return levels.slice(0, -1).map((level) => {
    const sibling = level[place ^ 1] as Hex
    place >>= 1
    return sibling
  })
}

/** Whether a proof leads from a leaf to a root. */
export function isInTree(root: Hex, leaf: Hex, proof: readonly Hex[]): boolean {
  return proof.reduce(parentOf, leaf) === root.toLowerCase()
}

function levelsOf(leaves: readonly Hex[]): Hex[][] {
  const levels = [leaves.toSorted()]
  for (let level = levels[0] as Hex[]; level.length > 1; ) {
    const below = level
    level = Array.from({ length: below.length / 2 }, (_, i) =>
      parentOf(below[2 * i] as Hex, below[2 * i + 1] as Hex),
    )
    levels.push(level)
  }
  return levels
}

/** Siblings are hashed in order of their values: a proof needs no sides. */
function parentOf(a: Hex, b: Hex): Hex {
  const [left, right] = [a.toLowerCase() as Hex, b.toLowerCase() as Hex]
  return keccak256(left < right ? concat([left, right]) : concat([right, left]))
}
