import type { LocatedLog } from '@busan/chain'
import { isCodedError, toQuantity } from '@busan/primitives'
import { invalidParams, RpcError } from './errors.ts'
import { formatLog } from './format/log.ts'
import type { RpcContext } from './method.ts'
import { resolveNumber } from './resolve-block.ts'
import type { LogQuery } from './schema/filter.ts'

const TOPICS_MAX = 4

/** Refuses filters that nothing can match or that are too wide. @throws RpcError with geth's words */
export function checkLogQuery(query: LogQuery, context: RpcContext): void {
  const { addresses, topics } = query.filter
  const { limits, chain } = context
  if (topics.length > TOPICS_MAX) throw new RpcError('exceed-max-topics', 'exceed max topics')
  const isWide =
    addresses.length > limits.logAddresses ||
    topics.some((alternatives) => (alternatives?.length ?? 0) > limits.logTopics)
  if (isWide) {
    throw new RpcError('exceed-max-topics', 'exceed max addresses or topics per search position')
  }
  if (query.from === undefined || query.to === undefined) return
  if (resolveNumber(chain, query.from) > resolveNumber(chain, query.to)) {
    throw invalidParams('invalid block range params')
  }
}

/**
 * The logs a query asks for, as they are answered; both ends of the range default to the head, and what names a later
 * block is refused: an empty answer would tell an indexer that the block has no logs. Those of one block are kept:
 * whoever follows the chain asks for them once a block and client.
 */
export async function findLogs(query: LogQuery, context: RpcContext): Promise<object> {
  const range = rangeOf(query, context)
  const find = async () => (await findLogsBetween(query, context, range)).map(formatLog)
  if (range.from !== range.to) return find()
  const key = `logs ${range.from} ${JSON.stringify(query.filter)}`
  return context.texts.get(key) ?? context.texts.keep(key, await find())
}

interface Range {
  readonly from: bigint
  readonly to: bigint
}

/** Blocks up to the head, both ends included. */
function rangeOf(query: LogQuery, context: RpcContext): Range {
  checkLogQuery(query, context)
  const { chain, limits } = context
  if (query.blockHash !== undefined) {
    const block = chain.blockByHash(query.blockHash)
    if (block === undefined) throw new RpcError('block-not-found', 'unknown block')
    return { from: block.header.number, to: block.header.number }
  }
  const head = chain.head().header.number
  const from = query.from === undefined ? head : resolveNumber(chain, query.from)
  const to = query.to === undefined ? head : resolveNumber(chain, query.to)
  if (to > head || from > head) {
    throw invalidParams('block range extends beyond current head block')
  }
  const count = to - from + 1n
  if (count > BigInt(limits.logRangeBlocks)) {
    const range = rangeHint(from, from + BigInt(limits.logRangeBlocks) - 1n)
    const message = `block range too large: requested ${count} blocks, limit ${limits.logRangeBlocks}. ${range}`
    throw new RpcError('limit-exceeded', message)
  }
  return { from, to }
}

/** Logs of an inclusive range. @throws RpcError `limit-exceeded` naming a smaller range to ask for */
export async function findLogsBetween(
  query: LogQuery,
  context: RpcContext,
  { from, to }: Range,
): Promise<readonly LocatedLog[]> {
  const { chain, limits } = context
  try {
    return await chain.logs(from, to, query.filter, limits.logResults)
  } catch (error) {
    if (!isCodedError(error, 'too-many-logs')) throw error
    const hint = from === to ? '' : `. ${rangeHint(from, from + (to - from) / 2n)}`
    throw new RpcError(
      'limit-exceeded',
      `query returned more than ${error.details.exceeded}${hint}`,
    )
  }
}

/** graph-node and indexers look for these words and split the range. */
export function rangeHint(from: bigint, to: bigint): string {
  return `Try with this block range [${toQuantity(from)}, ${toQuantity(to)}]`
}
