import { setImmediate as nextLoopTurn } from 'node:timers/promises'
import type { Header } from '@busan/chain-spec'
import { type Hex, present, toQuantity } from '@busan/primitives'
import { z } from 'zod'
import { compareBigints, smaller } from '../bigint-order.ts'
import { blobFees, blobGasUsedRatio, childBlobBaseFee, hasBlobs } from '../blob-fees.ts'
import { invalidParams, RpcError } from '../errors.ts'
import { childBaseFee } from '../fee-oracle.ts'
import { defineMethod, type Method, type RpcContext } from '../method.ts'
import { resolveNumber } from '../resolve-block.ts'
import * as hexResult from '../result/hex.ts'
import * as stateResult from '../result/state.ts'
import { blockTag } from '../schema/block-tag.ts'
import { optional, quantity64 } from '../schema/hex.ts'

/** Some clients send the count as a JSON number or as decimal text. */
const blockCount = z.union(
  [
    quantity64,
    z.number().int().nonnegative().transform(BigInt),
    z
      .string()
      .regex(/^\d{1,10}$/)
      .transform(BigInt),
  ],
  { error: 'expected a number of blocks' },
)

/** Prices. Under `freeGas` all of them are zero. */
export const feeMarketMethods: readonly Method[] = [
  defineMethod({
    name: 'eth_gasPrice',
    summary: 'The whole price of a unit of gas: base fee and tip, in wei.',
    params: z.tuple([]),
    result: hexResult.quantity,
    handler: (_, { fees }) => toQuantity(fees.gasPrice()),
  }),
  defineMethod({
    name: 'eth_maxPriorityFeePerGas',
    summary: 'Suggested tip for a unit of gas, in wei.',
    params: z.tuple([]),
    result: hexResult.quantity,
    handler: (_, { fees }) => toQuantity(fees.suggestedTip()),
  }),
  defineMethod({
    name: 'eth_baseFee',
    summary: 'Base fee of the next block, in wei.',
    params: z.tuple([]),
    result: hexResult.quantity,
    handler: (_, { fees }) => toQuantity(fees.nextBaseFee()),
  }),
  defineMethod({
    name: 'eth_blobBaseFee',
    summary:
      'Price of a unit of blob gas in the next block, in wei; 1 on a QBFT network, where no block has blobs.',
    params: z.tuple([]),
    result: hexResult.quantity,
    handler: (_, { chain, clock }) =>
      toQuantity(childBlobBaseFee(chain, chain.head().header, clock)),
  }),
  defineMethod({
    name: 'eth_feeHistory',
    summary: 'Base fees, fill ratios and, for the given percentiles, tips of past blocks.',
    params: z.tuple([blockCount, blockTag, optional(z.array(z.number()))]),
    names: ['blockCount', 'newestBlock', 'percentiles'],
    result: stateResult.feeHistory,
    errors: ['block-not-found', 'call-rejected'],
    handler([count, newest, percentiles = []], context) {
      checkPercentiles(percentiles, context.limits.rewardPercentiles)
      if (count === 0n) return { oldestBlock: '0x0', baseFeePerGas: [], gasUsedRatio: [] }
      const last = resolveNumber(context.chain, newest)
      const head = context.chain.head().header.number
      if (last > head) {
        const message = `request beyond head block: requested ${last}, head ${head}`
        throw new RpcError('block-not-found', message)
      }
      const countMax = [count, last + 1n, BigInt(context.limits.feeHistoryBlocks)]
      return formatHistory(context, { count: countMax.reduce(smaller), last }, percentiles)
    },
  }),
]

async function formatHistory(
  context: RpcContext,
  range: { readonly count: bigint; readonly last: bigint },
  percentiles: readonly number[],
) {
  const { chain, clock } = context
  const oldest = range.last - range.count + 1n
  const headers = Array.from({ length: Number(range.count) }, (_, offset) =>
    present(chain.headerByNumber(oldest + BigInt(offset)), 'header below the head'),
  )
  const after = chain.headerByNumber(range.last + 1n)?.baseFeePerGas
  const newest = present(headers.at(-1), 'newest header')
  const fees = headers.map((header) => header.baseFeePerGas ?? 0n)
  return {
    oldestBlock: toQuantity(oldest),
    baseFeePerGas: [...fees, after ?? childBaseFee(chain, newest, clock)].map(toQuantity),
    gasUsedRatio: headers.map(({ gasUsed, gasLimit }) => Number(gasUsed) / Number(gasLimit)),
    ...(hasBlobs(chain)
      ? {
          baseFeePerBlobGas: blobFees(context, headers).map(toQuantity),
          blobGasUsedRatio: headers.map((header) => blobGasUsedRatio(chain, header)),
        }
      : {}),
    ...(percentiles.length === 0 ? {} : { reward: await rewardsOf(context, headers, percentiles) }),
  }
}

/** One block after the other, with turns of the event loop in between: the receipts of a block take some time. */
async function rewardsOf(
  context: RpcContext,
  headers: readonly Header[],
  percentiles: readonly number[],
): Promise<Hex[][]> {
  const found: Hex[][] = []
  for (const header of headers) {
    if (header.gasUsed > 0n) await nextLoopTurn()
    found.push(rewards(context, header, percentiles))
  }
  return found
}

/** Tips at percentiles of gas used; zeros for an empty block and where nothing is charged. */
function rewards({ chain }: RpcContext, header: Header, percentiles: readonly number[]): Hex[] {
  const isFree = chain.spec.feePolicy.kind === 'freeGas'
  const isEmpty = header.gasUsed === 0n || isFree
  const hash = isEmpty ? undefined : chain.hashByNumber(header.number)
  if (hash === undefined) return percentiles.map(() => '0x0')
  const paid = paidTips(chain.receiptsByHash(hash) ?? [], header)
  return percentiles.map((percentile) => {
    const threshold = (Number(header.gasUsed) * percentile) / 100
    let gas = 0n
    const reached = paid.find((entry) => {
      gas += entry.gasUsed
      return Number(gas) >= threshold
    })
    return toQuantity((reached ?? paid.at(-1))?.tipWei ?? 0n)
  })
}

function paidTips(
  receipts: readonly { readonly gasUsed: bigint; readonly effectiveGasPriceWei: bigint }[],
  header: Header,
) {
  const baseFee = header.baseFeePerGas ?? 0n
  return receipts
    .map(({ gasUsed, effectiveGasPriceWei }) => ({
      gasUsed,
      tipWei: effectiveGasPriceWei - baseFee,
    }))
    .sort((a, b) => compareBigints(a.tipWei, b.tipWei))
}

function checkPercentiles(percentiles: readonly number[], countMax: number): void {
  if (percentiles.length > countMax) {
    throw invalidParams(
      `over the query limit ${countMax}: ${percentiles.length} reward percentiles`,
    )
  }
  for (const [index, percentile] of percentiles.entries()) {
    const previous = percentiles[index - 1] ?? 0
    if (percentile < 0 || percentile > 100) {
      throw new RpcError('call-rejected', `invalid reward percentile: ${percentile}`)
    }
    if (percentile < previous) {
      const order = `#${index - 1}:${previous} > #${index}:${percentile}`
      throw new RpcError('call-rejected', `invalid reward percentile: ${order}`)
    }
  }
}
