import type { Chain } from '@busan/chain'
import type { Header } from '@busan/chain-spec'
import { type Clock, GWEI } from '@busan/primitives'
import { compareBigints, larger, smaller } from './bigint-order.ts'

/** What a transaction should offer. All amounts in wei for a unit of gas. */
export interface FeeOracle {
  /** The base fee of the head's child; 0 before London. */
  nextBaseFee(): bigint
  suggestedTip(): bigint
  /** The whole price: wallets that do not know the chain use it as fee cap and as tip. */
  gasPrice(): bigint
}

const DEFAULT_TIP_WEI = GWEI
const SAMPLED_BLOCKS = 20n
const SAMPLES_MAX = 1_000

/**
 * Suggests fees by the chain's policy: nothing under `freeGas`, the pool's floor under `fixedBaseFee`, the
 * median tip of recent blocks (1 gwei when they are empty) under `eip1559`.
 * @param options.minTipWei the pool's floor
 */
export function createFeeOracle(
  ports: { readonly chain: Chain; readonly clock: Clock },
  options: { readonly minTipWei: bigint },
): FeeOracle {
  const { chain, clock } = ports
  let cached = { headHash: '', tipWei: 0n }

  function eip1559Tip(): bigint {
    const head = chain.head()
    if (cached.headHash === head.hash) return cached.tipWei
    const medianWei = median(recentTips(chain)) ?? DEFAULT_TIP_WEI
    const tipWei = larger(medianWei, options.minTipWei)
    cached = { headHash: head.hash, tipWei }
    return tipWei
  }

  function suggestedTip(): bigint {
    const policy = chain.spec.feePolicy.kind
    if (policy === 'freeGas') return 0n
    return policy === 'fixedBaseFee' ? options.minTipWei : eip1559Tip()
  }

  const nextBaseFee = () => childBaseFee(chain, chain.head().header, clock)

  return {
    nextBaseFee,
    suggestedTip,
    gasPrice() {
      const headFee = chain.head().header.baseFeePerGas ?? 0n
      return larger(headFee, nextBaseFee()) + suggestedTip()
    },
  }
}

/** The base fee that a child of `parent` made at this moment would have, in wei; 0 before London. */
export function childBaseFee(chain: Chain, parent: Header, clock: Clock): bigint {
  return chain.spec.nextBaseFee(parent, childTimestamp(parent, clock)) ?? 0n
}

/** The timestamp of a child of `parent` made at this moment, in seconds: always above the parent's. */
export function childTimestamp(parent: Header, clock: Clock): bigint {
  const nowSeconds = BigInt(Math.floor(clock.nowMs() / 1000))
  return larger(nowSeconds, parent.timestamp + 1n)
}

function recentTips(chain: Chain): bigint[] {
  const tips: bigint[] = []
  const head = chain.head().header.number
  for (let number = head; number >= 0n && number > head - SAMPLED_BLOCKS; number--) {
    const block = chain.blockByNumber(number)
    for (const transaction of block?.transactions ?? []) {
      const margin = transaction.maxFeePerGasWei - (block?.header.baseFeePerGas ?? 0n)
      tips.push(smaller(transaction.maxPriorityFeePerGasWei, margin))
      if (tips.length >= SAMPLES_MAX) return tips
    }
  }
  return tips
}

function median(values: readonly bigint[]): bigint | undefined {
  const sorted = [...values].sort(compareBigints)
  return sorted[Math.floor(sorted.length / 2)]
}
