import type { Chain, HeadEvent } from '@busan/chain'
import type { HeadState } from '@busan/txpool'

/** The state after the chain's head, as the pool judges by it. */
export function headState(chain: Chain): HeadState {
  const { header, hash } = chain.head()
  const state = chain.executor.stateAt(header.stateRoot)
  const permissions = chain.executor.permissionsAt(header.stateRoot)
  const nextTimestamp = header.timestamp + 1n
  return {
    number: header.number,
    hash,
    gasLimit: header.gasLimit,
    nextBaseFeePerGasWei: chain.spec.nextBaseFee(header, nextTimestamp) ?? 0n,
    timestamp: header.timestamp,
    account: (address) => state.account(address),
    code: (address) => state.code(address),
    ...(permissions === undefined ? {} : { permissions }),
  }
}

/** What a block took out of the pool. */
export function includedIn(event: HeadEvent) {
  return event.block.transactions.map(({ sender, nonce, hash }) => ({ sender, nonce, hash }))
}
