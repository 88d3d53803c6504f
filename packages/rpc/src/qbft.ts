import { type Address, toQuantity } from '@busan/primitives'
import { z } from 'zod'
import { smaller } from './bigint-order.ts'
import { invalidParams, RpcError } from './errors.ts'
import { toJsonValue } from './json.ts'
import { defineMethod, type Method, type RpcContext } from './method.ts'
import type { ConsensusStatus } from './ports.ts'
import * as hexResult from './result/hex.ts'
import * as nodeResult from './result/node.ts'
import { BLOCK_TAG_PATTERN, type BlockTag, blockTag } from './schema/block-tag.ts'
import { address, hash, optional } from './schema/hex.ts'

/** Besu takes decimal block numbers too. */
const besuBlock = z
  .preprocess(
    (value) =>
      typeof value === 'string' && /^\d{1,19}$/.test(value) ? toQuantity(BigInt(value)) : value,
    blockTag,
  )
  .meta({ title: 'BlockNumberOrTag', pattern: `^(\\d{1,19}|${BLOCK_TAG_PATTERN})$` })

const METRICS_RANGE_BLOCKS = 100n

/** qbft_*: validators and votes in Besu's shapes, and why the chain does or does not advance. */
export const qbftMethods: readonly Method[] = [
  defineMethod({
    name: 'qbft_getValidatorsByBlockNumber',
    summary: 'Validators that sealed a block; `pending` gives those of the next one.',
    params: z.tuple([besuBlock]),
    names: ['block'],
    result: z.array(hexResult.address).nullable(),
    async handler([tag], { chain }) {
      const head = chain.head().header.number
      const number = tag.kind === 'number' ? tag.number : tag.kind === 'pending' ? head + 1n : head
      if (tag.kind === 'number' && number > head) return null
      return (await chain.validatorsAt(number)) ?? null
    },
  }),
  defineMethod({
    name: 'qbft_getValidatorsByBlockHash',
    summary: 'Validators that sealed a block.',
    params: z.tuple([hash]),
    names: ['blockHash'],
    result: z.array(hexResult.address).nullable(),
    async handler([blockHash], { chain }) {
      const block = chain.blockByHash(blockHash)
      return block === undefined ? null : ((await chain.validatorsAt(block.header.number)) ?? null)
    },
  }),
  defineMethod({
    name: 'qbft_getSignerMetrics',
    summary: 'Blocks proposed by each validator in a range, end exclusive; default the last 100.',
    params: z.tuple([optional(besuBlock), optional(besuBlock)]),
    names: ['from', 'to'],
    result: z.array(nodeResult.signerMetrics),
    handler: ([from, to], context) => signerMetrics(from, to, context),
  }),
  defineMethod({
    name: 'qbft_getPendingVotes',
    summary: 'Votes that this node casts: true to add a validator, false to drop it.',
    params: z.tuple([]),
    result: z.record(z.string(), z.boolean()),
    handler: (_, { consensus }) => Object.fromEntries(consensus?.pendingVotes() ?? []),
  }),
  defineMethod({
    name: 'qbft_proposeValidatorVote',
    summary: 'Votes in the blocks this node proposes to add (true) or to drop (false) a validator.',
    params: z.tuple([address, z.boolean({ error: 'expected true to add, false to drop' })]),
    names: ['validator', 'add'],
    result: z.literal(true),
    errors: ['no-consensus', 'vote-refused'],
    access: 'operator',
    handler([account, add], context) {
      const verdict = consensusOf(context).proposeVote(account, add)
      if (!verdict.ok) throw new RpcError('vote-refused', verdict.message)
      return true
    },
  }),
  defineMethod({
    name: 'qbft_discardValidatorVote',
    summary: "Withdraws this node's vote on a validator.",
    params: z.tuple([address]),
    names: ['validator'],
    result: z.literal(true),
    errors: ['no-consensus'],
    access: 'operator',
    handler([account], context) {
      consensusOf(context).discardVote(account)
      return true
    },
  }),
  defineMethod({
    name: 'qbft_getRequestTimeoutSeconds',
    summary: 'Duration of round 0 in seconds, as a JSON number.',
    params: z.tuple([]),
    result: z.number(),
    handler: (_, { chain }) => chain.spec.qbftAfter(chain.head().header).requestTimeoutMs / 1000,
  }),
  defineMethod({
    name: 'qbft_status',
    summary:
      'Why the chain does or does not advance: round, validators seen and missing, clock offsets.',
    params: z.tuple([]),
    result: nodeResult.consensusStatus,
    handler(_, { consensus, chain }) {
      if (consensus !== undefined) return toJsonValue(consensus.status())
      const head = toQuantity(chain.head().header.number)
      return { role: 'observer', head, reason: 'this node runs no consensus; ask a validator' }
    },
  }),
]

function consensusOf({ consensus }: RpcContext): ConsensusStatus {
  if (consensus !== undefined) return consensus
  throw new RpcError('no-consensus', 'this node is not a validator: only validators vote')
}

async function signerMetrics(
  from: BlockTag | undefined,
  to: BlockTag | undefined,
  { chain, limits }: RpcContext,
) {
  const head = chain.head().header.number
  const number = (tag: BlockTag) => (tag.kind === 'number' ? tag.number : head)
  const end = to === undefined ? head : smaller(number(to), head)
  const recent = end > METRICS_RANGE_BLOCKS ? end - METRICS_RANGE_BLOCKS : 0n
  const start = from === undefined ? recent : number(from)
  if (from !== undefined && to !== undefined && start >= end) {
    throw invalidParams('Invalid block number params')
  }
  if (end - start > BigInt(limits.logRangeBlocks)) {
    const message = `block range too large: requested ${end - start} blocks, limit ${limits.logRangeBlocks}`
    throw new RpcError('limit-exceeded', message)
  }
  const proposed = new Map<Address, { count: number; last: bigint }>()
  for (const validator of (await chain.validatorsAt(end)) ?? []) {
    proposed.set(validator, { count: 0, last: 0n })
  }
  for (let block = start === 0n ? 1n : start; block < end; block++) {
    const proposer = chain.headerByNumber(block)?.coinbase
    if (proposer === undefined) continue
    proposed.set(proposer, { count: (proposed.get(proposer)?.count ?? 0) + 1, last: block })
  }
  return [...proposed].map(([validator, { count, last }]) => ({
    address: validator,
    proposedBlockCount: toQuantity(count),
    lastProposedBlockNumber: toQuantity(last),
  }))
}
