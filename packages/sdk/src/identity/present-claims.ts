import type { Address, Hex, LocalAccount } from 'viem'
import type { SaltedClaim } from './claims.ts'
import { claimLeaf, claimProof } from './claims-tree.ts'
import {
  CREDENTIAL_TYPES,
  type Credential,
  credentialDomain,
  hashCredential,
  type VerifierPlace,
} from './credential.ts'
import type { HeldCredential } from './issue-credential.ts'

/** A claim that a holder opens. */
export interface DisclosedClaim extends SaltedClaim {
  /** Siblings from the leaf up. */
  readonly proof: readonly Hex[]
}

/** What a holder shows one verifier. */
export interface PresentedCredential {
  readonly credential: Credential
  readonly issuerSignature: Hex
  readonly claims: readonly DisclosedClaim[]
  readonly holder: Address
  readonly holderSalt: Hex
  readonly audience: string
  readonly nonce: Hex
  /** Seconds since the epoch, included. */
  readonly deadline: bigint
  readonly holderSignature: Hex
}

/** What a verifier asked for. */
export interface PresentationRequest {
  /** Names of the claims to open, and no others. */
  readonly names: readonly string[]
  /** Whom the wallet says it shows them to, such as the web origin. */
  readonly audience: string
  /** 32 random bytes of the verifier. */
  readonly nonce: Hex
  /** Seconds since the epoch until which it may be used. */
  readonly deadline: bigint
}

/**
 * Opens some claims of a credential for one verifier.
 * @param account owner of the holder's identity
 * @throws when the credential lacks a claim that was asked for
 */
export async function presentClaims(
  place: VerifierPlace,
  held: HeldCredential,
  request: PresentationRequest,
  account: Pick<LocalAccount, 'signTypedData'>,
): Promise<PresentedCredential> {
  const tree = [...held.claims.map(claimLeaf), ...held.decoys]
  const claims = request.names.map((name) => {
    const claim = held.claims.find((one) => one.name === name)
    if (claim === undefined) throw new Error(`the credential has no claim "${name}"`)
    return { ...claim, proof: claimProof(tree, claimLeaf(claim)) }
  })
  const { audience, nonce, deadline } = request
  const holderSignature = await account.signTypedData({
    domain: credentialDomain(place),
    types: CREDENTIAL_TYPES,
    primaryType: 'Presentation',
    message: {
      credential: hashCredential(place, held.credential),
      leaves: claims.map(claimLeaf),
      audience,
      nonce,
      deadline,
    },
  })
  const { credential, issuerSignature, holder, holderSalt } = held
  const shown = { audience, nonce, deadline, holderSignature }
  return { credential, issuerSignature, claims, holder, holderSalt, ...shown }
}
