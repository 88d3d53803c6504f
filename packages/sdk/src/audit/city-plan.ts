import { type Address, getAddress } from 'viem'
import { addressesOf, type ContractName } from '../deployments.ts'
import { type CityLog, eventsOf, named } from './city-log.ts'
import { type At, view } from './claim.ts'
import { askAll, type StateReader } from './client.ts'
import type { CommodityAt } from './commodity.ts'
import type { DepositsAt } from './deposits.ts'
import type { FundAt } from './fund.ts'
import type { GrantsAt } from './grants.ts'
import type { CommitteeAt } from './seats.ts'
import type { SettlementAt } from './settlement.ts'
import type { TokenAt } from './token.ts'
import type { VouchersAt } from './vouchers.ts'

/** Contracts that are audited, and how they belong together. */
export interface CityPlan {
  readonly deposits: readonly DepositsAt[]
  readonly vouchers: readonly VouchersAt[]
  readonly funds: readonly FundAt[]
  readonly grants: readonly GrantsAt[]
  readonly committees: readonly CommitteeAt[]
  readonly commodities: readonly CommodityAt[]
  readonly settlements: readonly SettlementAt[]
  readonly carbon: readonly At<'CarbonUnits'>[]
}

/** What a deployment names for an audit; other contracts are found through these. */
export const AUDITED = [
  'KrwDepositToken',
  'VoucherProgram',
  'BifFund',
  'Grants',
  'BifCommittee',
  'CommodityToken',
  'SettlementEngine',
  'CarbonUnits',
] as const

/** Contracts of a deployment that have code at the block, by name. */
export type Deployed = { readonly [Name in (typeof AUDITED)[number]]: readonly At<Name>[] }

/** The deployment's contracts that are there at the block. @param addresses Ignition's, parsed */
export async function deployedAt(state: StateReader, addresses: unknown): Promise<Deployed> {
  const found = AUDITED.map(async (name) => {
    const all = addressesOf(addresses, name)
    const there = await askAll(all, (address) => state.hasCode(address))
    return [name, all.filter((_, i) => there[i]).map((address) => ({ name, address }))] as const
  })
  return Object.fromEntries(await Promise.all(found)) as unknown as Deployed
}

/**
 * Asks the contracts for each other: what money is of which token, which oracle attests it. Tokens of markets are not
 * in it yet: events name them (`withMarkets`).
 */
export async function planCity(state: StateReader, deployed: Deployed): Promise<CityPlan> {
  const partOf: PartOf = async (of, getter, name) => ({
    name,
    address: getAddress((await state.answer(view(of, getter))) as Address),
  })
  return {
    ...(await planFund(partOf, deployed)),
    deposits: await askAll(deployed.KrwDepositToken, async (token) => {
      const oracle = await partOf(token, 'ORACLE', 'ReserveOracle')
      const maxAgeSeconds = BigInt((await state.answer(view(oracle, 'MAX_AGE'))) as bigint)
      return { token, oracle, maxAgeSeconds }
    }),
    vouchers: await askAll(deployed.VoucherProgram, async (vouchers) => ({
      vouchers,
      token: await partOf(vouchers, 'WON', 'KrwDepositToken'),
      cashbackOf: await cashbackOf(state, vouchers),
    })),
    committees: deployed.BifCommittee.map((committee) => ({
      committee,
      timestamp: state.timestamp,
    })),
    commodities: await askAll(deployed.CommodityToken, async (token) => ({
      token,
      receipts: await partOf(token, 'RECEIPTS', 'VaultReceipts'),
      oracle: await partOf(token, 'ORACLE', 'ReserveOracle'),
    })),
    settlements: await askAll(deployed.SettlementEngine, async (engine) => ({
      engine,
      vault: await partOf(engine, 'VAULT', 'SettlementVault'),
      tokens: [],
    })),
    carbon: deployed.CarbonUnits,
  }
}

/** The contract that another one names by a getter. */
type PartOf = <Name extends ContractName>(of: At, getter: string, name: Name) => Promise<At<Name>>

async function planFund(
  partOf: PartOf,
  deployed: Deployed,
): Promise<Pick<CityPlan, 'funds' | 'grants'>> {
  const funds = await askAll(deployed.BifFund, async (fund) => ({
    fund,
    ledger: await partOf(fund, 'LEDGER', 'BifLedger'),
    token: await partOf(fund, 'WON', 'KrwDepositToken'),
  }))
  const grants = await askAll(deployed.Grants, async (one) => {
    const { address } = await partOf(one, 'FUND', 'BifFund')
    const place = funds.find(({ fund }) => fund.address === address)
    if (place === undefined) throw new Error(`the addresses lack ${address}, the fund of Grants`)
    return { grants: one, ...place }
  })
  return { funds, grants }
}

/** The plan with what its markets trade and pay with, as their events name it. */
export function withMarkets(plan: CityPlan, log: CityLog): CityPlan {
  const known = new Map(contractsIn(plan).map((one) => [one.address, one]))
  const tokenAt = (address: Address) =>
    // Of any other ERC-20, what it has in common with deposits is enough.
    (known.get(address) ?? { name: 'KrwDepositToken', address }) as TokenAt
  const settlements = plan.settlements.map((place) => {
    const events = eventsOf(log, place.engine)
    const opened = named<'SettlementEngine', 'MarketOpened'>(events, 'MarketOpened')
    const addresses = new Set(opened.flatMap(({ args }) => [args.base, args.quote]))
    return { ...place, tokens: [...addresses].map(tokenAt) }
  })
  return { ...plan, settlements }
}

async function cashbackOf(
  state: StateReader,
  vouchers: At<'VoucherProgram'>,
): Promise<ReadonlyMap<bigint, bigint>> {
  const count = (await state.answer(view(vouchers, 'programmeCount'))) as bigint
  const ids = Array.from({ length: Number(count) }, (_, index) => BigInt(index + 1))
  const policies = await askAll(ids, (id) => state.answer(view(vouchers, 'programmeOf', [id])))
  return new Map(
    policies.map((answer, index) => {
      const [policy] = answer as [{ cashbackProgramme: bigint }]
      return [BigInt(index + 1), policy.cashbackProgramme]
    }),
  )
}

/** All contracts whose events the plan needs, each once. */
export function contractsIn(plan: CityPlan): readonly At[] {
  const all: readonly At[] = [
    ...plan.deposits.flatMap(({ token, oracle }) => [token, oracle]),
    ...plan.vouchers.flatMap(({ vouchers, token }) => [vouchers, token]),
    ...plan.funds.flatMap(({ fund, ledger, token }) => [fund, ledger, token]),
    ...plan.grants.map(({ grants }) => grants),
    ...plan.committees.map(({ committee }) => committee),
    ...plan.commodities.flatMap(({ token, receipts, oracle }) => [token, receipts, oracle]),
    ...plan.settlements.flatMap(({ engine, vault, tokens }) => [engine, vault, ...tokens]),
    ...plan.carbon,
  ]
  return [...new Map(all.map((one) => [one.address, one])).values()]
}
