import type { Verdict } from '@busan/primitives'
import { type Hex, type PublicClient, stringToHex } from 'viem'
import type { IdentityContracts } from './chain-facts.ts'
import { canonicalJson, claimKey, type JsonValue } from './claims.ts'
import { claimLeaf, isInTree } from './claims-tree.ts'
import {
  hashCredential,
  hashPresentation,
  holderCommitment,
  type VerifierPlace,
} from './credential.ts'
import type { CredentialFacts } from './ports.ts'
import type { PresentedCredential } from './present-claims.ts'

const ZERO = '0x0000000000000000000000000000000000000000'

/** Reasons of the contract's verdict, in its order after `Valid`; each with what it says to a person. */
export const CREDENTIAL_REASONS = {
  'not-yet-valid': 'the credential is not valid yet',
  expired: 'the credential has expired: ask the issuer for a new one',
  'issuer-not-trusted': 'the issuer is not accredited for such credentials now',
  'issuer-signature-invalid': 'the issuer did not sign this credential with its present key',
  'status-list-foreign': 'the status list is not of this issuer, or has no such index',
  'status-set': 'the credential is revoked or suspended',
  'claim-not-in-credential': 'a claim is not part of the credential',
  'presentation-expired': 'the presentation came too late: ask for another',
  'holder-mismatch': 'the credential was issued to another holder',
  'holder-signature-invalid': 'the holder did not sign this presentation, or is locked',
} as const

/** Why a presentation is refused. */
export type PresentedReason = keyof typeof CREDENTIAL_REASONS | 'wrong-audience' | 'wrong-nonce'

/** What a verifier expects of a presentation that it asked for. */
export interface Expectation extends VerifierPlace {
  readonly audience: string
  readonly nonce: Hex
}

/** Claims of a presentation that was found good, by name. */
export type VerifiedClaims = ReadonlyMap<string, JsonValue>

/**
 * Judges a presentation as `CredentialVerifier` does, from facts of the chain. The verifier uses a nonce once.
 * @throws when the node does not answer
 */
export async function verifyPresented(
  expected: Expectation,
  presented: PresentedCredential,
  facts: CredentialFacts,
): Promise<Verdict<VerifiedClaims, PresentedReason>> {
  const mismatch = mismatchOf(expected, presented)
  if (mismatch !== undefined) return mismatch
  const reason =
    (await credentialReason(expected, presented, facts)) ??
    (await holderReason(expected, presented, facts))
  return outcome(presented, reason)
}

/**
 * Lets the contract judge a presentation, by `eth_call`: nothing lands on the chain.
 * @param verifier the contract, and at which block when not the latest
 * @throws when the node does not answer
 */
export async function verifyPresentedOnChain(
  expected: Expectation,
  presented: PresentedCredential,
  client: PublicClient,
  verifier: IdentityContracts['CredentialVerifier'] & { readonly blockNumber?: bigint },
): Promise<Verdict<VerifiedClaims, PresentedReason>> {
  const mismatch = mismatchOf(expected, presented)
  if (mismatch !== undefined) return mismatch
  const verdict = await client.readContract({
    ...verifier,
    functionName: 'verifyPresentation',
    args: presentationArgs(presented),
  })
  const reasons = Object.keys(CREDENTIAL_REASONS) as (keyof typeof CREDENTIAL_REASONS)[]
  return outcome(presented, verdict === 0 ? undefined : reasons[verdict - 1])
}

/** Arguments of `CredentialVerifier.verifyPresentation`. */
export function presentationArgs(presented: PresentedCredential) {
  const { credential, issuerSignature, holder, holderSalt } = presented
  const { audience, nonce, deadline, holderSignature: signature } = presented
  const disclosures = presented.claims.map(({ name, value, salt, proof }) => ({
    key: claimKey(name),
    value: stringToHex(canonicalJson(value)),
    salt,
    proof,
  }))
  const presentation = { holder, deadline, holderSalt, nonce, audience, signature }
  return [credential, issuerSignature, disclosures, presentation] as const
}

function mismatchOf(expected: Expectation, { audience, nonce }: PresentedCredential) {
  if (audience !== expected.audience) {
    const message = `the presentation is for "${audience}", not "${expected.audience}"`
    return { ok: false, reason: 'wrong-audience', message } as const
  }
  if (nonce.toLowerCase() === expected.nonce.toLowerCase()) return undefined
  const message = 'the presentation answers another request: use the nonce of this one'
  return { ok: false, reason: 'wrong-nonce', message } as const
}

async function credentialReason(
  place: VerifierPlace,
  { credential, issuerSignature, claims }: PresentedCredential,
  facts: CredentialFacts,
): Promise<keyof typeof CREDENTIAL_REASONS | undefined> {
  const { issuer, schemaId, statusList, statusIndex } = credential
  if (facts.timeSeconds < credential.validFrom) return 'not-yet-valid'
  if (facts.timeSeconds >= credential.validUntil) return 'expired'
  if ((await facts.assuranceOf(issuer, schemaId)) === 0) return 'issuer-not-trusted'
  const owner = await facts.activeOwner(issuer)
  const digest = hashCredential(place, credential)
  const isSigned = owner !== ZERO && (await facts.isSigned(owner, digest, issuerSignature))
  if (!isSigned) return 'issuer-signature-invalid'
  if (statusList !== 0n) {
    const list = await facts.statusList(statusList)
    const isOwn = list.issuer.toLowerCase() === issuer.toLowerCase() && statusIndex < list.sizeBits
    if (!isOwn) return 'status-list-foreign'
    if (await facts.isStatusSet(statusList, statusIndex)) return 'status-set'
  }
  const isEachIn = claims.every((claim) =>
    isInTree(credential.claimsRoot, claimLeaf(claim), claim.proof),
  )
  return isEachIn ? undefined : 'claim-not-in-credential'
}

async function holderReason(
  place: VerifierPlace,
  presented: PresentedCredential,
  facts: CredentialFacts,
): Promise<keyof typeof CREDENTIAL_REASONS | undefined> {
  const { credential, claims, holder, holderSalt, audience, nonce, deadline } = presented
  if (facts.timeSeconds > deadline) return 'presentation-expired'
  const isHolder = holderCommitment(holder, holderSalt) === credential.holderCommitment
  if (!isHolder) return 'holder-mismatch'
  const owner = await facts.activeOwner(holder)
  const leaves = claims.map(claimLeaf)
  const terms = { credential: hashCredential(place, credential), leaves, audience, nonce, deadline }
  const digest = hashPresentation(place, terms)
  const { holderSignature } = presented
  const isSigned = owner !== ZERO && (await facts.isSigned(owner, digest, holderSignature))
  return isSigned ? undefined : 'holder-signature-invalid'
}

function outcome(
  { claims }: PresentedCredential,
  reason: keyof typeof CREDENTIAL_REASONS | undefined,
): Verdict<VerifiedClaims, PresentedReason> {
  if (reason !== undefined) return { ok: false, reason, message: CREDENTIAL_REASONS[reason] }
  return { ok: true, value: new Map(claims.map(({ name, value }) => [name, value])) }
}
