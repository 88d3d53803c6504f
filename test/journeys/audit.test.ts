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
  const all = (who: Staff, calls: Parameters<typeof city.devnet.sendAll>[1]) =>
    city.devnet.sendAll(city.staff[who], calls)

  /** Merchants, and deposits in the hands of those who act, who let the contracts take them. */
  async function prepare(): Promise<void> {
    const { MerchantRegistry, KrwDepositToken, VoucherProgram } = city.contracts
    const { merchant } = city.staff
    const terms = { payout: merchant.address, category: CATEGORY, zone: ZONE, tier: 0, status: 0 }
    const register = (shop: Hex, holdSeconds: number) =>
      [MerchantRegistry, 'register', [shop, { ...terms, holdSeconds }, ORDER]] as const
    const amounts = { officer: 20_000n, [MAYOR]: 10n * BILLION, [BANK]: 10n * BILLION }
    const mints = Object.entries(amounts).map(([who, amount]) => {
      const { address } = city.staff[who as Staff]
      return [KrwDepositToken, 'mint', [address, amount, keccak256(generatePrivateKey())]] as const
    })
    const approve = (on: { address: string }) =>
      [KrwDepositToken, 'approve', [on.address, 10n * BILLION]] as const
    const commit = [contracts.BifFund, 'commit', [10n * BILLION]] as const
    await Promise.all([
      all('officer', [register(SHOP, 0), register(MARKET, 3_600), approve(VoucherProgram)]),
      all('bank', mints),
      all(MAYOR, [approve(contracts.BifFund), commit]),
      all(BANK, [approve(contracts.BifFund), approve(VoucherProgram), commit]),
    ])
  }

  /** Claims, own money, sales with cashback, one that waits, a refund, a cash-out, a gift. */
  async function vouchers(): Promise<void> {
    const { officer } = city.staff
    const { address } = city.contracts.VoucherProgram
    const inVouchers = (who: Staff, name: string, args: readonly unknown[]) =>
      city.send(who, 'VoucherProgram', name, args)
    const cashbackProgramme = await city.open({}, 50_000n)
    const id = await city.open({ cashbackBps: [1_000, 0, 0], cashbackProgramme }, 1_000_000n)
    const citizen = newCitizen()
    const proof = await city.ticket(id, citizen.address, generatePrivateKey())
    await inVouchers('relayer', 'claim', [id, citizen.address, proof])
    earlier = await head()
    await Promise.all([
      city.pay(citizen, MARKET, 8_000n, [id]),
      inVouchers('officer', 'topUp', [id, 20_000n]),
      city.send(MAYOR, 'KrwDepositToken', 'transfer', [address, 5n]),
    ])
    const { receiptId, receipt } = await city.pay(officer, SHOP, 15_000n, [id])
    // The cashback is spent, so that the refund takes it from own money.
    await city.pay(officer, SHOP, 1_000n, [cashbackProgramme])
    await inVouchers('merchant', 'refund', [receiptId, receipt, 9_999n])
    await inVouchers('officer', 'cashOut', [id])
  }

  async function fund(): Promise<void> {
    const dueAt = (await city.now()) + 15n * 86_400n
    await inFund('maker', 'call', [3n * BILLION + 1n, dueAt, ORDER])
    await Promise.all([inFund(MAYOR, 'pay', [1]), inFund(BANK, 'pay', [1])])
    await inFund('maker', 'call', [BILLION, dueAt, ORDER])
    const gift = [contracts.BifFund.address, 300_001n]
    await Promise.all([
      inFund(BANK, 'pay', [2]),
      inFund('maker', 'payFee', [city.staff.relayer.address, 1_000_000n, ORDER]),
      city.send(MAYOR, 'KrwDepositToken', 'transfer', gift),
    ])
    await inFund('maker', 'recordIncome', [ORDER])
    await all('maker', [
      [contracts.BifFund, 'distribute', [300_001n, false, ORDER]],
      [contracts.BifFund, 'distribute', [500_000_000n, true, ORDER]],
    ])
    // Nobody books the second gift: cash in the books is less than the deposits held.
    await Promise.all([
      inFund(BANK, 'withdraw', []),
      city.send(MAYOR, 'KrwDepositToken', 'transfer', gift),
    ])
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

  /** An adjustment by hand, which is taken back. */
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
  }

  before(async () => {
    city = await openCityMoney('fund.ts')
    contracts = contractsOf(city.addresses, FUND_NAMES)
    const rights = [
      [ROLES.FUND_MANAGER, 'maker'],
      [ROLES.AUDITOR, 'checker'],
      [ROLES.COMMITTEE, 'treasury'],
    ] as const
    const { CityAccessManager } = city.contracts
    await all(
      'admin',
      rights.map(([role, who]) => {
        return [CityAccessManager, 'grantRole', [role, city.staff[who].address, 0]] as const
      }),
    )
    await prepare()
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
    assert.equal(foundIn(audit, 'L1-journals'), 15n)
    const supply = await city.read<bigint>('KrwDepositToken', 'totalSupply')
    assert.equal(foundIn(audit, 'M1-supply'), supply)
    const older = await recomputes(city.url, city.addresses, earlier)
    assert.equal(foundIn(older, 'L1-journals'), 0n)
    assert.equal(foundIn(older, 'V1-cover'), 1_050_000n)
    assert.notEqual(foundIn(audit, 'V1-cover'), 1_050_000n)
    console.log(`J10: ${supply} KRW in circulation, 15 journals of the fund`)
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
      const first = partial.output.indexOf('M1-supply: not')
      console.log(partial.output.slice(first).split('\n\n')[0])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
