// J13: start-ups and the innovation fund: applied, voted on, paid by milestone; what was not reached returns.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Hex, TransactionReceipt } from 'viem'
import { recomputes } from './city-audit.ts'
import {
  ACCOUNTS,
  CASH,
  COURSE,
  documentHash,
  type Motion,
  openCityFund,
  PEOPLE,
} from './city-fund.ts'
import { type Call, isRefused } from './devnet-contracts.ts'
import { assertNothingPersonal } from './personal-data.ts'

interface Grant {
  readonly approved: bigint
  readonly paid: bigint
  readonly returned: bigint
  readonly isEnded: boolean
}

const { manager, mayor, finance, planning, bank, startup, professor, engineer, auditor } = PEOPLE
const { grantPayable, grants } = ACCOUNTS
const MILLION = 1_000_000n
const DAY = 86_400n
const CALLED = 2_000n * MILLION
const OPEN = 0
const PROTOTYPE = documentHash('a prototype')
const PILOT = documentHash('a pilot with 100 users')
const MARKET = documentHash('sold in two districts')
/** What the committee needs at the least for a decision. */
const COURSE_SECONDS = BigInt(COURSE.openSeconds + COURSE.votingSeconds + COURSE.reviewSeconds)

suite('journey of a start-up', { timeout: 600_000 }, () => {
  let city: Awaited<ReturnType<typeof openCityFund>>
  /** A start-up that fails. */
  let other: typeof startup

  const send = (who: typeof startup, functionName: string, ...args: unknown[]) =>
    city.devnet.send(who, city.contracts.Grants, functionName, args)
  const grantOf = (grant: number) =>
    city.devnet.read<Grant>(city.contracts.Grants, 'grantAt', [grant])
  const freeCapital = () => city.devnet.read<bigint>(city.contracts.BifFund, 'freeCapital')
  const milestone = (amount: bigint, deadline: bigint, criteria: Hex) => ({
    amount: amount * MILLION,
    deadline,
    verifiersNeeded: 2,
    criteria,
  })

  /** One after the other judges evidence: `[grant, milestone, evidence, isRight]` each. */
  async function judge(...judgements: readonly unknown[][]): Promise<void> {
    const { devnet, contracts } = city
    for (const expert of [professor, engineer]) {
      const calls = judgements.map((args) => [contracts.Grants, 'verify', args] as const)
      await devnet.sendAll(expert, calls)
    }
  }

  /** The journal of a movement is in its own transaction, and nothing is paid beyond what was approved. */
  async function isBooked(
    receipt: TransactionReceipt,
    grant: number,
    kind: string,
    lines: Readonly<Record<number, bigint>>,
  ): Promise<void> {
    assert.deepEqual(city.journalOf(receipt), { kind, lines })
    const { approved, paid, returned } = await grantOf(grant)
    assert.ok(paid + returned <= approved)
    const left = await city.devnet.read<bigint>(city.contracts.BifFund, 'unreleasedOf', [grant])
    assert.equal(left, approved - paid - returned)
  }
  const isPaid = (receipt: TransactionReceipt, grant: number, amount: bigint) => {
    const won = amount * MILLION
    return isBooked(receipt, grant, 'grant payment', { [grantPayable + grant]: won, [CASH]: -won })
  }
  const isReturned = (receipt: TransactionReceipt, grant: number, amount: bigint) => {
    const [open, expense] = [grantPayable + grant, grants + grant]
    const won = amount * MILLION
    return isBooked(receipt, grant, 'grant return', { [open]: won, [expense]: -won })
  }

  before(async () => {
    city = await openCityFund()
    other = city.staff.merchant
    const { devnet, contracts, staff } = city
    const { BifFund, KrwDepositToken } = contracts
    const deposit = [bank.address, CALLED, documentHash('deposit')]
    await devnet.send(staff.bank, KrwDepositToken, 'mint', deposit)
    await devnet.sendAll(bank, [
      [KrwDepositToken, 'approve', [BifFund.address, CALLED]],
      [BifFund, 'commit', [CALLED]],
    ])
    const dueAt = (await devnet.now()) + 14n * DAY + 60n
    await devnet.send(manager, BifFund, 'call', [CALLED, dueAt, documentHash('call')])
    await devnet.send(bank, BifFund, 'pay', [1])
  })
  after(() => city?.close())

  test('J13: a grant is voted on and paid by milestone; another fails, and its money returns', async () => {
    const { devnet, contracts, staff } = city
    const { BifLedger, Grants } = contracts
    await send(startup, 'applyFor', 300n * MILLION, documentHash('application'))
    await send(other, 'applyFor', 200n * MILLION, documentHash('another application'))
    const experts = [professor, engineer, staff.officer].map(({ address }) => address)
    const far = (await devnet.now()) + 90n * DAY
    const soon = (await devnet.now()) + COURSE_SECONDS + 35n
    const plans = [
      [milestone(100n, far, PROTOTYPE), milestone(200n, far, PILOT)],
      [milestone(50n, far, PROTOTYPE), milestone(80n, soon, PILOT), milestone(70n, far, MARKET)],
    ]
    const awards = plans.map((plan, i) => {
      const contractHash = documentHash(`contract ${i + 1}`)
      return [Grants, 'award', [i + 1, plan, experts, contractHash]] as const
    })
    await isRefused(devnet.send(startup, ...(awards[0] as Call)), 'AccessManagedUnauthorized')
    const motions: Motion[] = []
    for (const [i, award] of awards.entries()) {
      motions.push(await city.propose(award, `award on application ${i + 1}`))
    }
    await city.carry(motions, [mayor, planning, finance, bank])
    const before = await freeCapital()
    for (const [i, motion] of motions.entries()) {
      const won = [300n, 200n].map((amount) => amount * MILLION)[i] as bigint
      const lines = { [grants + i + 1]: won, [grantPayable + i + 1]: -won }
      await isBooked(await city.execute(motion), i + 1, 'award', lines)
    }
    assert.equal(before - (await freeCapital()), 500n * MILLION)
    console.log('J13: two applications awarded by 4 votes of 5: 300 and 200 million won set aside')

    const evidence = documentHash('test report')
    await isRefused(send(other, 'submit', 1, 0, evidence), 'GrantNotParty')
    await Promise.all([
      send(startup, 'submit', 1, 0, evidence),
      send(other, 'submit', 2, 0, evidence),
    ])
    await isRefused(send(auditor, 'verify', 1, 0, evidence, true), 'GrantNotParty')
    await isRefused(send(startup, 'release', 1, 0), 'GrantWrongStage')
    await judge([1, 0, evidence, true], [2, 0, evidence, true])
    await isPaid(await send(startup, 'release', 1, 0), 1, 100n)
    await isRefused(send(startup, 'release', 1, 0), 'GrantWrongStage')
    await isPaid(await send(other, 'release', 2, 0), 2, 50n)
    await Promise.all([
      send(startup, 'submit', 1, 1, evidence),
      send(other, 'submit', 2, 1, evidence),
    ])
    await judge([1, 1, evidence, true], [2, 1, evidence, false])
    await isPaid(await send(startup, 'release', 1, 1), 1, 200n)
    const { stage } = await devnet.read<{ stage: number }>(Grants, 'progressOf', [2, 1])
    assert.equal(stage, OPEN)
    console.log('J13: grant 1 paid 100 + 200 million won, each once, after 2 of 3 verifiers agreed')

    await isRefused(send(manager, 'lapse', 2, 1), 'GrantDeadline')
    const ending = [Grants, 'end', [2, documentHash('order to end grant 2')]] as const
    const ofEnd = await city.propose(ending, 'end grant 2: its start-up closes')
    await city.carry([ofEnd], [mayor, planning, finance, bank])
    await devnet.untilBlockTime(soon, manager)
    await isReturned(await send(manager, 'lapse', 2, 1), 2, 80n)
    await isReturned(await city.execute(ofEnd), 2, 70n)
    await isRefused(send(other, 'submit', 2, 2, evidence), 'GrantNotRunning')
    const [first, second] = [await grantOf(1), await grantOf(2)]
    assert.deepEqual([first.paid, first.returned], [300n * MILLION, 0n])
    assert.deepEqual(
      [second.paid, second.returned, second.isEnded],
      [50n * MILLION, 150n * MILLION, true],
    )
    assert.equal(await freeCapital(), CALLED - 350n * MILLION)
    assert.equal(await city.balanceOf(contracts.BifFund.address), CALLED - 350n * MILLION)
    const paidOut = [await city.balanceOf(startup.address), await city.balanceOf(other.address)]
    assert.deepEqual(paidOut, [300n * MILLION, 50n * MILLION])
    // Call and payment of the capital, two awards, three payments, two returns: no journal beside them.
    assert.equal(await devnet.read(BifLedger, 'journalCount'), 9n)
    console.log(
      'J13: grant 2 paid 50 million won; 80 returned at the deadline, 70 by decision; 9 movements, 9 journals',
    )
    await recomputes(city.url, city.addresses)
  })

  test('I3: none of it left personal data, or a bare hash of it, on the chain', () =>
    assertNothingPersonal(city.devnet.publicClient))
})
