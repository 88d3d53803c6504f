import type { StoredBlock } from '@busan/chain'
import { CodedError, type Hash, toQuantity } from '@busan/primitives'
import { smaller } from './bigint-order.ts'
import { parentOf, traceOptions } from './debug-trace.ts'
import { invalidParams, RpcError } from './errors.ts'
import { rangeHint } from './log-query.ts'
import type { RpcContext } from './method.ts'
import { resolveNumber } from './resolve-block.ts'
import type { TraceFilter } from './schema/trace-filter.ts'

/** One message of a mined transaction, or a block's reward, as Parity writes it. */
export interface PlacedTrace {
  readonly action: Readonly<Record<string, string>>
  readonly blockHash: Hash
  readonly blockNumber: number
  readonly error?: string
  readonly result?: Readonly<Record<string, string>> | null
  readonly subtraces: number
  readonly traceAddress: readonly number[]
  readonly transactionHash?: Hash
  readonly transactionPosition?: number
  readonly type: string
}

/** All messages of a block, and what its proposer is given for it. */
export async function blockTraces(
  block: StoredBlock,
  context: RpcContext,
): Promise<readonly PlacedTrace[]> {
  if (block.header.number === 0n) return []
  const parent = parentOf(block, context)
  const options = { ...traceOptions({}, context), tracer: { name: 'parityListTracer' } as const }
  const texts =
    block.transactions.length === 0
      ? []
      : await context.chain.executor.traceBlock(block, parent, options)
  const traces = texts.flatMap((json) => JSON.parse(json) as PlacedTrace[])
  return [...traces, ...rewardOf(block, context)]
}

function rewardOf({ header, hash }: StoredBlock, { chain }: RpcContext): PlacedTrace[] {
  const parent = chain.headerByNumber(header.number - 1n)
  if (parent === undefined) return []
  const { blockRewardWei, miningBeneficiary } = chain.spec.qbftAfter(parent)
  if (blockRewardWei === 0n) return []
  return [
    {
      action: {
        author: miningBeneficiary ?? header.coinbase,
        rewardType: 'block',
        value: toQuantity(blockRewardWei),
      },
      blockHash: hash,
      blockNumber: Number(header.number),
      result: null,
      subtraces: 0,
      traceAddress: [],
      type: 'reward',
    },
  ]
}

/** Messages of a range of blocks that a filter lets through, in order. */
export async function filterTraces(
  filter: TraceFilter,
  context: RpcContext,
): Promise<readonly PlacedTrace[]> {
  const { chain, clock, limits } = context
  const { from, to } = rangeOf(filter, context)
  const deadlineMs = clock.nowMs() + limits.traceTimeoutMaxMs
  const found: PlacedTrace[] = []
  let skipped = 0
  for (let number = from; number <= to && found.length < filter.count; number++) {
    if (clock.nowMs() > deadlineMs) throw new CodedError('call-timeout', 'execution timeout')
    const block = chain.blockByNumber(number)
    if (block === undefined) break
    for (const trace of await blockTraces(block, context)) {
      if (!matches(trace, filter)) continue
      if (skipped < filter.skip) skipped++
      else if (found.length < filter.count) found.push(trace)
    }
    if (found.length > limits.logResults) {
      const message = `query returned more than ${limits.logResults} results`
      throw new RpcError('limit-exceeded', message)
    }
  }
  return found
}

function rangeOf(filter: TraceFilter, { chain, limits }: RpcContext) {
  const head = chain.head().header.number
  const from = filter.from === undefined ? head : resolveNumber(chain, filter.from)
  const wanted = filter.to === undefined ? head : resolveNumber(chain, filter.to)
  if (from > wanted) throw invalidParams('invalid block range params')
  const to = smaller(wanted, head)
  const blocks = to - from + 1n
  if (blocks <= BigInt(limits.traceRangeBlocks)) return { from, to }
  const hint = rangeHint(from, from + BigInt(limits.traceRangeBlocks) - 1n)
  const message = `block range too large: requested ${blocks} blocks, limit ${limits.traceRangeBlocks}. ${hint}`
  throw new RpcError('limit-exceeded', message)
}

function matches({ action, result }: PlacedTrace, filter: TraceFilter): boolean {
  const { senders, receivers, isUnion } = filter
  const sender = action.from ?? action.address
  const receiver = action.to ?? action.refundAddress ?? action.author ?? result?.address
  const isSender = has(senders, sender)
  const isReceiver = has(receivers, receiver)
  if (isUnion && senders.size > 0 && receivers.size > 0) return isSender || isReceiver
  return (senders.size === 0 || isSender) && (receivers.size === 0 || isReceiver)
}

function has(addresses: ReadonlySet<string>, address: string | undefined): boolean {
  return address !== undefined && addresses.has(address)
}
