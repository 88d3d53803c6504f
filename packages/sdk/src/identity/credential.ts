import {
  type Address,
  encodeAbiParameters,
  type Hex,
  hashTypedData,
  keccak256,
  type TypedDataDomain,
} from 'viem'

/** What an issuer signs: `contracts/identity/Credentials.sol`. */
export interface Credential {
  readonly issuer: Address
  /** Seconds since the epoch, included. */
  readonly validFrom: bigint
  /** Seconds since the epoch, excluded. */
  readonly validUntil: bigint
  readonly statusIndex: number
  /** Number of the list; zero for none. */
  readonly statusList: bigint
  readonly schemaId: Hex
  readonly claimsRoot: Hex
  readonly holderCommitment: Hex
}

/** What a holder signs for one verifier. */
export interface PresentationTerms {
  /** Digest of the credential. */
  readonly credential: Hex
  readonly leaves: readonly Hex[]
  /** Whom the holder shows it to. */
  readonly audience: string
  /** 32 bytes that the verifier chose. */
  readonly nonce: Hex
  /** Seconds since the epoch, included. */
  readonly deadline: bigint
}

/** The verifier that signatures are for. */
export interface VerifierPlace {
  readonly chainId: number
  /** Address of `CredentialVerifier`. */
  readonly verifier: Address
}

/** EIP-712 types of what issuers and holders sign. */
export const CREDENTIAL_TYPES = {
  Credential: [
    { name: 'issuer', type: 'address' },
    { name: 'validFrom', type: 'uint64' },
    { name: 'validUntil', type: 'uint64' },
    { name: 'statusIndex', type: 'uint32' },
    { name: 'statusList', type: 'uint256' },
    { name: 'schemaId', type: 'bytes32' },
    { name: 'claimsRoot', type: 'bytes32' },
    { name: 'holderCommitment', type: 'bytes32' },
  ],
  Presentation: [
    { name: 'credential', type: 'bytes32' },
    { name: 'leaves', type: 'bytes32[]' },
    { name: 'audience', type: 'string' },
    { name: 'nonce', type: 'bytes32' },
    { name: 'deadline', type: 'uint64' },
  ],
} as const

/** EIP-712 domain of a verifier. */
export function credentialDomain({ chainId, verifier }: VerifierPlace): TypedDataDomain {
  return { name: 'Busan Credentials', version: '1', chainId, verifyingContract: verifier }
}

/** Digest of a credential; `CredentialVerifier.hashOf`. */
export function hashCredential(place: VerifierPlace, credential: Credential): Hex {
  return hashTypedData({
    domain: credentialDomain(place),
    types: CREDENTIAL_TYPES,
    primaryType: 'Credential',
    message: { ...credential },
  })
}

/** Digest of a presentation; `CredentialVerifier.presentationHashOf`. */
export function hashPresentation(place: VerifierPlace, terms: PresentationTerms): Hex {
  return hashTypedData({
    domain: credentialDomain(place),
    types: CREDENTIAL_TYPES,
    primaryType: 'Presentation',
    message: { ...terms },
  })
}

/** How a credential names its holder, so that only who knows the salt can tell. */
export function holderCommitment(holder: Address, salt: Hex): Hex {
  return keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'bytes32' }], [holder, salt]))
}
