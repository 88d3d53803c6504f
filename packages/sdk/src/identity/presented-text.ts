import type { Verdict } from '@busan/primitives'
import { type Address, type Hex, isAddress } from 'viem'
import { z } from 'zod'
import { type JsonValue, MAX_CLAIMS } from './claims.ts'
import type { PresentedCredential } from './present-claims.ts'

/** Longest text of a presentation, in UTF-16 code units. */
export const MAX_PRESENTED_LENGTH = 131_072
/** Trees of 64 claims are six levels high. */
const MAX_PROOF = 6
const MAX_SIGNATURE_DIGITS = 8_192

const word = z.custom<Hex>((text) => typeof text === 'string' && /^0x[0-9a-f]{64}$/.test(text))
/** In lower case, or with its checksum. */
const address = z.custom<Address>((text) => typeof text === 'string' && isAddress(text))
const signature = z.custom<Hex>(
  (text) =>
    typeof text === 'string' &&
    text.length <= MAX_SIGNATURE_DIGITS &&
    /^0x([0-9a-f]{2})*$/.test(text),
)
const decimal = (bits: bigint) =>
  z
    .string()
    .regex(/^(0|[1-9]\d{0,77})$/)
    .transform(BigInt)
    .refine((number) => number < 1n << bits)
const json: z.ZodType<JsonValue> = z.json()

const PRESENTED = z.strictObject({
  credential: z.strictObject({
    issuer: address,
    validFrom: decimal(64n),
    validUntil: decimal(64n),
    statusIndex: z
      .int()
      .min(0)
      .max(2 ** 32 - 1),
    statusList: decimal(256n),
    schemaId: word,
    claimsRoot: word,
    holderCommitment: word,
  }),
  issuerSignature: signature,
  claims: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(256),
        value: json,
        salt: word,
        proof: z.array(word).max(MAX_PROOF),
      }),
    )
    .max(MAX_CLAIMS),
  holder: address,
  holderSalt: word,
  audience: z.string().max(512),
  nonce: word,
  deadline: decimal(64n),
  holderSignature: signature,
})

/** A presentation as text, for a QR code or a request; 64-bit numbers are decimal text. */
export function formatPresented(presented: PresentedCredential): string {
  return JSON.stringify(presented, (_key, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
}

/** Reads a presentation that somebody sent; whether it is true, `verifyPresented` says. */
export function parsePresented(text: string): Verdict<PresentedCredential, 'malformed'> {
  if (text.length > MAX_PRESENTED_LENGTH) {
    return malformed(`${text.length} characters; at most ${MAX_PRESENTED_LENGTH}`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return malformed('it is not JSON')
  }
  const parsed = PRESENTED.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return malformed(`${issue?.path.join('.') || 'presentation'}: ${issue?.message}`)
  }
  return { ok: true, value: parsed.data }
}

function malformed(message: string) {
  return { ok: false, reason: 'malformed', message: `the presentation: ${message}` } as const
}
