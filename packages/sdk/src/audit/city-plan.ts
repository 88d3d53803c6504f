import { type Address, getAddress } from 'viem'
import { addressesOf, type ContractName } from '../deployments.ts'
import { type At, view } from './claim.ts'
import { askAll, type StateReader } from './client.ts'
import type { DepositsAt } from './deposits.ts'
import type { FundAt } from './fund.ts'
import type { GrantsAt } from './grants.ts'
import type { VouchersAt } from './vouchers.ts'

/** Contracts that are audited, and how they belong together. */
export interface CityPlan {
  readonly deposits: readonly DepositsAt[]
  readonly vouchers: readonly VouchersAt[]
  readonly funds: readonly FundAt[]
  readonly grants: readonly GrantsAt[]
}

/** What a deployment names for an audit; other contracts are found through these. */
export const AUDITED = ['KrwDepositToken', 'VoucherProgram', 'BifFund', 'Grants'] as const

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

/** Asks the contracts for each other: what money is of which token, which oracle attests it. */
export async function planCity(state: StateReader, deployed: Deployed): Promise<CityPlan> {
  const partOf = async <Name extends ContractName>(of: At, getter: string, name: Name) =>
    ({ name, address: getAddress((await state.answer(view(of, getter))) as Address) }) as At<Name>
  const funds = await askAll(deployed.BifFund, async (fund) => ({
    fund,
    ledger: await partOf(fund, 'LEDGER', 'BifLedger'),
    token: await partOf(fund, 'WON', 'KrwDepositToken'),
  }))
  const grants = await askAll(deployed.Grants, async (one) => {
    const { address } = await partOf(one, 'FUND', 'BifFund')
    const place = funds.find(({ fund }) => fund.address === address)
    if (place === undefined) throw new Error(`the fund ${address} of Grants is not named`)
    return { grants: one, ...place }
  })
  const deposits = await askAll(deployed.KrwDepositToken, async (token) => {
    const oracle = await partOf(token, 'ORACLE', 'ReserveOracle')
    const maxAgeSeconds = BigInt((await state.answer(view(oracle, 'MAX_AGE'))) as bigint)
    return { token, oracle, maxAgeSeconds }
  })
  const vouchers = await askAll(deployed.VoucherProgram, async (one) => ({
    vouchers: one,
    token: await partOf(one, 'WON', 'KrwDepositToken'),
    cashbackOf: await cashbackOf(state, one),
  }))
  return { deposits, vouchers, funds, grants }
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
  ]
  return [...new Map(all.map((one) => [one.address, one])).values()]
}
