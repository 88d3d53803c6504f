import { type ChainSpec, type Header, QBFT_MIX_HASH } from '@busan/chain-spec'
import { type Hash, ZERO_HASH } from '@busan/primitives'
import { draftHeader } from '../draft-header.ts'
import type { PlannedBlock } from './plan.ts'

/** A made-up block's header before its calls run: what is not overridden goes on as in the parent. */
export function simulatedHeader(
  spec: ChainSpec,
  plan: PlannedBlock,
  parent: { readonly header: Header; readonly hash: Hash },
  isValidating: boolean,
): Header {
  const { number, timestamp, override } = plan
  const fork = spec.forkAt(number, timestamp)
  const isQbft = spec.consensus === 'bft'
  const draft = draftHeader(
    {
      parent: parent.header,
      parentHash: parent.hash,
      coinbase: override.coinbase ?? parent.header.coinbase,
      timestamp,
      gasLimit: override.gasLimit ?? parent.header.gasLimit,
      extraData: '0x',
      prevRandao: override.prevRandao ?? (isQbft ? QBFT_MIX_HASH : ZERO_HASH),
      parentBeaconBlockRoot: override.parentBeaconBlockRoot ?? ZERO_HASH,
      withdrawals: override.withdrawals ?? [],
    },
    spec,
  )
  const baseFee = baseFeeOf(draft.baseFeePerGas, override.baseFeePerGasWei, isValidating)
  return {
    ...draft,
    difficulty: fork.isMerged && !isQbft ? 0n : parent.header.difficulty,
    ...(fork.hasBaseFee ? { baseFeePerGas: baseFee } : {}),
  }
}

/** geth: without validation the base fee is 0, so that calls which name no price can see no higher one. */
function baseFeeOf(next = 0n, overridden: bigint | undefined, isValidating: boolean): bigint {
  return overridden ?? (isValidating ? next : 0n)
}
