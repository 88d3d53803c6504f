import { type Address, type Hex, keccak256, type LocalAccount, stringToHex, toHex } from 'viem'
import { type Claim, claimsOf, type SaltedClaim } from './claims.ts'
import { claimLeaf, claimsRoot, decoyCount } from './claims-tree.ts'
import {
  CREDENTIAL_TYPES,
  type Credential,
  credentialDomain,
  holderCommitment,
  type VerifierPlace,
} from './credential.ts'
import { addressOfDid } from './dids.ts'
import { statusPlaceOf } from './status-entry.ts'
import { secondsOf, type W3cCredential } from './w3c-credential.ts'

/** A credential with all that its holder keeps; none of it goes to the chain. */
export interface HeldCredential {
  readonly credential: Credential
  readonly issuerSignature: Hex
  readonly holder: Address
  /** Opens the credential's commitment to the holder. */
  readonly holderSalt: Hex
  readonly claims: readonly SaltedClaim[]
  /** Leaves without a meaning. */
  readonly decoys: readonly Hex[]
}

/** Who signs for the issuer: its identity's owner. */
export type IssuerAccount = Pick<LocalAccount, 'signTypedData'>

/** Schema's id on the chain, for which issuers are accredited. */
export function schemaIdOf(schema: string): Hex {
  return keccak256(stringToHex(schema))
}

/**
 * Issues a W3C credential in the form that the chain's contracts judge. Deleting the salts, here and at the holder,
 * erases what the signature said.
 * @param place verifier that it is for
 * @param w3c what is stated
 * @param issuer signs it
 * @throws when the credential cannot be carried: another chain's DIDs or status list, no times, too many claims
 */
export async function issueCredential(
  place: VerifierPlace,
  w3c: W3cCredential,
  issuer: IssuerAccount,
): Promise<HeldCredential> {
  const { id, ...subject } = w3c.credentialSubject
  const holder = addressOfDid(place.chainId, id)
  const holderSalt = randomWord()
  const claims = claimsOf(subject).map((claim: Claim) => ({ ...claim, salt: randomWord() }))
  const decoys = Array.from({ length: decoyCount(claims.length) }, randomWord)
  const credential: Credential = {
    issuer: addressOfDid(place.chainId, w3c.issuer),
    validFrom: secondsOf(w3c.validFrom),
    validUntil: secondsOf(w3c.validUntil),
    ...statusOf(place, w3c),
    schemaId: schemaIdOf(w3c.credentialSchema.id),
    claimsRoot: claimsRoot([...claims.map(claimLeaf), ...decoys]),
    holderCommitment: holderCommitment(holder, holderSalt),
  }
  const issuerSignature = await issuer.signTypedData({
    domain: credentialDomain(place),
    types: CREDENTIAL_TYPES,
    primaryType: 'Credential',
    message: { ...credential },
  })
  return { credential, issuerSignature, holder, holderSalt, claims, decoys }
}

/** 32 random bytes. */
export function randomWord(): Hex {
  return toHex(crypto.getRandomValues(new Uint8Array(32)))
}

function statusOf(place: VerifierPlace, { credentialStatus }: W3cCredential) {
  if (credentialStatus === undefined) return { statusList: 0n, statusIndex: 0 }
  const { chainId, listId, index } = statusPlaceOf(credentialStatus)
  if (chainId !== place.chainId) throw new Error(`the status list is on chain ${chainId}`)
  return { statusList: listId, statusIndex: index }
}
