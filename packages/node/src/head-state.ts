import type { Chain, HeadEvent } from '@busan/chain'
import { accept, refuse, toChecksumAddress } from '@busan/primitives'
import type { HeadState, Permissions } from '@busan/txpool'
import type { LocalAllowlists } from './local-allowlists.ts'

/** The state after the chain's head, as the pool judges by it: under the chain's permissions and our own list. */
export function headState(chain: Chain, local: LocalAllowlists): HeadState {
  const { header, hash } = chain.head()
  const state = chain.executor.stateAt(header.stateRoot)
  const permissions = withLocalList(chain.executor.permissionsAt(header.stateRoot), local)
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

/** Both must permit; without a list of ours the chain alone decides. */
function withLocalList(
  chainRules: Permissions | undefined,
  local: LocalAllowlists,
): Permissions | undefined {
  const accounts = local.entries('accounts')
  if (accounts === undefined) return chainRules
  return {
    version: `${chainRules?.version} ${local.version()}`,
    async judge(transaction) {
      if (accounts.has(transaction.sender)) return chainRules?.judge(transaction) ?? accept(null)
      const sender = toChecksumAddress(transaction.sender)
      return refuse(
        'not-permitted',
        `sender not authorized: address ${sender} is not in the accounts-allowlist of this node; ask its operator`,
      )
    },
  }
}
