import type { Address } from '@busan/primitives'
import type { z } from 'zod'
import { invalidParams, type RpcReason } from './errors.ts'
import type { FeeOracle } from './fee-oracle.ts'
import type { Filters } from './filters.ts'
import type { JsonTexts } from './json-text.ts'
import type { RpcLimits } from './limits.ts'
import type { RpcPorts } from './ports.ts'
import type { Meter } from './rate-limit.ts'
import type { Replicas } from './replicas.ts'
import type { SubscriptionKind } from './subscriptions.ts'

/** What handlers work with: the node's ports and what this package keeps beside them. */
export interface RpcContext extends RpcPorts {
  readonly clientVersion: string
  /** This node's own validator account, when it has one. */
  readonly validatorAddress?: Address
  readonly limits: RpcLimits
  readonly fees: FeeOracle
  readonly filters: Filters
  readonly replicas: Replicas
  /** Blocks, receipts and logs of blocks that were asked for before. */
  readonly texts: JsonTexts
  /** Largest `maxFeePerGas * gas` that may be submitted, in wei; 0 turns the check off. */
  readonly feeCapWei: bigint
  /** All that the server has, whoever may use them. */
  readonly methods: readonly Method[]
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
  /** Another replica, which asks for what only this node has. */
  readonly isReplica?: boolean
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

/**
 * One JSON-RPC method: the only definition of its name, parameters, result, errors and behaviour, from which the checks
 * of requests, the OpenRPC document and the reference page come.
 */
export interface Method {
  readonly name: string
  /** One line. */
  readonly summary: string
  readonly params: z.ZodTuple
  /** What the parameters are called, in their order. */
  readonly names: readonly string[]
  /** As JSON; no answer is held against it while a node runs, all are in tests. */
  readonly result: z.ZodType
  /** Beside those that any method may answer with. */
  readonly errors: readonly RpcReason[]
  /** `operator` methods change the node: they need a loopback listener or an explicit permission. */
  readonly access: 'public' | 'operator'
  /** @throws RpcError when the parameters do not fit, or the method fails */
  call(params: unknown, context: RpcContext, caller: Caller): unknown
}

/** A namespace that the listener does not serve looks exactly like an unknown method. */
export function isServed({ name, access }: Method, caller: Caller): boolean {
  return (
    caller.apis.has(name.slice(0, name.indexOf('_'))) &&
    (access === 'public' || caller.isOperator) &&
    caller.allows?.(name) !== false
  )
}

type NameOfEach<Items extends readonly unknown[]> = { readonly [Index in keyof Items]: string }

/** Ties a handler to its parameter schema; the handler sees parsed values only. */
export function defineMethod<Params extends z.ZodTuple>(definition: {
  readonly name: string
  readonly summary: string
  readonly params: Params
  readonly names?: NameOfEach<Params['def']['items']>
  readonly result: z.ZodType
  readonly errors?: readonly RpcReason[]
  readonly access?: 'operator'
  readonly handler: (params: z.output<Params>, context: RpcContext, caller: Caller) => unknown
}): Method {
  const { access = 'public', names = [], errors = [], handler, ...rest } = definition
  const { params } = rest
  return {
    ...rest,
    names,
    errors,
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
