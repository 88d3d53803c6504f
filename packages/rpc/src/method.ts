import type { Address } from '@busan/primitives'
import type { z } from 'zod'
import { invalidParams } from './errors.ts'
import type { FeeOracle } from './fee-oracle.ts'
import type { Filters } from './filters.ts'
import type { JsonTexts } from './json-text.ts'
import type { RpcLimits } from './limits.ts'
import type { RpcPorts } from './ports.ts'
import type { Meter } from './rate-limit.ts'
import type { SubscriptionKind } from './subscriptions.ts'

/** What handlers work with: the node's ports and what this package keeps beside them. */
export interface RpcContext extends RpcPorts {
  readonly clientVersion: string
  /** This node's own validator account, when it has one. */
  readonly validatorAddress?: Address
  readonly limits: RpcLimits
  readonly fees: FeeOracle
  readonly filters: Filters
  /** Blocks, receipts and logs of blocks that were asked for before. */
  readonly texts: JsonTexts
  /** Largest `maxFeePerGas * gas` that may be submitted, in wei; 0 turns the check off. */
  readonly feeCapWei: bigint
}

/** Who asks: what its listener serves, and the connection that can carry subscriptions. */
export interface Caller {
  /** Namespaces, lower case. */
  readonly apis: ReadonlySet<string>
  /** True when methods that change the node may be used. */
  readonly isOperator: boolean
  /** Which methods of the namespaces; absent: all. */
  readonly allows?: (method: string) => boolean
  /** Absent: no limit. */
  readonly meter?: Meter
  /** Absent over HTTP. */
  readonly subscriber?: Subscriber
}

/** A connection that subscriptions are pushed to. */
export interface Subscriber {
  /** @returns the subscription's id */
  subscribe(kind: SubscriptionKind): string
  /** @returns false when this connection has no such subscription */
  unsubscribe(id: string): boolean
}

/** One JSON-RPC method: the only definition of its name, parameters and behaviour. */
export interface Method {
  readonly name: string
  /** One line for the reference page. */
  readonly summary: string
  readonly params: z.ZodTuple
  /** `operator` methods change the node: they need a loopback listener or an explicit permission. */
  readonly access: 'public' | 'operator'
  /** @throws RpcError when the parameters do not fit, or the method fails */
  call(params: unknown, context: RpcContext, caller: Caller): unknown
}

/** Ties a handler to its parameter schema; the handler sees parsed values only. */
export function defineMethod<Params extends z.ZodTuple>(definition: {
  readonly name: string
  readonly summary: string
  readonly params: Params
  readonly access?: 'operator'
  readonly handler: (params: z.output<Params>, context: RpcContext, caller: Caller) => unknown
}): Method {
  const { name, summary, params, access = 'public', handler } = definition
  return {
    name,
    summary,
    params,
    access,
    call: (given, context, caller) => handler(parseParams(params, given), context, caller),
  }
}

/** geth's words for each way that arguments can be wrong. */
function parseParams<Params extends z.ZodTuple>(schema: Params, given: unknown): z.output<Params> {
  const args: unknown = given ?? []
  if (!Array.isArray(args)) throw invalidParams('non-array args')
  const parsed = schema.safeParse(args)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const index = issue?.path[0]
  if (typeof index !== 'number') {
    const countMax = schema.def.items.length
    throw invalidParams(
      args.length > countMax
        ? `too many arguments, want at most ${countMax}`
        : `missing value for required argument ${args.length}`,
    )
  }
  if (args[index] === null || args[index] === undefined) {
    throw invalidParams(`missing value for required argument ${index}`)
  }
  const where = issue?.path.slice(1).map(String).join('.')
  const cause = issue?.code === 'invalid_key' ? issue.issues[0] : issue
  const why = cause?.message ?? 'invalid'
  throw invalidParams(`invalid argument ${index}: ${where ? `${where}: ` : ''}${why}`)
}
