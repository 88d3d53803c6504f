// The city's contracts come to a fresh devnet with one command, with something to try, and their deployer leaves with another.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { contractsOf, ROLES } from '@busan/sdk'
import {
  type Abi,
  type AbiFunction,
  type Address,
  createPublicClient,
  http,
  keccak256,
  toFunctionSelector,
  toHex,
} from 'viem'
import { busan } from '../e2e/chain-process.ts'
import { startFreshDevnet } from '../e2e/devnet-process.ts'
import { buildContracts, ROOT } from '../interop/artifacts.ts'
import { foundIn, recomputes } from './city-audit.ts'
import { connect, person } from './devnet-contracts.ts'

const DEPLOYMENT = `journey-${process.pid}`
const OTHER = `${DEPLOYMENT}-other`
const folderOf = (deployment: string) => path.join(ROOT, 'ignition', 'deployments', deployment)
const ADMIN = 0n
const deployer = person(0).address
const ACCOUNTS = 20
/** Of `IVoucherProgram.State` and `Refusal`. */
const [OPEN, CATEGORY_REFUSED] = [2, 4]

const selectorOf = (abi: Abi, name: string) =>
  toFunctionSelector(abi.find((item) => 'name' in item && item.name === name) as AbiFunction)

suite('busan city deploy', { timeout: 600_000 }, () => {
  let devnet: Awaited<ReturnType<typeof startFreshDevnet>>
  let client: ReturnType<typeof createPublicClient>
  /** What the first deployment printed. */
  let printed: string

  const deploy = (...flags: string[]) =>
    busan(['city', 'deploy', '--rpc', devnet.place.url, '--deployment-id', DEPLOYMENT, ...flags])
  const addressesIn = (deployment: string): unknown =>
    JSON.parse(readFileSync(path.join(folderOf(deployment), 'deployed_addresses.json'), 'utf8'))
  const contracts = (deployment = DEPLOYMENT) =>
    contractsOf(addressesIn(deployment), [
      'AllianceRegistry',
      'BifCommittee',
      'BifFund',
      'CityAccessManager',
      'CityTimelock',
      'CommodityToken',
      'Grants',
      'GuardianCouncil',
      'KrwDepositToken',
      'ListingRegistry',
      'MerchantRegistry',
      'SettlementEngine',
      'TrustedIssuers',
      'VoucherProgram',
    ])
  const claims = () =>
    client.getContractEvents({
      ...contracts().VoucherProgram,
      eventName: 'Claimed',
      fromBlock: 0n,
      strict: true,
    })
  const registered = () =>
    client.getContractEvents({
      ...contracts().MerchantRegistry,
      eventName: 'MerchantSet',
      fromBlock: 0n,
      strict: true,
    })
  const won = (account: Address) =>
    client.readContract({
      ...contracts().KrwDepositToken,
      functionName: 'balanceOf',
      args: [account],
    })
  const programmes = (deployment = DEPLOYMENT) =>
    client.readContract({
      ...contracts(deployment).VoucherProgram,
      functionName: 'programmeCount',
    })
  /** How many transactions each account of the mnemonic has made. */
  const nonces = () =>
    Promise.all(
      Array.from({ length: ACCOUNTS }, (_, index) =>
        client.getTransactionCount({ address: person(index).address }),
      ),
    )
  const roleOf = ({ address, abi }: { address: Address; abi: Abi }, name: string) => {
    const call = {
      ...contracts().CityAccessManager,
      functionName: 'getTargetFunctionRole',
    } as const
    return client.readContract({ ...call, args: [address, selectorOf(abi, name)] })
  }
  const adminsAre = async (...accounts: string[]) => {
    const { CityAccessManager } = contracts()
    const call = { ...CityAccessManager, functionName: 'membersOf', args: [ADMIN] } as const
    assert.deepEqual(await client.readContract(call), accounts)
  }

  before(async () => {
    await buildContracts()
    devnet = await startFreshDevnet()
    client = createPublicClient({ transport: http(devnet.place.url) })
  })
  after(async () => {
    await devnet?.close()
    for (const one of [DEPLOYMENT, OTHER]) {
      rmSync(folderOf(one), { recursive: true, force: true })
    }
  })

  test('deploys governance first and every family under its authority', async () => {
    const { code, output } = await deploy()
    assert.equal(code, 0, output)
    printed = output
    await adminsAre(deployer)
    const { CityAccessManager, TrustedIssuers } = contracts()
    const call = { ...TrustedIssuers, functionName: 'authority' } as const
    assert.equal(await client.readContract(call), CityAccessManager.address)
  })

  test('seats the committee of the fund, the city in the majority, and lets it alone award grants', async () => {
    const { BifCommittee, BifFund, CityAccessManager, Grants } = contracts()
    const { timestamp } = await client.getBlock()
    const seats = await client.readContract({
      ...BifCommittee,
      functionName: 'seatsAt',
      args: [Number(timestamp)],
    })
    const filled = seats.filter(({ until }) => until > 0)
    const city = filled.filter(({ nominator }) => nominator === 0)
    assert.deepEqual([filled.length, city.length], [5, 3])
    const members = await client.readContract({ ...BifFund, functionName: 'memberCount' })
    assert.equal(members, 3)
    const holdersOf = (role: bigint) =>
      client.readContract({ ...CityAccessManager, functionName: 'membersOf', args: [role] })
    const holders = [await holdersOf(ROLES.COMMITTEE), await holdersOf(ROLES.GRANTS)]
    assert.deepEqual(holders, [[BifCommittee.address], [Grants.address]])
  })

  test('lists gold, and keeps apart who lists, settles and halts', async () => {
    const { CommodityToken, ListingRegistry, SettlementEngine } = contracts()
    const listed = { ...ListingRegistry, functionName: 'isTradable' } as const
    const gold = await client.readContract({ ...listed, args: [CommodityToken.address] })
    assert.equal(gold, true)
    const names = ['openMarket', 'settle', 'halt', 'resume']
    const roles = await Promise.all(names.map((name) => roleOf(SettlementEngine, name)))
    assert.deepEqual(roles, [
      ROLES.LISTING,
      ROLES.MARKET_OPERATOR,
      ROLES.SURVEILLANCE,
      ROLES.SURVEILLANCE,
    ])
  })

  test('lets the city officer keep the members of the alliance', async () => {
    const names = ['join', 'change', 'setAccount', 'remove']
    const roles = await Promise.all(names.map((name) => roleOf(contracts().AllianceRegistry, name)))
    assert.deepEqual(new Set(roles), new Set([ROLES.CITY_OFFICER]))
  })

  test('seeds an open programme, merchants of several kinds and places, and a citizen with a voucher', async () => {
    const { VoucherProgram } = contracts()
    assert.equal(await programmes(), 1n)
    const programme = { ...VoucherProgram, functionName: 'programmeOf', args: [1n] } as const
    const [{ expiry }, state] = await client.readContract(programme)
    const { timestamp } = await client.getBlock()
    assert.deepEqual([state, expiry > timestamp], [OPEN, true])
    const terms = (await registered()).map(({ args }) => args.terms)
    assert.equal(new Set(terms.map(({ category }) => category)).size, 3)
    assert.equal(new Set(terms.map(({ zone }) => zone)).size, 2)
    const [claim, ...others] = await claims()
    assert.ok(claim !== undefined && others.length === 0)
    assert.deepEqual([claim.args.account, claim.args.amount], [person(19).address, 50_000n])
    // A maker, a checker, who issues money and who attests its reserve: four people.
    const { CityAccessManager } = contracts()
    const holders = ['PROGRAM_MAKER', 'PROGRAM_CHECKER', 'MINTER', 'RESERVE_ATTESTOR'] as const
    const members = await Promise.all(
      holders.map((role) => {
        const call = {
          ...CityAccessManager,
          functionName: 'membersOf',
          args: [ROLES[role]],
        } as const
        return client.readContract(call)
      }),
    )
    assert.equal(new Set(members.flat()).size, 4)
  })

  test('the citizen pays with the command that was printed, and the merchant cashes out', async () => {
    const { KrwDepositToken, VoucherProgram } = contracts()
    const [, line] = /^ {2}BUSAN_RPC_URL=\S+ node (.+)$/m.exec(printed) ?? []
    assert.ok(line !== undefined, printed)
    const [citizen, market] = [person(19), person(16)]
    const before = await won(market.address)
    const env = { ...process.env, BUSAN_RPC_URL: devnet.place.url }
    const { stdout } = await promisify(execFile)(process.execPath, line.split(' '), {
      cwd: ROOT,
      env,
    })
    assert.match(stdout, /^Paid 8000 KRW/)
    assert.equal((await won(market.address)) - before, 8_000n)
    const { send } = connect(devnet.place.url)
    await send(market, KrwDepositToken, 'redeem', [8_000n, keccak256(toHex('payout'))])
    assert.equal(await won(market.address), before)
    const holding = { ...VoucherProgram, functionName: 'holdingOf' } as const
    const { city } = await client.readContract({ ...holding, args: [1n, citizen.address] })
    assert.equal(city, 42_000n)
    const audit = await recomputes(devnet.place.url, addressesIn(DEPLOYMENT))
    assert.equal(foundIn(audit, 'M1-supply'), 10_000_000n - 8_000n)
  })

  test('refuses the voucher where the programme does not reach, as the table says', async () => {
    const { VoucherProgram } = contracts()
    const shops = (await registered()).map(({ args }) => args)
    const refusals = await Promise.all(
      shops.map(async ({ merchant, terms }) => {
        const args = [person(19).address, merchant, 1_000n, [1n]] as const
        const { refusals } = await client.readContract({
          ...VoucherProgram,
          functionName: 'quote',
          args,
        })
        const row = printed.split('\n').find((one) => one.includes(merchant)) ?? ''
        assert.equal(/takes these vouchers/.test(row), refusals[0] === 0, row)
        assert.ok(row.includes(terms.payout))
        return refusals[0]
      }),
    )
    assert.deepEqual(refusals.toSorted(), [0, 0, CATEGORY_REFUSED])
  })

  test('a second run changes nothing', async () => {
    const before = await nonces()
    const { code, output } = await deploy()
    assert.equal(code, 0, output)
    assert.match(output, /vouchers of 42,000 KRW/)
    assert.deepEqual(await nonces(), before)
  })

  test('hands over: the timelock alone administers, and the deployer can do nothing more', async () => {
    const { code, output } = await deploy('--hand-over')
    assert.equal(code, 0, output)
    const { CityAccessManager, CityTimelock, GuardianCouncil, ...families } = contracts()
    await adminsAre(CityTimelock.address)
    const { KrwDepositToken, SettlementEngine } = families
    for (const [{ address, abi }, name] of [
      [KrwDepositToken, 'pause'],
      [SettlementEngine, 'halt'],
    ] as const) {
      const args = [GuardianCouncil.address, address, selectorOf(abi, name)] as const
      const call = { ...CityAccessManager, functionName: 'canCall', args } as const
      assert.deepEqual(await client.readContract(call), [true, 0], name)
    }
    await assert.rejects(
      client.simulateContract({
        ...CityAccessManager,
        functionName: 'grantRole',
        args: [ADMIN, deployer, 0],
        account: deployer,
      }),
      /AccessManagerUnauthorizedAccount/,
    )
  })

  test('says why there is no demonstration where nobody knows the key of the treasury', async () => {
    const treasury = '0x00000000000000000000000000000000000000aa'
    const file = path.join(devnet.place.folder, 'parameters.json')
    writeFileSync(file, JSON.stringify({ Money: { treasury } }))
    const { code, output } = await deploy('--deployment-id', OTHER, '--parameters', file)
    assert.equal(code, 0, output)
    assert.match(output, /No demonstration: 0x0{38}aA, the treasury/i)
    assert.equal(await programmes(OTHER), 0n)
  })
})
