import type { JsonValue } from './claims.ts'
import type { StatusEntry } from './status-entry.ts'

/** A credential of the W3C data model 2.0, as far as the chain's credentials carry it. */
export interface W3cCredential {
  readonly '@context': readonly string[]
  readonly type: readonly string[]
  /** DID of the issuer, by the method `ethr` of this chain. */
  readonly issuer: string
  /** ISO 8601 with a time zone, whole seconds. */
  readonly validFrom: string
  readonly validUntil: string
  /** Its `id` names what kind of statement it is; issuers are trusted for it. */
  readonly credentialSchema: { readonly id: string; readonly type: string }
  readonly credentialStatus?: StatusEntry
  /** Its `id` is the holder's DID; all else is claims. */
  readonly credentialSubject: { readonly id: string; readonly [name: string]: JsonValue }
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.0+)?(Z|[+-]\d{2}:\d{2})$/

/**
 * Seconds since the epoch of a time in a credential.
 * @throws when it is no whole second with a time zone
 */
export function secondsOf(time: string): bigint {
  const ms = TIME.test(time) ? Date.parse(time) : Number.NaN
  if (!Number.isInteger(ms) || ms < 0) {
    throw new Error(`"${time}" is not a whole second with a time zone, as 2026-11-27T09:00:00Z`)
  }
  return BigInt(ms / 1_000)
}
