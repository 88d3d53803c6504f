import { isDeepStrictEqual } from 'node:util'
import { busanDevnet, nullifierOf, ROLES, randomWord, signTicket } from '@busan/sdk'
import { keccak256, toHex } from 'viem'
import { type Act, act, type City, until } from './chain.ts'
import { BUDGET_WON, MERCHANTS, ORDER, RESERVE_WON, rulesOf, YEAR_SECONDS } from './offer.ts'
import { ACCOUNTS, OFFICES } from './people.ts'

/** Of `IVoucherProgram.State`. */
const [PROPOSED, OPEN] = [1, 2]
/** Of `IMerchantRegistry.Status`. */
const UNKNOWN = 0
/** An accreditation must not begin before the block that takes it in. */
const LEAD_SECONDS = 10n
const FOR_GOOD = 2n ** 63n
const TICKET_SECONDS = 3_600n
const { treasury, bank, attestor, ticketDesk, citizen } = ACCOUNTS

/** A programme as it stands. */
export interface Programme {
  readonly id: bigint
  readonly state: number
  /** Seconds since the epoch. */
  readonly expiry: bigint
  /** One bit for each category of merchant. */
  readonly categoryMask: number
}

/** What only the administrator can do and the chain lacks: offices, and who attests the reserve. */
export async function missingOffices({ read }: City): Promise<readonly Act[]> {
  const grants = OFFICES.map(async ([who, role]) => {
    const [id, { address }] = [ROLES[role], ACCOUNTS[who]]
    const [isHeld] = await read('CityAccessManager', 'hasRole', [id, address])
    return isHeld ? [] : [act('deployer', 'CityAccessManager', 'grantRole', [id, address, 0])]
  })
  const attests = await read('ReserveOracle', 'isAttestor', [attestor.address])
  const naming = act('deployer', 'ReserveOracle', 'setAttestor', [attestor.address, true, 1n])
  return [...(await Promise.all(grants)).flat(), ...(attests ? [] : [naming])]
}

/**
 * Makes the demonstration's programme, merchants and voucher, after its offices are given. Each act is by whose office
 * it is, and only while the chain lacks what it brings: a run that was cut short is gone on with, another does nothing.
 */
export async function seed(city: City): Promise<void> {
  await city.carryOut([
    ...(await missingIssuer(city)),
    ...(await missingMerchants(city)),
    ...(await missingMinter(city)),
    ...(await missingProgramme(city)),
  ])
  await city.carryOut(await missingMoney(city))
  await city.carryOut(await missingApproval(city))
  await city.carryOut(await missingVoucher(city))
}

/** The demonstration's programme, known by its rules; absent until it is proposed, and once it is swept or expired. */
async function programmeOf({ read, now, contracts }: City): Promise<Programme | undefined> {
  const count = await read('VoucherProgram', 'programmeCount', [])
  const time = await now()
  for (let id = 1n; id <= count; id++) {
    const [{ start: _, expiry, ...rules }, state] = await read('VoucherProgram', 'programmeOf', [
      id,
    ])
    const isOurs = isDeepStrictEqual(rules, rulesOf(contracts.TicketEligibility.address))
    if (isOurs && (state === PROPOSED || state === OPEN) && expiry > time) {
      return { id, state, expiry, categoryMask: rules.categoryMask }
    }
  }
  return undefined
}

async function missingIssuer(city: City): Promise<readonly Act[]> {
  const from = (await city.now()) + LEAD_SECONDS
  if (await isAccredited(city, from)) return []
  const schema = await city.read('TicketEligibility', 'SCHEMA_ID', [])
  const period = { from, until: FOR_GOOD, assurance: 2 }
  return [act('officer', 'TrustedIssuers', 'accredit', [ticketDesk.address, schema, period, ORDER])]
}

/** Whether tickets of the desk count at a time. */
async function isAccredited({ read }: City, time: bigint): Promise<boolean> {
  const schema = await read('TicketEligibility', 'SCHEMA_ID', [])
  return (await read('TrustedIssuers', 'assuranceOf', [ticketDesk.address, schema, time])) > 0
}

async function missingMerchants({ read }: City): Promise<readonly Act[]> {
  const acts = MERCHANTS.map(async ({ id, owner, terms }) => {
    const [{ status }] = await read('MerchantRegistry', 'merchantOf', [id])
    if (status !== UNKNOWN) return []
    const args = [id, { ...terms, payout: ACCOUNTS[owner].address }, ORDER] as const
    return [act('officer', 'MerchantRegistry', 'register', args)]
  })
  return (await Promise.all(acts)).flat()
}

/** Whether the treasury has yet to put in what the programme is to give. */
async function isUnfunded(city: City): Promise<boolean> {
  if ((await programmeOf(city))?.state === OPEN) return false
  return (await city.read('KrwDepositToken', 'balanceOf', [treasury.address])) < BUDGET_WON
}

/** Limits for the bank, and a reserve that is attested and fresh. */
async function missingMinter(city: City): Promise<readonly Act[]> {
  if (!(await isUnfunded(city))) return []
  const limits = await city.read('KrwDepositToken', 'minterLimits', [bank.address])
  const supply = await city.read('KrwDepositToken', 'totalSupply', [])
  const attested = await city.read('ReserveOracle', 'freshUnits', [])
  const limiting = [bank.address, BUDGET_WON, BUDGET_WON] as const
  return [
    ...(limits.every((won) => won >= BUDGET_WON)
      ? []
      : [act('treasury', 'KrwDepositToken', 'configureMinter', limiting)]),
    ...(attested >= supply + BUDGET_WON ? [] : [await attestation(city)]),
  ]
}

async function attestation({ now, contracts }: City): Promise<Act> {
  const at = await now()
  const signature = await attestor.signTypedData({
    domain: {
      name: 'Busan Reserve',
      version: '1',
      chainId: busanDevnet.id,
      verifyingContract: contracts.ReserveOracle.address,
    },
    types: {
      Attestation: [
        { name: 'asset', type: 'address' },
        { name: 'units', type: 'uint256' },
        { name: 'at', type: 'uint64' },
      ],
    },
    primaryType: 'Attestation',
    message: { asset: contracts.KrwDepositToken.address, units: RESERVE_WON, at },
  })
  return act('attestor', 'ReserveOracle', 'attest', [RESERVE_WON, at, [signature]])
}

/** The proposal, and the treasury's leave to take the budget. */
async function missingProgramme(city: City): Promise<readonly Act[]> {
  const known = await programmeOf(city)
  if (known?.state === OPEN) return []
  const { read, now, contracts } = city
  const { VoucherProgram, TicketEligibility } = contracts
  const allowed = await read('KrwDepositToken', 'allowance', [
    treasury.address,
    VoucherProgram.address,
  ])
  const acts: Act[] = []
  if (allowed < BUDGET_WON) {
    const args = [VoucherProgram.address, BUDGET_WON] as const
    acts.push(act('treasury', 'KrwDepositToken', 'approve', args))
  }
  if (known === undefined) {
    const start = await now()
    const rules = rulesOf(TicketEligibility.address)
    const policy = { ...rules, start, expiry: start + YEAR_SECONDS }
    acts.push(act('maker', 'VoucherProgram', 'propose', [policy, BUDGET_WON, ORDER]))
  }
  return acts
}

async function missingMoney(city: City): Promise<readonly Act[]> {
  if (!(await isUnfunded(city))) return []
  // A reference counts once: no programme is funded twice.
  const { id } = await proposed(city)
  const reference = keccak256(toHex(`busan: demonstration: budget of programme ${id}`))
  return [act('bank', 'KrwDepositToken', 'mint', [treasury.address, BUDGET_WON, reference])]
}

async function missingApproval(city: City): Promise<readonly Act[]> {
  const { id, state } = await proposed(city)
  return state === OPEN ? [] : [act('checker', 'VoucherProgram', 'approve', [id])]
}

/** The citizen's claim with a ticket, once the ticket desk is accredited; the desk brings it. */
async function missingVoucher(city: City): Promise<readonly Act[]> {
  const { id } = await proposed(city)
  const { claimed } = await city.read('VoucherProgram', 'holdingOf', [id, citizen.address])
  if (claimed > 0n) return []
  const scope = await city.read('VoucherProgram', 'scopeOf', [id])
  const now = await city.now()
  const place = { chainId: busanDevnet.id, tickets: city.contracts.TicketEligibility.address }
  const nullifier = nullifierOf(randomWord(), scope)
  const validUntil = now + TICKET_SECONDS
  const ticket = { scope, account: citizen.address, nullifier, validUntil }
  const proof = await signTicket(place, ticket, ticketDesk)
  const isOpen = async () => isAccredited(city, await city.now())
  await until('the ticket desk is not accredited', isOpen)
  return [act('ticketDesk', 'VoucherProgram', 'claim', [id, citizen.address, proof])]
}

/** The programme, once it is proposed. */
export async function proposed(city: City): Promise<Programme> {
  const known = await programmeOf(city)
  if (known === undefined) throw new Error('the programme of the demonstration is not there')
  return known
}
