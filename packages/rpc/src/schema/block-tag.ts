import type { Hash } from '@busan/primitives'
import { z } from 'zod'
import { hash, parseQuantity } from './hex.ts'

/**
 * Which block a request means. Every QBFT block is final, so `safe`, `finalized` and `latest` are one.
 */
export type BlockTag =
  | { readonly kind: 'latest' }
  | { readonly kind: 'pending' }
  | { readonly kind: 'number'; readonly number: bigint }

/** A {@link BlockTag} or, by EIP-1898, a block hash. */
export type BlockReference = BlockTag | { readonly kind: 'hash'; readonly hash: Hash }

/** What {@link blockTag} takes, for the description of the methods. */
export const BLOCK_TAG_PATTERN =
  '(latest|safe|finalized|pending|earliest|0[xX](0|[1-9a-fA-F][0-9a-fA-F]{0,15}))'

const tagText = z
  .string({ error: 'expected a block number or tag' })
  .transform((text, context) => {
    try {
      return parseBlockTag(text)
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : String(error))
      return z.NEVER
    }
  })
  .meta({
    title: 'BlockNumberOrTag',
    pattern: `^${BLOCK_TAG_PATTERN}$`,
  })

const eip1898 = z
  .object({
    blockHash: hash.optional(),
    blockNumber: tagText.optional(),
    requireCanonical: z.boolean().optional(),
  })
  .transform((value, context): BlockReference => {
    if (value.blockHash !== undefined && value.blockNumber !== undefined) {
      context.addIssue('cannot specify both BlockHash and BlockNumber, choose one or the other')
      return z.NEVER
    }
    if (value.blockHash !== undefined) return { kind: 'hash', hash: value.blockHash }
    if (value.blockNumber !== undefined) return value.blockNumber
    context.addIssue('neither BlockHash nor BlockNumber specified')
    return z.NEVER
  })

/** A hex number or one of the five tags. */
export const blockTag = tagText

/** A hex number, a tag, a 32-byte hash, or an EIP-1898 object. */
export const blockReference = z
  .unknown()
  .transform((value, context): BlockReference => {
    const parsed = schemaFor(value).safeParse(value)
    if (parsed.success) return parsed.data
    for (const issue of parsed.error.issues) {
      context.addIssue({ code: 'custom', message: issue.message, path: [...issue.path] })
    }
    return z.NEVER
  })
  .meta({
    title: 'BlockNumberOrTagOrHash',
    description: 'A number, a tag, a hash, or an object with blockNumber or blockHash (EIP-1898)',
    type: ['string', 'object'],
  })

const hashReference = hash.transform((value): BlockReference => ({ kind: 'hash', hash: value }))

function schemaFor(value: unknown): z.ZodType<BlockReference> {
  if (typeof value === 'object' && value !== null) return eip1898
  return typeof value === 'string' && value.length === 66 ? hashReference : tagText
}

/** The head. */
export const LATEST: BlockTag = { kind: 'latest' }

function parseBlockTag(text: string): BlockTag {
  switch (text) {
    case 'latest':
    case 'safe':
    case 'finalized':
      return LATEST
    case 'pending':
      return { kind: 'pending' }
    case 'earliest':
      return { kind: 'number', number: 0n }
    default:
      return { kind: 'number', number: parseBlockNumber(text) }
  }
}

function parseBlockNumber(text: string): bigint {
  const number = parseQuantity(text, 64)
  if (number >= 1n << 63n) throw new Error('block number larger than int64')
  return number
}
