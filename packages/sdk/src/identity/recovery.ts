import { encodeAbiParameters, type Hex, keccak256 } from 'viem'

/** Who may recover an account together; `AccountRecovery.Guardians`. */
export interface Guardians {
  /** 32 random bytes that owner and guardians keep. */
  readonly salt: Hex
  /** How many must sign. */
  readonly threshold: bigint
  /** Keys as in ERC-7913: an address, or a verifier's address and a key. */
  readonly signers: readonly Hex[]
}

/** EIP-712 types of what owners and guardians sign for `AccountRecovery`, whose domain is Busan Recovery, 1. */
export const RECOVERY_TYPES = {
  NameGuardians: [
    { name: 'account', type: 'address' },
    { name: 'commitment', type: 'bytes32' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint64' },
  ],
  Recover: [
    { name: 'account', type: 'address' },
    { name: 'successor', type: 'address' },
    { name: 'count', type: 'uint256' },
    { name: 'deadline', type: 'uint64' },
  ],
  Object: [
    { name: 'account', type: 'address' },
    { name: 'count', type: 'uint256' },
    { name: 'deadline', type: 'uint64' },
  ],
} as const

/** The hash by which an owner names guardians; `AccountRecovery.commitmentOf`. */
export function guardiansCommitment(guardians: Guardians): Hex {
  const components = [
    { name: 'salt', type: 'bytes32' },
    { name: 'threshold', type: 'uint256' },
    { name: 'signers', type: 'bytes[]' },
  ] as const
  return keccak256(encodeAbiParameters([{ type: 'tuple', components }], [guardians]))
}
