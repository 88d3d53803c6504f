import type { Address } from '@busan/primitives'
import { z } from 'zod'
import { type BlockTag, blockTag } from './block-tag.ts'
import { address, optional } from './hex.ts'

const addresses = optional(z.array(address).max(1_000))

/** Parity writes counts as numbers, some clients as quantities. */
const count = z
  .union([
    z.number().int().min(0),
    z
      .string()
      .regex(/^0x[0-9a-f]{1,8}$/i)
      .transform(Number),
  ])
  .nullish()

/** Which messages a trace_filter asks for. */
export interface TraceFilter {
  readonly from: BlockTag | undefined
  readonly to: BlockTag | undefined
  /** Empty: any. */
  readonly senders: ReadonlySet<Address>
  readonly receivers: ReadonlySet<Address>
  /** Senders or receivers may match, not both must. */
  readonly isUnion: boolean
  readonly skip: number
  readonly count: number
}

/** Parity's trace filter. */
export const traceFilter = z
  .object({
    fromBlock: optional(blockTag),
    toBlock: optional(blockTag),
    fromAddress: addresses,
    toAddress: addresses,
    mode: optional(z.enum(['union', 'intersection'])),
    after: count,
    count,
  })
  .transform(
    (raw): TraceFilter => ({
      from: raw.fromBlock,
      to: raw.toBlock,
      senders: new Set(raw.fromAddress),
      receivers: new Set(raw.toAddress),
      isUnion: raw.mode === 'union',
      skip: raw.after ?? 0,
      count: raw.count ?? Number.POSITIVE_INFINITY,
    }),
  )
