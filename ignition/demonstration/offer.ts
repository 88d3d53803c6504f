import { type Address, keccak256, toHex, zeroAddress } from 'viem'
import type { Person } from './people.ts'

/** Hash of the order behind every official act of the demonstration. */
export const ORDER = keccak256(toHex('busan: demonstration'))

/** Won that the programme gives at most. */
export const BUDGET_WON = 10_000_000n
/** Won that the bank attests to hold. */
export const RESERVE_WON = 1_000_000_000_000n
const CLAIM_WON = 50_000n
const SALE_MOST_WON = 30_000n
/** How long the programme is open. */
export const YEAR_SECONDS = 31_536_000n
const MONTH_SECONDS = 2_592_000

/** Kinds of shop and parts of the city: a programme has a bit for each. */
const [MARKET, BAKERY, HOTEL] = [1, 2, 3]
const [HARBOUR, STATION] = [4, 17]

/** Shops by whom they pay out to; vouchers are for the first two. */
export const MERCHANTS = [
  merchant('market', MARKET, HARBOUR),
  merchant('bakery', BAKERY, STATION),
  merchant('hotel', HOTEL, STATION),
] as const

function merchant(owner: Person, category: number, zone: number) {
  const id = keccak256(toHex(`busan: demonstration: ${owner}`))
  return { owner, id, terms: { category, zone, tier: 0, holdSeconds: 0, status: 0 } }
}

/**
 * Rules of the programme but for its times, by which it is known again.
 * @param eligibility contract that judges tickets
 */
export const rulesOf = (eligibility: Address) => ({
  graceSeconds: MONTH_SECONDS,
  categoryMask: (1 << MARKET) | (1 << BAKERY),
  zoneMask: (1n << BigInt(HARBOUR)) | (1n << BigInt(STATION)),
  tierMask: 0b111,
  claimAmount: CLAIM_WON,
  perPerson: CLAIM_WON,
  perTransaction: SALE_MOST_WON,
  perDay: CLAIM_WON,
  perMonth: CLAIM_WON,
  // Who has spent 60 % may take the rest out.
  cashOutAfterBps: 6_000,
  cashbackBps: [0, 0, 0] as const,
  cashbackPerMonth: 0n,
  cashbackProgramme: 0n,
  eligibility,
  hook: zeroAddress,
})
