import { privateKeyToAccount } from 'viem/accounts'
import type { MatcherSettings, Order, SignedOrder } from '../../src/index.ts'
import { SIGNED_TYPES } from '../../src/index.ts'

const ZERO_32 = `0x${'00'.repeat(32)}` as const
const NOW_MS = 1_800_000_000_000

/** Settings of a matcher whose clock stands still. */
export function settingsFor(journalPath: string): MatcherSettings {
  return {
    domain: { chainId: 51_053, engine: `0x${'ee'.repeat(20)}` },
    market: `0x${'aa'.repeat(32)}`,
    tick: 5n,
    feeBps: 20,
    journalPath,
    nowMs: () => NOW_MS,
  }
}

/** An order of a test account, numbered 1 to 9, and its signature. */
export async function signedOrder(
  settings: MatcherSettings,
  account: number,
  changes: Partial<Order>,
): Promise<SignedOrder> {
  const maker = accountOf(account)
  const order: Order = {
    maker: maker.address.toLowerCase() as `0x${string}`,
    receiver: maker.address.toLowerCase() as `0x${string}`,
    validAfter: 0n,
    expiry: BigInt(NOW_MS / 1_000 + 60),
    maxFeeBps: 20,
    isBuy: true,
    usesVault: false,
    market: settings.market,
    ownerGroup: ZERO_32,
    lots: 1n,
    limitPrice: 1_000n,
    nonceKey: 0n,
    nonceSeq: 1n,
    minFill: 0n,
    ...changes,
  }
  const signature = await maker.signTypedData({
    domain: domainOf(settings),
    types: SIGNED_TYPES,
    primaryType: 'Order',
    message: order,
  })
  return { order, signature }
}

/** The cancellation of an order by a test account. */
export function signedCancel(settings: MatcherSettings, account: number, order: `0x${string}`) {
  return accountOf(account).signTypedData({
    domain: domainOf(settings),
    types: SIGNED_TYPES,
    primaryType: 'Cancel',
    message: { order },
  })
}

function accountOf(account: number) {
  return privateKeyToAccount(`0x${'0'.repeat(63)}${account}`)
}

function domainOf({ domain }: MatcherSettings) {
  const { chainId, engine } = domain
  return { name: 'Busan Settlement', version: '1', chainId, verifyingContract: engine }
}
