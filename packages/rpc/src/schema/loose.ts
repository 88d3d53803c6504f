import { z } from 'zod'
import { type BlockTag, blockTag } from './block-tag.ts'
import { parseQuantity } from './hex.ts'

/** Otterscan sends JSON numbers where everyone else sends quantities; both are taken. */
const plainNumber = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** A block by number, quantity or tag. */
export const looseBlock = z.union([
  plainNumber.transform((number): BlockTag => ({ kind: 'number', number: BigInt(number) })),
  blockTag,
])

/** A count, a page or a nonce. */
export const looseNumber = z.union([
  plainNumber,
  z.string().transform((text, context) => {
    try {
      return Number(parseQuantity(text, 52))
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : String(error))
      return z.NEVER
    }
  }),
])
