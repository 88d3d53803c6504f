import { type Hash, present } from '@busan/primitives'
import { z } from 'zod'
import { larger, smaller } from '../bigint-order.ts'
import { LOG_ERRORS } from '../error-lists.ts'
import { RpcError } from '../errors.ts'
import type { Filter } from '../filters.ts'
import { formatLog } from '../format/log.ts'
import { checkLogQuery, findLogs, findLogsBetween } from '../log-query.ts'
import { type Caller, defineMethod, type Method, type RpcContext } from '../method.ts'
import * as hexResult from '../result/hex.ts'
import * as transactionResult from '../result/transaction.ts'
import { logQuery } from '../schema/filter.ts'
import { optional } from '../schema/hex.ts'

const filterId = z.string({ error: 'expected a filter id' }).max(66)

/** Logs, and filters that clients poll (five minutes without a poll and a filter is gone). */
export const filterMethods: readonly Method[] = [
  defineMethod({
    name: 'eth_getLogs',
    summary: 'Logs of a block range or of one block that match addresses and topics.',
    params: z.tuple([logQuery]),
    names: ['filter'],
    result: z.array(transactionResult.log),
    errors: LOG_ERRORS,
    handler: ([query], context) => findLogs(query, context),
  }),
  defineMethod({
    name: 'eth_newFilter',
    summary: 'Filter for logs of blocks to come.',
    params: z.tuple([optional(logQuery)]),
    names: ['filter'],
    result: hexResult.id,
    errors: LOG_ERRORS,
    handler([query = { filter: { addresses: [], topics: [] } }], context) {
      checkLogQuery(query, context)
      return context.filters.add({ kind: 'logs', query, nextBlock: nextNumber(context) })
    },
  }),
  defineMethod({
    name: 'eth_newBlockFilter',
    summary: 'Filter for hashes of blocks to come.',
    params: z.tuple([]),
    result: hexResult.id,
    handler: (_, context) =>
      context.filters.add({ kind: 'blocks', nextBlock: nextNumber(context) }),
  }),
  defineMethod({
    name: 'eth_newPendingTransactionFilter',
    summary: 'Filter for hashes of transactions that become executable.',
    params: z.tuple([z.unknown().optional()]),
    names: ['full'],
    result: hexResult.id,
    handler: (_, { filters }) => filters.add({ kind: 'pending', hashes: [] }),
  }),
  defineMethod({
    name: 'eth_getFilterChanges',
    summary: 'What a filter found since the last poll.',
    params: z.tuple([filterId]),
    names: ['filterId'],
    result: z.union([z.array(hexResult.hash), z.array(transactionResult.log)]),
    errors: ['filter-not-found'],
    handler: ([id], context, caller) =>
      whereKept('eth_getFilterChanges', id, { context, caller }, () =>
        changesOf(context.filters.get(id), context),
      ),
  }),
  defineMethod({
    name: 'eth_getFilterLogs',
    summary: 'All logs that match a log filter, from its fromBlock on.',
    params: z.tuple([filterId]),
    names: ['filterId'],
    result: z.array(transactionResult.log),
    errors: ['filter-not-found'],
    handler: ([id], context, caller) =>
      whereKept('eth_getFilterLogs', id, { context, caller }, () => {
        const filter = context.filters.get(id)
        if (filter.kind !== 'logs') throw new RpcError('filter-not-found', 'filter not found')
        return findLogs(filter.query, context)
      }),
  }),
  defineMethod({
    name: 'eth_uninstallFilter',
    summary: 'Removes a filter; false when there is none.',
    params: z.tuple([filterId]),
    names: ['filterId'],
    result: z.boolean(),
    errors: ['filter-not-found'],
    handler: ([id], context, caller) =>
      whereKept('eth_uninstallFilter', id, { context, caller }, () => context.filters.remove(id)),
  }),
]

/** Answers here when the filter is kept here, else as the replica that keeps it does. */
function whereKept(
  method: string,
  id: string,
  { context, caller }: { readonly context: RpcContext; readonly caller: Caller },
  answerHere: () => unknown,
): unknown {
  const { replicas } = context
  const isHere = caller.isReplica === true || replicas.isOwn(id)
  return isHere ? answerHere() : replicas.ask(method, id)
}

function nextNumber({ chain }: RpcContext): bigint {
  return chain.head().header.number + 1n
}

async function changesOf(filter: Filter, context: RpcContext): Promise<readonly unknown[]> {
  if (filter.kind === 'pending') return filter.hashes.splice(0)
  return filter.kind === 'blocks' ? takeHashes(filter, context) : takeLogs(filter, context)
}

/** At most one log range of blocks a poll: a filter that fell behind catches up over several polls. */
function takeRange(filter: { nextBlock: bigint }, context: RpcContext) {
  const head = context.chain.head().header.number
  const from = filter.nextBlock
  const farthest = from + BigInt(context.limits.logRangeBlocks) - 1n
  return { from, to: smaller(farthest, head) }
}

function takeHashes(filter: { nextBlock: bigint }, context: RpcContext): Hash[] {
  const { from, to } = takeRange(filter, context)
  filter.nextBlock = to + 1n
  return Array.from({ length: Number(to - from + 1n) }, (_, offset) =>
    present(context.chain.hashByNumber(from + BigInt(offset)), 'hash of a block below the head'),
  )
}

/** Narrows the range until its logs fit one answer, so that a busy filter never gets stuck. */
async function takeLogs(filter: Filter & { kind: 'logs' }, context: RpcContext) {
  const { query } = filter
  const wanted = takeRange(filter, context)
  const from = larger(wanted.from, query.from?.kind === 'number' ? query.from.number : 0n)
  const last = query.to?.kind === 'number' ? query.to.number : wanted.to
  let to = smaller(wanted.to, last)
  if (to < from) return []
  for (;;) {
    try {
      const logs = await findLogsBetween(query, context, { from, to })
      filter.nextBlock = to + 1n
      return logs.map(formatLog)
    } catch (error) {
      if (!(error instanceof RpcError) || error.code !== 'limit-exceeded' || from === to)
        throw error
      to = from + (to - from) / 2n
    }
  }
}
