import { createPublicClient, type Hex, http } from 'viem'
import { bookClaims } from './books.ts'
import { carbonClaims } from './carbon.ts'
import type { CityLog } from './city-log.ts'
import {
  AUDITED,
  type CityPlan,
  contractsIn,
  type Deployed,
  deployedAt,
  planCity,
  withMarkets,
} from './city-plan.ts'
import { type At, type Claim, callText, viewsOf } from './claim.ts'
import { type AuditClient, askAll, type StateReader, stateReader } from './client.ts'
import { commodityClaims } from './commodity.ts'
import { depositClaims } from './deposits.ts'
import { type AuditFinding, judge } from './finding.ts'
import { fundClaims } from './fund.ts'
import { grantClaims } from './grants.ts'
import { deploymentBlock, inOrder, readLog } from './read-log.ts'
import { receiptClaims } from './receipts.ts'
import { committeeClaims } from './seats.ts'
import { settlementClaims } from './settlement.ts'
import { voucherClaims } from './vouchers.ts'

/** The city's books at one block, as recomputed from events and compared with what the contracts say. */
export interface CityAudit {
  readonly chainId: number
  readonly blockNumber: bigint
  readonly blockHash: Hex
  /** Seconds since the epoch. */
  readonly timestamp: bigint
  /** First block whose events were read. */
  readonly fromBlock: bigint
  readonly eventCount: number
  readonly callCount: number
  /** Kinds of contracts that the deployment does not have at this block. */
  readonly absent: readonly string[]
  readonly findings: readonly AuditFinding[]
}

/** Bounds of an audit. */
export interface AuditOptions {
  /** Default: the latest. */
  readonly block?: bigint
  /** First block of events; default: where the contracts were deployed, which takes state of older blocks. */
  readonly fromBlock?: bigint
}

/** What must hold of the audited contracts, by their events. Pure: the same log has the same claims. */
export function cityClaims(log: CityLog, plan: CityPlan): readonly Claim[] {
  return [
    ...plan.deposits.flatMap((one) => depositClaims(log, one)),
    ...plan.vouchers.flatMap((one) => voucherClaims(log, one)),
    ...distinct(plan.funds.map(({ ledger }) => ledger)).flatMap((one) => bookClaims(log, one)),
    ...plan.funds.flatMap((one) => fundClaims(log, one)),
    ...plan.grants.flatMap((one) => grantClaims(log, one)),
    ...plan.committees.flatMap((one) => committeeClaims(log, one)),
    ...plan.commodities.flatMap((one) => commodityClaims(log, one)),
    ...distinct(plan.commodities.map(({ receipts }) => receipts)).flatMap((one) =>
      receiptClaims(log, one),
    ),
    ...plan.settlements.flatMap((one) => settlementClaims(log, one)),
    ...plan.carbon.flatMap((one) => carbonClaims(log, one)),
  ]
}

/**
 * Recomputes the city's books at one block from public data: events from the deployment on, and views at the block.
 * @param addresses content of Ignition's `deployed_addresses.json`, parsed
 * @throws when the node does not answer, or no audited contract is there; a difference is a finding
 */
export async function auditCity(
  client: AuditClient,
  addresses: unknown,
  options: AuditOptions = {},
): Promise<CityAudit> {
  const { block } = options
  const head = await client.getBlock(...(block === undefined ? [] : [{ blockNumber: block }]))
  const state = stateReader(client, head)
  const deployed = await deployedAt(state, addresses)
  const named = Object.values(deployed).flat()
  if (named.length === 0) {
    throw new Error(`none of ${AUDITED.join(', ')} is there at block ${head.number}`)
  }
  const { plan, log, from } = await readBusiness(client, state, deployed, options.fromBlock)
  const claims = cityClaims(log, plan)
  const views = viewsOf(claims)
  const read = await askAll(views, async (one) => [callText(one), await state.answer(one)] as const)
  const answers = new Map(read)
  return {
    chainId: await client.getChainId(),
    blockNumber: head.number,
    blockHash: head.hash,
    timestamp: head.timestamp,
    fromBlock: from,
    eventCount: log.length,
    callCount: views.length,
    absent: AUDITED.filter((name) => deployed[name].length === 0),
    findings: claims.map((claim) => judge(claim, answers)),
  }
}

/** Every event of the audited contracts up to the block, and how the contracts belong together. */
async function readBusiness(
  client: AuditClient,
  state: StateReader,
  deployed: Deployed,
  fromBlock?: bigint,
) {
  const plan = await planCity(state, deployed)
  const contracts = contractsIn(plan)
  const places = contracts.map(({ address }) => address)
  const from = fromBlock ?? (await deploymentBlock(state, places))
  const range = { from, to: state.blockNumber }
  const log = await readLog(client, contracts, range)
  const whole = withMarkets(plan, log)
  const tokens = contractsIn(whole).filter(({ address }) => !places.includes(address))
  const more = tokens.length === 0 ? [] : await readLog(client, tokens, range)
  return { plan: whole, log: inOrder([...log, ...more]), from }
}

const distinct = <Place extends At>(list: readonly Place[]): readonly Place[] => [
  ...new Map(list.map((one) => [one.address, one])).values(),
]

/** Audits through a node's JSON-RPC, without login. */
export function auditAt(
  rpcUrl: string,
  addresses: unknown,
  options: AuditOptions = {},
): Promise<CityAudit> {
  const client = createPublicClient({ transport: http(rpcUrl, { batch: true }) })
  return auditCity(client as never, addresses, options)
}
