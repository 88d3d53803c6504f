import { z } from 'zod'
import { RpcError } from '../errors.ts'
import { checkLogQuery } from '../log-query.ts'
import { type Caller, defineMethod, type Method, type RpcContext } from '../method.ts'
import * as hexResult from '../result/hex.ts'
import { logQuery } from '../schema/filter.ts'
import { hash, optional } from '../schema/hex.ts'
import type { SubscriptionKind } from '../subscriptions.ts'

/** geth takes a boolean, Besu an object; both ask for whole transactions. */
const pendingOptions = z.union([
  z.boolean(),
  z.object({ includeTransactions: z.boolean().optional() }).transform((o) => o.includeTransactions),
])

/** Besu's option. */
const droppedOptions = z.object({ includeTransactions: z.boolean().optional() })

const receiptOptions = z.object({ transactionHashes: optional(z.array(hash).max(200)) })

/** Push notifications; only a WebSocket connection can carry them. */
export const subscribeMethods: readonly Method[] = [
  defineMethod({
    name: 'eth_subscribe',
    summary:
      'Subscribes to newHeads, logs, new- or droppedPendingTransactions, transactionReceipts or syncing.',
    params: z.tuple([z.string({ error: 'expected a subscription name' }), z.unknown().optional()]),
    names: ['kind', 'options'],
    result: hexResult.id,
    handler: ([name, options], context, caller) =>
      subscriberOf(caller).subscribe(parseKind(name, options, context)),
  }),
  defineMethod({
    name: 'eth_unsubscribe',
    summary: 'Ends a subscription of this connection.',
    params: z.tuple([z.string({ error: 'expected a subscription id' })]),
    names: ['subscriptionId'],
    result: z.boolean(),
    errors: ['subscription-not-found'],
    handler([id], _, caller) {
      if (subscriberOf(caller).unsubscribe(id)) return true
      throw new RpcError('subscription-not-found', 'subscription not found')
    },
  }),
]

function subscriberOf({ subscriber }: Caller) {
  if (subscriber !== undefined) return subscriber
  throw new RpcError('method-not-found', 'notifications not supported')
}

function parseKind(name: string, options: unknown, context: RpcContext): SubscriptionKind {
  switch (name) {
    case 'newHeads':
    case 'syncing':
      return { type: name }
    case 'logs': {
      const query = parseOptions(logQuery, options ?? {})
      checkLogQuery(query, context)
      return { type: name, filter: query.filter }
    }
    case 'newPendingTransactions':
      return { type: name, isFull: parseOptions(pendingOptions, options ?? false) === true }
    case 'droppedPendingTransactions': {
      const { includeTransactions = false } = parseOptions(droppedOptions, options ?? {})
      return { type: name, isFull: includeTransactions }
    }
    case 'transactionReceipts': {
      const { transactionHashes = [] } = parseOptions(receiptOptions, options ?? {})
      return { type: name, hashes: new Set(transactionHashes) }
    }
    default: {
      const message = `no "${name.slice(0, 100)}" subscription in eth namespace`
      throw new RpcError('method-not-found', message)
    }
  }
}

function parseOptions<Schema extends z.ZodType>(
  schema: Schema,
  options: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data
  const why = parsed.error.issues[0]?.message ?? 'invalid'
  throw new RpcError('invalid-params', `invalid argument 1: ${why}`)
}
