// J11: a public bank as a member of the innovation fund, and what a member loses that does not pay.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { ROLES } from '@busan/sdk'
import { parseEventLogs, toFunctionSelector } from 'viem'
import { readArtifact } from '../interop/artifacts.ts'
import { recomputes } from './city-audit.ts'
import { ACCOUNTS, CASH, documentHash, openCityFund, PEOPLE, sumOf } from './city-fund.ts'
import { type Call, type Deployed, isRefused } from './devnet-contracts.ts'
import { assertNothingPersonal } from './personal-data.ts'

interface Member {
  readonly committed: bigint
  readonly called: bigint
  readonly capital: bigint
  readonly owed: bigint
  readonly isDefaulted: boolean
}

const { manager, mayor, finance, planning, bank, firm, startup, professor, engineer } = PEOPLE
const MEMBERS = [mayor, bank, firm] as const
/** Numbers of the members, as the module admits them. */
const [BANK, FIRM] = [2, 3]
const BILLION = 1_000_000_000n
const DAY = 86_400n
const COMMITMENTS = [40n * BILLION, 20n * BILLION, 7n * BILLION] as const
const { receivable, payable, grantPayable, capital, distributed, grants } = ACCOUNTS

suite('journey of a member of the fund', { timeout: 600_000 }, () => {
  let city: Awaited<ReturnType<typeof openCityFund>>
  let fund: Deployed

  const member = (number: number, on = fund, atBlock?: bigint) =>
    city.devnet.read<Member>(on, 'memberAt', [number], atBlock)
  const capitals = (on: Deployed, atBlock?: bigint) =>
    Promise.all([1, 2, 3].map(async (number) => (await member(number, on, atBlock)).capital))
  const all = (calls: (i: number) => readonly Call[]) =>
    Promise.all(MEMBERS.map((who, i) => city.devnet.sendAll(who, calls(i))))

  /** Each member may commit, has the money, and lets the fund take it. */
  async function commitAll(on: Deployed, amounts: readonly bigint[]): Promise<void> {
    const { KrwDepositToken } = city.contracts
    const deposits = MEMBERS.map(({ address }, i) => {
      const bankRef = documentHash(`deposit of ${address} for ${on.address}`)
      return [KrwDepositToken, 'mint', [address, amounts[i], bankRef]] as const
    })
    await city.devnet.sendAll(city.staff.bank, deposits)
    await all((i) => [
      [KrwDepositToken, 'approve', [on.address, amounts[i]]],
      [on, 'commit', [amounts[i]]],
    ])
  }

  before(async () => {
    city = await openCityFund()
    fund = city.contracts.BifFund
  })
  after(() => city?.close())

  test('J11: a bank commits 20 bn won, pays a call, sees its share of a grant, and gets its part', async () => {
    const { devnet, contracts } = city
    const { KrwDepositToken, Grants } = contracts
    const application = [300_000_001n, documentHash('application')]
    await devnet.send(startup, Grants, 'applyFor', application)
    const milestone = {
      amount: 300_000_001n,
      deadline: (await devnet.now()) + 30n * DAY,
      verifiersNeeded: 1,
      criteria: documentHash('a pilot with 100 users'),
    }
    const award = [1, [milestone], [professor.address, engineer.address], documentHash('contract')]
    const motion = await city.propose([Grants, 'award', award], 'a grant for the start-up')

    // What it binds itself to is declared before, for good.
    const terms = await Promise.all(
      ['NOTICE', 'GRACE', 'FORFEIT_BPS', 'FEE_BPS'].map((name) =>
        devnet.read<bigint | number>(fund, name),
      ),
    )
    assert.deepEqual(terms, [14n * DAY, 30n * DAY, 5_000, 200])
    console.log('J11: notice 14 days, grace 30 days, a defaulter forfeits 50 %, fees at most 2 %')
    await isRefused(devnet.send(startup, fund, 'commit', [1n]), 'FundNotAMember')
    await isRefused(devnet.send(bank, fund, 'commit', [40n * BILLION + 1n]), 'FundAboveLimit')
    await commitAll(fund, COMMITMENTS)
    assert.equal((await member(BANK)).committed, 20n * BILLION)

    await city.carry([motion], [mayor, planning, finance, bank])
    const purpose = documentHash('first call')
    const early = [10n * BILLION + 1n, (await devnet.now()) + 13n * DAY, purpose]
    await isRefused(devnet.send(manager, fund, 'call', early), 'FundTooEarly')
    const dueAt = (await devnet.now()) + 14n * DAY + 60n
    const called = await devnet.send(manager, fund, 'call', [10n * BILLION + 1n, dueAt, purpose])
    const { timestamp } = await devnet.publicClient.getBlock({ blockNumber: called.blockNumber })
    assert.ok(dueAt - timestamp >= 14n * DAY)
    const shares = divide(10n * BILLION + 1n, COMMITMENTS)
    const [event] = parseEventLogs({ abi: contracts.BifFund.abi, ...called, eventName: 'Called' })
    assert.deepEqual(event?.args.shares, shares.won)
    assert.deepEqual(city.journalOf(called), {
      kind: 'capital call',
      lines: linesOf([receivable, capital], shares.won),
    })
    const share = shares.won[1] as bigint
    assert.equal(await devnet.read(fund, 'dueOf', [1, BANK]), share)
    console.log(`J11: of 10,000,000,001 called the bank owes ${share} of ${shares.text}`)

    const paid = await devnet.send(bank, fund, 'pay', [1])
    assert.deepEqual(city.journalOf(paid), {
      kind: 'payment',
      lines: { [CASH]: share, [receivable + BANK]: -share },
    })
    await isRefused(devnet.send(bank, fund, 'pay', [1]), 'FundNothingThere')
    assert.equal(await city.balanceOf(bank.address), 20n * BILLION - share)
    const order = documentHash('order')
    const tooEarly = devnet.send(manager, fund, 'markDefault', [1, firm.address, order])
    await isRefused(tooEarly, 'FundTooEarly')
    await Promise.all([mayor, firm].map((who) => devnet.send(who, fund, 'pay', [1])))

    const awarded = await city.execute(motion)
    assert.deepEqual(city.journalOf(awarded), {
      kind: 'award',
      lines: { [grants + 1]: 300_000_001n, [grantPayable + 1]: -300_000_001n },
    })
    const ofGrant = divide(300_000_001n, await capitals(fund, awarded.blockNumber))
    console.log(`J11: the bank bears ${ofGrant.won[1]} of grant 1: ${ofGrant.text}`)

    // What the fund earned comes into its account, is booked, and goes to the members.
    await city.mint(startup.address, BILLION + 7n)
    await devnet.send(startup, KrwDepositToken, 'transfer', [fund.address, BILLION + 7n])
    await devnet.send(manager, fund, 'recordIncome', [documentHash('dividend')])
    const decision = documentHash('distribution')
    const beyond = devnet.send(manager, fund, 'distribute', [BILLION + 8n, false, decision])
    await isRefused(beyond, 'FundAboveLimit')
    const assigned = await devnet.send(manager, fund, 'distribute', [BILLION + 7n, false, decision])
    const parts = divide(BILLION + 7n, await capitals(fund))
    assert.deepEqual(city.journalOf(assigned), {
      kind: 'distribution',
      lines: linesOf([distributed, payable], parts.won),
    })
    const part = parts.won[1] as bigint
    const withdrawn = await devnet.send(bank, fund, 'withdraw')
    assert.deepEqual(city.journalOf(withdrawn), {
      kind: 'withdrawal',
      lines: { [payable + BANK]: part, [CASH]: -part },
    })
    assert.equal(await city.balanceOf(bank.address), 20n * BILLION - share + part)
    const cash = await devnet.read<bigint>(contracts.BifLedger, 'balanceOf', [CASH])
    assert.equal(await city.balanceOf(fund.address), cash)
    console.log(`J11: of 1,000,000,007 distributed the bank got ${part}: ${parts.text}`)
  })

  test('J11: who does not pay loses what was declared, and it goes to the others to the won', async () => {
    const { devnet } = city
    const short = await openShortFund()
    await commitAll(short, COMMITMENTS)
    const call = async (amount: bigint) =>
      devnet.send(manager, short, 'call', [amount, (await devnet.now()) + 6n, documentHash('call')])
    await call(10n * BILLION + 1n)
    await all(() => [[short, 'pay', [1]]])
    await call(BILLION)
    await Promise.all([mayor, bank].map((who) => devnet.send(who, short, 'pay', [2])))
    const before = await capitals(short)
    const due = await devnet.read<bigint>(short, 'dueOf', [2, FIRM])
    const { dueAt } = await devnet.read<{ dueAt: bigint }>(short, 'callOf', [2])
    await devnet.untilBlockTime(dueAt + 2n, manager)
    const order = documentHash('default of the firm')
    const marked = await devnet.send(manager, short, 'markDefault', [2, firm.address, order])
    const { abi } = city.contracts.BifFund
    const [event] = parseEventLogs({ abi, logs: marked.logs, eventName: 'Defaulted' })
    const [ofCity, ofBank, ofFirm] = before as [bigint, bigint, bigint]
    const forfeited = divide(ofFirm / 2n, [ofCity, ofBank])
    assert.deepEqual(event?.args.shares, [...forfeited.won, 0n])
    assert.equal(event.args.due, due)
    const [toCity, toBank] = forfeited.won as [bigint, bigint]
    const left = [ofCity + toCity, ofBank + toBank, ofFirm - ofFirm / 2n]
    assert.deepEqual(await capitals(short), left)
    const firmNow = await member(FIRM, short)
    assert.deepEqual([firmNow.isDefaulted, firmNow.committed], [true, firmNow.called])
    await isRefused(devnet.send(firm, short, 'commit', [1n]), 'FundInDefault')
    await isRefused(devnet.send(firm, short, 'pay', [2]), 'FundNothingThere')
    await call(1n)
    assert.equal(await devnet.read(short, 'dueOf', [3, FIRM]), 0n)
    await recomputes(city.url, { ...Object(city.addresses), 'Short#BifFund': short.address })
    console.log(
      `J11: the firm did not pay ${due}: ${ofFirm / 2n} of its ${ofFirm} went to the others, ${forfeited.text}`,
    )
  })

  test('I3: none of it left personal data, or a bare hash of it, on the chain', () =>
    assertNothingPersonal(city.devnet.publicClient))

  /** The same contract with seconds for days, and books of its own. */
  async function openShortFund(): Promise<Deployed> {
    const { devnet, staff, contracts } = city
    const { CityAccessManager, KrwDepositToken } = contracts
    const authority = CityAccessManager.address
    const { admin } = staff
    const ledger = await devnet.deploy(admin, await readArtifact('BifLedger', 'bif'), [authority])
    const terms = { noticeSeconds: 1n, graceSeconds: 2n, forfeitBps: 5_000, feeBps: 200 }
    const parts = [authority, KrwDepositToken.address, ledger.address, terms]
    const short = await devnet.deploy(admin, await readArtifact('BifFund', 'bif'), parts)
    const post = 'function post(bytes32,(uint32,int128)[],bytes32,bytes32)'
    const acts = [
      'function admit(address,uint8,uint128,bytes32)',
      'function call(uint128,uint64,bytes32)',
      'function markDefault(uint32,address,bytes32)',
    ].map((text) => toFunctionSelector(text))
    await devnet.sendAll(admin, [
      [
        CityAccessManager,
        'setTargetFunctionRole',
        [ledger.address, [toFunctionSelector(post)], ROLES.LEDGER_POSTER],
      ],
      [CityAccessManager, 'grantRole', [ROLES.LEDGER_POSTER, short.address, 0]],
      [CityAccessManager, 'setTargetFunctionRole', [short.address, acts, ROLES.FUND_MANAGER]],
    ])
    for (const [i, { address }] of MEMBERS.entries()) {
      await devnet.send(manager, short, 'admit', [
        address,
        i,
        COMMITMENTS[i],
        documentHash('agreement'),
      ])
    }
    return short
  }
})

/** Whole won in proportion, by the largest remainder: what a member's own books work out. */
function divide(amount: bigint, weights: readonly bigint[]) {
  const total = sumOf(weights)
  const won = weights.map((weight) => (amount * weight) / total)
  const left = weights.map((weight) => (amount * weight) % total)
  const rest = amount - sumOf(won)
  const places = left
    .map((_, i) => i)
    .sort((a, b) => Number((left[b] as bigint) - (left[a] as bigint)) || a - b)
  for (const place of places.slice(0, Number(rest))) won[place] = (won[place] as bigint) + 1n
  const text = `${won.join(' + ')} (${rest} won left over, to ${places
    .slice(0, Number(rest))
    .map((place) => `member ${place + 1}`)
    .join(', ')})`
  return { won, text }
}

/** For each member its share, debited to one account and credited to the other. */
function linesOf([debit, credit]: readonly [number, number], shares: readonly bigint[]) {
  const lines: Record<number, bigint> = {}
  for (const [i, share] of shares.entries()) {
    lines[debit + i + 1] = share
    lines[credit + i + 1] = -share
  }
  return lines
}
