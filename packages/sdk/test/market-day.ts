// The committee of the fund, and a day at the exchange: gold, its bars, trades against deposits, carbon.
import { type Address, zeroAddress } from 'viem'
import type { CityPlan } from '../src/audit/city-plan.ts'
import type { TokenAt } from '../src/audit/token.ts'
import { address, at, type Day, ORDER, TODAY, word } from './day.ts'

const committee = at('BifCommittee')
const gold = at('CommodityToken')
const receipts = at('VaultReceipts')
const oracle = { name: 'ReserveOracle', address: address('oracle of gold') } as const
const engine = at('SettlementEngine')
const vault = at('SettlementVault')
const carbon = at('CarbonUnits')
const [BUYER, SELLER, OFFICE] = ['buyer', 'seller', 'office'].map(address) as [
  Address,
  Address,
  Address,
]
/** Seconds since the epoch: after all business of the day. */
const CLOSE = TODAY + 10_000n

/** Tells a day's business. @returns its part of the plan */
export function marketDay(
  day: Day,
  won: TokenAt,
): Pick<CityPlan, 'committees' | 'commodities' | 'settlements' | 'carbon'> {
  seat(day)
  keepBars(day)
  trade(day, won)
  immobilise(day)
  return {
    committees: [{ committee, timestamp: CLOSE }],
    commodities: [{ token: gold, receipts, oracle }],
    settlements: [{ engine, vault, tokens: [gold, won] }],
    carbon: [carbon],
  }
}

/** The city has three of four seats, and gives one up. */
function seat(day: Day): void {
  const until = Number(CLOSE) + 1
  for (const [index, nominator] of [0, 0, 2, 0].entries()) {
    const member = address(`seat ${index}`)
    day.tell(committee, 'Seated', { seat: index + 1, member, nominator, until, orderRef: ORDER })
  }
  day.tell(committee, 'Vacated', { seat: 4, member: address('seat 3'), orderRef: ORDER })
}

function keepBars(day: Day): void {
  for (const [index, milligrams] of [1_000n, 400n, 250n].entries()) {
    const bar = { receiptId: BigInt(index + 1), token: gold.address, serial: word(`bar ${index}`) }
    day.tell(receipts, 'Deposited', { ...bar, milligrams, assay: ORDER, vault: ORDER })
  }
  day.tell(oracle, 'Attested', { round: 1n, units: 1_650n, attestedAt: TODAY })
  day.move(zeroAddress, SELLER, 900n, gold)
  day.tell(gold, 'Minted', { to: SELLER, milligrams: 900n, orderRef: ORDER })
  const steps = [
    [2n, 3],
    [3n, 2],
    [2n, 4],
  ] as const
  for (const [receiptId, state] of steps) {
    day.tell(receipts, 'StateChanged', { receiptId, state, orderRef: ORDER })
  }
  day.move(SELLER, zeroAddress, 400n, gold)
  day.tell(gold, 'Redeemed', { holder: SELLER, receiptId: 2n, milligrams: 400n })
}

/** Both pay in, trade 10 lots of 10 mg at 7 won with a fee of 1 won each, and one takes out. */
function trade(day: Day, won: TokenAt): void {
  const market = word('gold')
  day.tell(engine, 'MarketOpened', { market, base: gold.address, quote: won.address })
  const credit = (token: TokenAt, account: Address, amount: bigint, from = account) => {
    day.tell(vault, 'Credited', { token: token.address, account, amount })
    day.move(from, vault.address, amount, token)
  }
  const debit = (token: TokenAt, account: Address, amount: bigint, to: Address) => {
    day.tell(vault, 'Debited', { token: token.address, account, to, amount })
    day.move(vault.address, to, amount, token)
  }
  day.move(address('treasury'), BUYER, 100n)
  credit(won, BUYER, 90n)
  credit(gold, SELLER, 300n)
  const fees = { lots: 10n, price: 7n, feeBuy: 1n, feeSell: 1n }
  const orders = { buyHash: ORDER, sellHash: ORDER }
  day.tell(engine, 'Traded', { batch: 1n, market, ...orders, ...fees })
  debit(won, BUYER, 71n, engine.address)
  debit(gold, SELLER, 100n, engine.address)
  credit(won, SELLER, 69n, engine.address)
  credit(gold, BUYER, 100n, engine.address)
  debit(won, SELLER, 60n, SELLER)
  day.tell(engine, 'Traded', { batch: 2n, market, ...orders, ...fees, feeBuy: 0n, feeSell: 1n })
  day.move(SELLER, engine.address, 1n)
  day.tell(engine, 'FeesCollected', { token: won.address, to: OFFICE, amount: 3n })
  day.move(engine.address, OFFICE, 3n)
  day.move(SELLER, vault.address, 2n)
}

function immobilise(day: Day): void {
  const from = zeroAddress
  const batches = [
    [7n, 1n, 100n],
    [7n, 101n, 150n],
    [8n, 200n, 209n],
  ] as const
  for (const [id, start, end] of batches) {
    const serials = { registry: word('registry'), start, end, registryRef: ORDER }
    day.tell(carbon, 'Immobilised', { id, ...serials, to: SELLER })
    const moved = { operator: OFFICE, from, to: SELLER, id, value: end - start + 1n }
    day.tell(carbon, 'TransferSingle', moved)
  }
  const sale = { operator: SELLER, from: SELLER, to: BUYER, ids: [7n, 8n], values: [30n, 4n] }
  day.tell(carbon, 'TransferBatch', sale)
  const burn = (holder: Address, id: bigint, value: bigint) =>
    day.tell(carbon, 'TransferSingle', { operator: holder, from: holder, to: from, id, value })
  burn(BUYER, 7n, 20n)
  const certificate = { certificateId: 1n, beneficiary: ORDER, purpose: ORDER }
  day.tell(carbon, 'Retired', { ...certificate, holder: BUYER, id: 7n, amount: 20n })
  burn(SELLER, 8n, 5n)
  day.tell(carbon, 'Returned', { holder: SELLER, id: 8n, amount: 5n, registryAccount: ORDER })
}
