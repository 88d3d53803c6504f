// The Board of Audit takes a block height and recomputes reserves, vouchers and the fund's books with nothing but a public RPC.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, suite, test } from 'node:test'
import { contractsOf, ROLES } from '@busan/sdk'
import { type Hex, keccak256 } from 'viem'
import { generatePrivateKey } from 'viem/accounts'
import { busan } from '../e2e/chain-process.ts'
import { foundIn, recomputes } from './city-audit.ts'
import { newCitizen, ORDER, openCityMoney, type Staff } from './city-money.ts'

const [SHOP, MARKET] = [keccak256(generatePrivateKey()), keccak256(generatePrivateKey())]
const BILLION = 10n ** 9n
const CATEGORY = 4
const ZONE = 17
const FUND_NAMES = ['BifFund', 'BifLedger', 'Grants'] as const
/** Members of the fund as its module admits them: accounts 5, 7 and 9. */
const [MAYOR, BANK]: [Staff, Staff] = ['issuer', 'merchant']

suite('journey of the Board of Audit', { timeout: 600_000 }, () => {
  let city: Awaited<ReturnType<typeof openCityMoney>>
  let contracts: ReturnType<typeof contractsOf<(typeof FUND_NAMES)[number]>>
  /** A height between the city's deployment and its later business. */
  let earlier: bigint

  const head = () => city.publicClient.getBlockNumber({ cacheTime: 0 })
  const inFund = (who: Staff, name: string, args: readonly unknown[]) =>
    city.sendTo(who, contracts.BifFund, name, args)
  const approve = (who: Staff, spender: string, amount: bigint) =>
    city.send(who, 'KrwDepositToken', 'approve', [spender, amount])

  async function register(shop: Hex, holdSeconds: number): Promise<void> {
    const payout = city.staff.merchant.address
    const terms = { payout, holdSeconds, category: CATEGORY, zone: ZONE, tier: 0, status: 0 }
    await city.send('officer', 'MerchantRegistry', 'register', [shop, terms, ORDER])
  }

  /** Claims, own money, sales with cashback, one that waits, a refund, a cash-out. */
  async function vouchers(): Promise<void> {
    const { officer } = city.staff
    const inVouchers = (who: Staff, name: string, args: readonly unknown[]) =>
      city.send(who, 'VoucherProgram', name, args)
    await register(SHOP, 0)
    await register(MARKET, 3_600)
    const cashbackProgramme = await city.open({}, 50_000n)
    const id = await city.open({ cashbackBps: [1_000, 0, 0], cashbackProgramme }, 1_000_000n)
    const citizen = newCitizen()
    const proof = await city.ticket(id, citizen.address, generatePrivateKey())
    await inVouchers('relayer', 'claim', [id, citizen.address, proof])
    earlier = await head()
    await city.pay(citizen, MARKET, 8_000n, [id])
    await city.mint(officer.address, 20_000n)
    for (const who of ['officer', 'merchant'] as const) {
      await approve(who, city.contracts.VoucherProgram.address, 20_000n)
    }
    await inVouchers('officer', 'topUp', [id, 20_000n])
    const { receiptId, receipt } = await city.pay(officer, SHOP, 15_000n, [id])
    // The cashback is spent, so that the refund takes it from own money.
    await city.pay(officer, SHOP, 1_000n, [cashbackProgramme])
    await inVouchers('merchant', 'refund', [receiptId, receipt, 9_999n])
    await inVouchers('officer', 'cashOut', [id])
  }

  async function fund(): Promise<void> {
    for (const who of [MAYOR, BANK]) {
      const { address } = city.staff[who]
      await city.mint(address, 10n * BILLION)
      await approve(who, contracts.BifFund.address, 10n * BILLION)
      await inFund(who, 'commit', [10n * BILLION])
    }
    const dueAt = (await city.now()) + 15n * 86_400n
    await inFund('maker', 'call', [3n * BILLION + 1n, dueAt, ORDER])
    await inFund(MAYOR, 'pay', [1])
    await inFund(BANK, 'pay', [1])
    await inFund('maker', 'call', [BILLION, dueAt, ORDER])
    await inFund(BANK, 'pay', [2])
    await inFund('maker', 'payFee', [city.staff.relayer.address, 1_000_000n, ORDER])
    const gift = [contracts.BifFund.address, 300_001n]
    await city.send(MAYOR, 'KrwDepositToken', 'transfer', gift)
    await inFund('maker', 'recordIncome', [ORDER])
    await inFund('maker', 'distribute', [300_001n, false, ORDER])
    await inFund('maker', 'distribute', [500_000_000n, true, ORDER])
    await inFund(BANK, 'withdraw', [])
    // Nobody has booked this yet: cash in the books is less than the deposits held.
    await city.send(MAYOR, 'KrwDepositToken', 'transfer', gift)
  }

  async function grant(): Promise<void> {
    const inGrants = (who: Staff, name: string, args: readonly unknown[]) =>
      city.sendTo(who, contracts.Grants, name, args)
    const deadline = (await city.now()) + 86_400n
    const milestone = { deadline, verifiersNeeded: 1, criteria: ORDER }
    const milestones = [50_000_000n, 70_000_000n].map((amount) => ({ ...milestone, amount }))
    const verifiers = [city.staff.bank.address]
    await inGrants('relayer', 'applyFor', [120_000_000n, ORDER])
    await inGrants('treasury', 'award', [1, milestones, verifiers, ORDER])
    await inGrants('relayer', 'submit', [1, 0, ORDER])
    await inGrants('bank', 'verify', [1, 0, ORDER, true])
    await inGrants('relayer', 'release', [1, 0])
    await inGrants('treasury', 'end', [1, ORDER])
  }

  /** Two adjustments by hand, one of them taken back. */
  async function adjust(): Promise<void> {
    const call = { ...contracts.BifLedger, functionName: 'currentMonth' } as const
    const month = await city.publicClient.readContract(call)
    const post = async (sign: bigint, reverses: bigint) => {
      const lines = [
        { account: 510_000_000, amount: 7n * sign },
        { account: 400_000_000, amount: -7n * sign },
      ]
      const adjustment = { month, reverses, docHash: ORDER, lines }
      await city.sendTo('maker', contracts.BifLedger, 'proposeAdjustment', [adjustment])
      await city.sendTo('checker', contracts.BifLedger, 'approveAdjustment', [adjustment])
    }
    await post(1n, 0n)
    const count = { ...contracts.BifLedger, functionName: 'journalCount' } as const
    await post(-1n, await city.publicClient.readContract(count))
    await post(1n, 0n)
  }

  before(async () => {
    city = await openCityMoney('city.ts')
    contracts = contractsOf(city.addresses, FUND_NAMES)
    const rights = [
      [ROLES.FUND_MANAGER, 'maker'],
      [ROLES.AUDITOR, 'checker'],
      [ROLES.COMMITTEE, 'treasury'],
    ] as const
    for (const [role, who] of rights) {
      const args = [role, city.staff[who].address, 0]
      await city.send('admin', 'CityAccessManager', 'grantRole', args)
    }
    await vouchers()
    await fund()
    await grant()
    await adjust()
  })
  after(() => city?.close())

  test('J10: every equality recomputes to zero difference at a height, and at an older one', async () => {
    const block = await head()
    const audit = await recomputes(city.url, city.addresses, block)
    assert.equal(audit.blockNumber, block)
    assert.equal(foundIn(audit, 'L1-journals'), 16n)
    const supply = await city.read<bigint>('KrwDepositToken', 'totalSupply')
    assert.equal(foundIn(audit, 'M1-supply'), supply)
    const older = await recomputes(city.url, city.addresses, earlier)
    assert.equal(foundIn(older, 'L1-journals'), 0n)
    assert.notEqual(foundIn(older, 'M1-supply'), supply)
    console.log(`J10: ${supply} KRW in circulation, 16 journals of the fund`)
  })

  test('busan city audit ends with 0 when all holds, and with 1 when events are withheld', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'busan-audit-'))
    const file = path.join(folder, 'deployed_addresses.json')
    const run = (...flags: string[]) =>
      busan(['city', 'audit', '--rpc-url', city.url, '--addresses', file, ...flags])
    try {
      await writeFile(file, JSON.stringify(city.addresses))
      const whole = await run('--block', String(earlier))
      assert.equal(whole.code, 0, whole.output)
      assert.match(whole.output, /All \d+ claims hold: every difference is zero/)
      const asJson = await run('--json')
      assert.equal(asJson.code, 0, asJson.output)
      const { findings } = JSON.parse(asJson.output) as { findings: { difference: string }[] }
      assert.ok(findings.every(({ difference }) => difference === '0'))
      const partial = await run('--from-block', String(earlier + 1n))
      assert.equal(partial.code, 1, partial.output)
      assert.match(partial.output, /M1-supply: not so that .* \(difference [1-9]/)
      assert.match(
        partial.output,
        /count again: amounts of Minted less those of Redeemed; eth_call/,
      )
      const nowhere = await run('--block', '1')
      assert.notEqual(nowhere.code, 0)
      assert.match(nowhere.output, /none of KrwDepositToken.* is there at block 1/)
      console.log(whole.output)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
