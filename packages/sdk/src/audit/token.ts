import { type Address, zeroAddress } from 'viem'
import { type CityLog, eventsOf } from './city-log.ts'
import { type At, type Claim, claimsOf, sum, type Unit, view } from './claim.ts'

/** An ERC-20 whose transfers are read. */
export type TokenAt = At<'KrwDepositToken' | 'CommodityToken'>

/** One movement, mints and burns included. */
export interface Transfer {
  readonly from: Address
  readonly to: Address
  readonly value: bigint
}

/** All movements of a token, in their order. */
export function transfersOf(log: CityLog, token: TokenAt): readonly Transfer[] {
  return eventsOf(log, token)
    .filter((event) => event.eventName === 'Transfer')
    .map(({ args }) => args)
}

/** What came into an account and what left it, by movements between two accounts or by mint and burn. */
export function flowsOf(
  transfers: readonly Transfer[],
  account: Address,
): { readonly inward: bigint; readonly outward: bigint } {
  return {
    inward: sum(transfers.filter(({ to }) => to === account).map(({ value }) => value)),
    outward: sum(transfers.filter(({ from }) => from === account).map(({ value }) => value)),
  }
}

/** Balances as the transfers leave them (invariant M2). */
export function tokenClaims(log: CityLog, token: TokenAt, unit: Unit): readonly Claim[] {
  const balances = balancesOf(transfersOf(log, token))
  const minted = -(balances.get(zeroAddress) ?? 0n)
  balances.delete(zeroAddress)
  const held = [...balances].map(([account, balance]) => ({
    label: account,
    expected: [balance],
    found: [view(token, 'balanceOf', [account])],
  }))
  const supply = view(token, 'totalSupply')
  return claimsOf(token, [
    {
      id: 'M2-transfers',
      what: 'the supply is what transfers created and did not destroy',
      source: 'Transfer from and to the zero address',
      unit,
      rows: [{ label: 'supply', expected: [minted], found: [supply] }],
    },
    {
      id: 'M2-balances',
      what: 'each balance is what its transfers leave',
      source: 'all Transfer events, by account',
      unit,
      rows: held,
    },
    {
      id: 'M2-sum',
      what: 'all balances together are the supply',
      source: 'every account that a Transfer names',
      unit,
      rows: [{ label: 'sum', expected: [supply], found: held.flatMap(({ found }) => found) }],
    },
  ])
}

/** Replays transfers; the zero address has the negative of what exists. */
function balancesOf(transfers: readonly Transfer[]): Map<Address, bigint> {
  const balances = new Map<Address, bigint>()
  for (const { from, to, value } of transfers) {
    balances.set(from, (balances.get(from) ?? 0n) - value)
    balances.set(to, (balances.get(to) ?? 0n) + value)
  }
  return balances
}
