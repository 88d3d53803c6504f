import { type Hex, keccak256, stringToHex } from 'viem'

/** JSON without what JSON cannot say. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/** One statement about a holder. */
export interface Claim {
  /** Path within the credential's subject, such as `address.city`. */
  readonly name: string
  readonly value: JsonValue
}

/** A claim that its salt keeps from being guessed. */
export interface SaltedClaim extends Claim {
  /** 32 random bytes. */
  readonly salt: Hex
}

/** Most claims that one credential has. */
export const MAX_CLAIMS = 64

/**
 * Claims of a subject: nested objects by their paths, lists as a whole, in order of their names.
 * @throws when there are too many, or a name would have two meanings
 */
export function claimsOf(subject: { readonly [key: string]: JsonValue }): Claim[] {
  const claims = [...walk(subject, '')].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  if (claims.length > MAX_CLAIMS) {
    throw new Error(`${claims.length} claims; a credential has at most ${MAX_CLAIMS}`)
  }
  return claims
}

/** Key of a claim in the tree. */
export function claimKey(name: string): Hex {
  return keccak256(stringToHex(name))
}

/**
 * The one text of a value, by the rules of RFC 8785: members in order, no spaces.
 * @throws for what JSON cannot say
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === 'string' && !value.isWellFormed()) throw new Error('text is not well-formed')
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${value} is not JSON`)
  if (value === undefined || typeof value === 'bigint') throw new Error('value is not JSON')
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${canonicalJson(key)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}

function* walk(
  members: { readonly [key: string]: JsonValue },
  prefix: string,
): Generator<Claim, void> {
  for (const [key, value] of Object.entries(members)) {
    if (key === '' || key.includes('.')) {
      throw new Error(`the claim name "${key}" is empty or has a dot, which separates levels`)
    }
    const name = prefix + key
    const isGroup = value !== null && typeof value === 'object' && !isList(value)
    if (isGroup && Object.keys(value).length > 0) yield* walk(value, `${name}.`)
    else yield { name, value }
  }
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
