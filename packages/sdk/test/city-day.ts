// A small city with a day's business, as the events that its contracts would have left: what audits are tried on.
import { type Address, zeroAddress, zeroHash } from 'viem'
import type { CityEvent } from '../src/audit/city-log.ts'
import type { CityPlan } from '../src/audit/city-plan.ts'
import { address, at, Day, MONTH, ORDER, TODAY, word } from './day.ts'
import { marketDay } from './market-day.ts'

const token = at('KrwDepositToken')
const oracle = at('ReserveOracle')
const vouchers = at('VoucherProgram')
const fund = at('BifFund')
const ledger = at('BifLedger')
const grants = at('Grants')

const [TREASURY, CITIZEN, HEIR, SHOP, MINTER, MAYOR, BANK, FIRM] = [
  ...['treasury', 'citizen', 'heir', 'shop', 'minter', 'mayor', 'bank', 'firm'],
].map(address) as [Address, Address, Address, Address, Address, Address, Address, Address]

/** A log that grows, and the plan of its contracts. */
export function cityDay(): { readonly log: CityEvent[]; readonly plan: CityPlan } {
  const day = new Day()
  day.tell(ledger, 'AuthorityUpdated', { authority: TREASURY })
  issue(day)
  openProgrammes(day)
  sell(day)
  endProgrammes(day)
  raise(day)
  spend(day)
  award(day)
  adjust(day)
  const markets = marketDay(day, token)
  const funds = [{ fund, ledger, token }]
  const plan: CityPlan = {
    ...markets,
    deposits: [{ token, oracle, maxAgeSeconds: 86_400n }],
    vouchers: [{ vouchers, token, cashbackOf: new Map([[2n, 1n]]) }],
    funds,
    grants: funds.map((place) => ({ grants, ...place })),
  }
  return { log: day.log, plan }
}

function issue(day: Day): void {
  day.tell(oracle, 'Attested', { round: 1n, units: 9_000n, attestedAt: TODAY })
  day.tell(token, 'MinterConfigured', { minter: MINTER, allowance: 8_000n, ratePerDay: 8_000n })
  const amounts = [3_000n, 500n, 1_000n, 1_000n, 1_000n]
  for (const [index, to] of [TREASURY, CITIZEN, MAYOR, BANK, FIRM].entries()) {
    const amount = amounts[index] as bigint
    day.move(zeroAddress, to, amount)
    day.tell(token, 'Minted', { minter: MINTER, to, amount, bankRef: word(`deposit ${index}`) })
  }
  day.move(FIRM, zeroAddress, 100n)
  day.tell(token, 'Redeemed', { holder: FIRM, amount: 100n, payoutRef: ORDER })
  day.move(FIRM, TREASURY, 7n)
  day.tell(token, 'ForcedTransfer', { from: FIRM, to: TREASURY, amount: 7n })
  day.tell(token, 'SeizureOrdered', { from: FIRM, to: TREASURY, amount: 7n, orderRef: ORDER })
}

function openProgrammes(day: Day): void {
  for (const [index, budget] of [300n, 1_000n, 60n].entries()) {
    const id = BigInt(index + 1)
    day.tell(vouchers, 'Proposed', { id, maker: MAYOR, budget, docHash: ORDER })
    day.tell(vouchers, 'Opened', { id, checker: BANK })
    day.move(TREASURY, vouchers.address, budget)
  }
  day.tell(vouchers, 'Proposed', { id: 4n, maker: MAYOR, budget: 40n, docHash: ORDER })
  const claimed = { id: 2n, account: CITIZEN, amount: 400n, nullifier: word('right') }
  day.tell(vouchers, 'Claimed', claimed)
  day.tell(vouchers, 'ToppedUp', { id: 2n, account: CITIZEN, amount: 200n })
  day.move(CITIZEN, vouchers.address, 200n)
}

/** A receipt: payer, won of deposits, time that it waits for, and programme, city, own and cashback of its part. */
function receiptOf(
  payer: Address,
  [rest, heldUntil]: readonly [bigint, bigint],
  [id, city, own, cashback]: readonly [bigint, bigint, bigint, bigint],
) {
  return {
    ...{ payer, rest, amount: rest + city + own, paidAt: 1n, heldUntil, feeBps: 100 },
    ...{ merchant: ORDER, invoice: ORDER, parts: [{ id, city, own, cashback }] },
  }
}

/** A sale of which a part is refunded, one that waits and loses a part, one that waited. */
function sell(day: Day): void {
  const sales = [
    receiptOf(CITIZEN, [10n, 0n], [2n, 100n, 200n, 20n]),
    receiptOf(CITIZEN, [0n, 9n], [2n, 50n, 0n, 0n]),
    receiptOf(CITIZEN, [0n, 9n], [2n, 30n, 0n, 0n]),
  ] as const
  for (const [index, receipt] of sales.entries()) {
    const receiptId = word(`sale ${index}`)
    day.tell(vouchers, 'Paid', { receiptId, merchant: ORDER, payer: CITIZEN, receipt })
  }
  day.move(CITIZEN, vouchers.address, 10n)
  day.move(vouchers.address, SHOP, 307n)
  day.move(vouchers.address, TREASURY, 3n)
  refund(day, 0, 110n, receiptOf(CITIZEN, [0n, 0n], [2n, 100n, 100n, 10n]))
  day.move(SHOP, vouchers.address, 110n)
  day.move(vouchers.address, CITIZEN, 10n)
  refund(day, 1, 20n, receiptOf(CITIZEN, [0n, 9n], [2n, 30n, 0n, 0n]))
  const receipt = receiptOf(CITIZEN, [0n, 0n], [2n, 30n, 0n, 0n])
  day.tell(vouchers, 'Collected', { receiptId: word('sale 2'), receipt })
  day.move(vouchers.address, SHOP, 30n)
}

function refund(day: Day, sale: number, amount: bigint, receipt: ReturnType<typeof receiptOf>) {
  const receiptId = word(`sale ${sale}`)
  day.tell(vouchers, 'Refunded', { receiptId, amount, orderRef: zeroHash, receipt })
}

/** An account is recovered, its successor spends cashback and gets a refund; a programme is over. */
function endProgrammes(day: Day): void {
  const follow = { from: CITIZEN, to: HEIR }
  day.tell(vouchers, 'Succeeded', follow)
  day.tell(vouchers, 'Followed', { id: 1n, ...follow, city: 10n, own: 0n })
  const receipt = receiptOf(HEIR, [0n, 0n], [1n, 4n, 0n, 0n])
  const receiptId = word('sale of the successor')
  day.tell(vouchers, 'Paid', { receiptId, merchant: ORDER, payer: HEIR, receipt })
  day.move(vouchers.address, SHOP, 4n)
  day.tell(vouchers, 'Followed', { id: 2n, ...follow, city: 240n, own: 100n })
  refund(day, 0, 100n, receiptOf(CITIZEN, [0n, 0n], [2n, 100n, 0n, 0n]))
  day.move(SHOP, vouchers.address, 100n)
  day.tell(vouchers, 'CashedOut', { id: 2n, account: HEIR, city: 40n, own: 196n })
  day.move(vouchers.address, HEIR, 236n)
  day.tell(vouchers, 'Swept', { id: 3n, amount: 60n })
  day.move(vouchers.address, TREASURY, 60n)
  day.move(TREASURY, vouchers.address, 5n)
}

function raise(day: Day): void {
  for (const [index, account] of [MAYOR, BANK, FIRM].entries()) {
    const member = index + 1
    const terms = { member, account, class: index, agreementHash: ORDER }
    day.tell(fund, 'Admitted', { ...terms, limit: 400n })
    day.tell(fund, 'Committed', { member, amount: 400n })
  }
  const calls = [
    [30n, 20n, 10n],
    [15n, 10n, 5n],
  ]
  for (const [index, shares] of calls.entries()) {
    const callId = index + 1
    day.tell(fund, 'Called', { callId, dueAt: 2_000_000n, purpose: ORDER, shares })
    const pairs = shares.map((won, i) => [110_000_001 + i, 300_000_001 + i, won] as const)
    day.post('capital call', pairs, BigInt(callId))
  }
  const payments = [
    [1, 1, MAYOR, 30n],
    [1, 2, BANK, 20n],
    [1, 3, FIRM, 10n],
    [2, 1, MAYOR, 15n],
  ] as const
  for (const [callId, member, account, amount] of payments) {
    day.tell(fund, 'Paid', { callId, member, amount })
    day.post('payment', [[100_000_000, 110_000_000 + member, amount]], BigInt(callId))
    day.move(account, fund.address, amount)
  }
  const forfeited = { shares: [3n, 2n, 0n], orderRef: ORDER }
  day.tell(fund, 'Defaulted', { callId: 2, member: 3, due: 5n, ...forfeited })
  const lost = [300_000_003, 110_000_003, 5n] as const
  const given = [
    [300_000_003, 300_000_001, 3n],
    [300_000_003, 300_000_002, 2n],
  ] as const
  day.post('default', [lost, ...given], 2n)
}

function spend(day: Day): void {
  day.move(MAYOR, fund.address, 9n)
  day.tell(fund, 'IncomeRecorded', { amount: 9n, ref: ORDER })
  day.post('income', [[100_000_000, 400_000_000, 9n]])
  day.tell(fund, 'FeePaid', { to: FIRM, amount: 4n, orderRef: ORDER })
  day.post('fee', [[510_000_000, 100_000_000, 4n]])
  day.move(fund.address, FIRM, 4n)
  const parts = [
    [false, 310_000_000, [3n, 2n, 1n]],
    [true, 300_000_000, [4n, 4n, 0n]],
  ] as const
  for (const [isRecallable, debit, shares] of parts) {
    day.tell(fund, 'DistributionMade', { isRecallable, shares, ref: ORDER })
    const pairs = shares.map((won, i) => [debit + i + 1, 200_000_001 + i, won] as const)
    day.post(
      'distribution',
      pairs.filter(([, , won]) => won > 0n),
    )
  }
  day.tell(fund, 'Withdrawn', { member: 1, amount: 7n })
  day.post('withdrawal', [[200_000_001, 100_000_000, 7n]])
  day.move(fund.address, MAYOR, 7n)
  day.close(MONTH - 1)
}

function award(day: Day): void {
  const terms = { deadline: 9n, verifiersNeeded: 1, criteria: ORDER }
  const milestones = [12n, 8n].map((amount) => ({ ...terms, amount }))
  const contract = { verifiers: [BANK], contractHash: ORDER }
  const [grant, application] = [1, 1]
  day.tell(grants, 'Awarded', { grant, grantee: SHOP, application, milestones, ...contract })
  day.tell(fund, 'GrantReserved', { grant, unreleased: 20n })
  day.post('award', [[500_000_001, 210_000_001, 20n]], 1n)
  day.tell(grants, 'Moved', { grant, milestone: 0, stage: 3 })
  day.tell(fund, 'GrantReserved', { grant, unreleased: 8n })
  day.tell(fund, 'GrantPaid', { grant, to: SHOP, amount: 12n })
  day.post('grant payment', [[210_000_001, 100_000_000, 12n]], 1n)
  day.move(fund.address, SHOP, 12n)
  day.tell(grants, 'Moved', { grant, milestone: 1, stage: 4 })
  day.tell(fund, 'GrantReserved', { grant, unreleased: 0n })
  day.post('grant return', [[210_000_001, 500_000_001, 8n]], 1n)
  day.move(FIRM, fund.address, 6n)
}

function adjust(day: Day): void {
  day.post('adjustment', [[510_000_000, 400_000_000, 2n]])
  day.post('reversal', [[510_000_000, 400_000_000, -2n]], 16n)
}
