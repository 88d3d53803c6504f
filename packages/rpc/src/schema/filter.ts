import type { LogFilter } from '@busan/chain'
import type { Hash } from '@busan/primitives'
import { z } from 'zod'
import { type BlockTag, blockTag } from './block-tag.ts'
import { address, hash, optional } from './hex.ts'

/** Which logs: in one block, or in a range whose ends may be left open. */
export interface LogQuery {
  readonly filter: LogFilter
  readonly blockHash?: Hash
  readonly from?: BlockTag
  readonly to?: BlockTag
}

const topic = z
  .union([hash, z.array(hash.nullable())], {
    error: 'invalid topic, want 32 bytes or a list of them',
  })
  .nullable()

/** The filter object of eth_getLogs, eth_newFilter and the `logs` subscription. */
export const logQuery = z
  .object({
    address: optional(
      z.union([address, z.array(address)], {
        error: 'invalid address, want 20 bytes or a list of them',
      }),
    ),
    topics: optional(z.array(topic)),
    blockHash: optional(hash),
    fromBlock: optional(blockTag),
    toBlock: optional(blockTag),
  })
  .transform((raw, context): LogQuery => {
    const hasRange = raw.fromBlock !== undefined || raw.toBlock !== undefined
    if (raw.blockHash !== undefined && hasRange) {
      context.addIssue(
        'cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other',
      )
      return z.NEVER
    }
    return {
      filter: { addresses: listOf(raw.address), topics: (raw.topics ?? []).map(alternatives) },
      ...(raw.blockHash === undefined ? {} : { blockHash: raw.blockHash }),
      ...(raw.fromBlock === undefined ? {} : { from: raw.fromBlock }),
      ...(raw.toBlock === undefined ? {} : { to: raw.toBlock }),
    }
  })

/** null among the alternatives makes the whole position match anything. */
function alternatives(position: z.output<typeof topic>): readonly Hash[] | null {
  if (position === null) return null
  const hashes = listOf(position)
  return hashes.includes(null) ? null : hashes.filter((value) => value !== null)
}

function listOf<Value>(value: Value | readonly Value[] | undefined): readonly Value[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value as Value]
}
