import { type CityLog, eventsOf, named } from './city-log.ts'
import {
  type At,
  type Claim,
  claimsOf,
  never,
  repeated,
  type Statement,
  sum,
  view,
} from './claim.ts'
import { receiptsIn, type VaultReceipt } from './receipts.ts'
import { reserveStatements } from './reserve.ts'
import { tokenClaims } from './token.ts'

/** A commodity token, the bars behind it, and the oracle that attests them. */
export interface CommodityAt {
  readonly token: At<'CommodityToken'>
  readonly receipts: At<'VaultReceipts'>
  readonly oracle: At<'ReserveOracle'>
}

/** Supply against allocated bars and their attestation (invariant G1). */
export function commodityClaims(log: CityLog, place: CommodityAt): readonly Claim[] {
  const { token, receipts } = place
  const events = eventsOf(log, token)
  const minted = named<'CommodityToken', 'Minted'>(events, 'Minted')
  const redeemed = named<'CommodityToken', 'Redeemed'>(events, 'Redeemed').map(({ args }) => args)
  const milligrams = (list: readonly { readonly milligrams: bigint }[]) =>
    sum(list.map((one) => one.milligrams))
  const issued = milligrams(minted.map(({ args }) => args)) - milligrams(redeemed)
  const bars = [...receiptsIn(log, receipts).values()].filter((bar) => bar.token === token.address)
  const allocated = view(receipts, 'allocatedOf', [token.address])
  const supply = view(token, 'totalSupply')
  const statements: readonly Statement[] = [
    {
      id: 'G1-supply',
      what: 'the supply is what was minted and not redeemed',
      source: 'milligrams of Minted less those of Redeemed',
      rows: [{ label: 'supply', expected: [issued], found: [supply] }],
    },
    {
      id: 'G1-allocated',
      what: 'the metal behind the token is that of the bars allocated to it',
      source: 'milligrams of Deposited receipts that no StateChanged took out',
      rows: [
        {
          label: 'allocated',
          expected: bars.filter((bar) => bar.isAllocated).map((bar) => bar.milligrams),
          found: [allocated],
        },
      ],
    },
    {
      id: 'G1-backing',
      what: 'the supply is at most the allocated metal',
      relation: 'at-most',
      source: 'no event is needed',
      rows: [{ label: 'supply', expected: [allocated], found: [supply] }],
    },
    ...reserveStatements(log, place, 'G1', 'mg'),
    ...redemptions(redeemed, bars),
  ]
  const own = claimsOf(
    token,
    statements.map((one) => ({ unit: 'mg' as const, ...one })),
  )
  return [...own, ...tokenClaims(log, token, 'mg')]
}

interface Redemption {
  readonly receiptId: bigint
  readonly milligrams: bigint
}

function redemptions(
  redeemed: readonly Redemption[],
  bars: readonly VaultReceipt[],
): readonly Statement[] {
  const burned = (id: bigint) =>
    redeemed.filter(({ receiptId }) => receiptId === id).map(({ milligrams }) => milligrams)
  const strangers = redeemed.filter(({ receiptId }) => bars.every(({ id }) => id !== receiptId))
  return [
    {
      id: 'G1-redeemed',
      what: 'for each bar that is given out its weight was burned, and for no other',
      source: 'receipts that StateChanged to Redeeming, against milligrams of Redeemed',
      rows: bars.map(({ id, wasRedeemed, milligrams }) => ({
        label: `receipt ${id}`,
        expected: wasRedeemed ? [milligrams] : [],
        found: burned(id),
      })),
    },
    never(
      'G1-once',
      'no bar was redeemed twice, and none of another token',
      'receipts of Redeemed events',
      [
        ...repeated(redeemed.map(({ receiptId }) => `receipt ${receiptId}`)),
        ...strangers.map(({ receiptId }) => `receipt ${receiptId} is of another token`),
      ],
    ),
  ]
}
