// The city's contracts come to a fresh devnet with one command, and their deployer leaves with another.
import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { after, before, suite, test } from 'node:test'
import { contractsOf, ROLES } from '@busan/sdk'
import { type AbiFunction, createPublicClient, http, toFunctionSelector } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { busan } from '../e2e/chain-process.ts'
import { startFreshDevnet } from '../e2e/devnet-process.ts'
import { TEST_MNEMONIC } from '../interop/accounts.ts'
import { buildContracts, ROOT } from '../interop/artifacts.ts'

const DEPLOYMENT = `journey-${process.pid}`
const FOLDER = path.join(ROOT, 'ignition', 'deployments', DEPLOYMENT)
const ADMIN = 0n
const deployer = mnemonicToAccount(TEST_MNEMONIC).address

suite('busan city deploy', { timeout: 600_000 }, () => {
  let devnet: Awaited<ReturnType<typeof startFreshDevnet>>
  let client: ReturnType<typeof createPublicClient>

  const deploy = (...flags: string[]) =>
    busan(['city', 'deploy', '--rpc', devnet.place.url, '--deployment-id', DEPLOYMENT, ...flags])
  const contracts = () =>
    contractsOf(JSON.parse(readFileSync(path.join(FOLDER, 'deployed_addresses.json'), 'utf8')), [
      'BifCommittee',
      'BifFund',
      'CityAccessManager',
      'CityTimelock',
      'CommodityToken',
      'Grants',
      'GuardianCouncil',
      'ListingRegistry',
      'SettlementEngine',
      'TrustedIssuers',
    ])
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
    rmSync(FOLDER, { recursive: true, force: true })
  })

  test('deploys governance first and every family under its authority', async () => {
    const { code, output } = await deploy()
    assert.equal(code, 0, output)
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
    const { CityAccessManager, CommodityToken, ListingRegistry, SettlementEngine } = contracts()
    const listed = { ...ListingRegistry, functionName: 'isTradable' } as const
    const gold = await client.readContract({ ...listed, args: [CommodityToken.address] })
    assert.equal(gold, true)
    const roleOf = (name: string) => {
      const selector = toFunctionSelector(
        SettlementEngine.abi.find((item) => 'name' in item && item.name === name) as AbiFunction,
      )
      const call = { ...CityAccessManager, functionName: 'getTargetFunctionRole' } as const
      return client.readContract({ ...call, args: [SettlementEngine.address, selector] })
    }
    const roles = await Promise.all(['openMarket', 'settle', 'halt', 'resume'].map(roleOf))
    assert.deepEqual(roles, [
      ROLES.LISTING,
      ROLES.MARKET_OPERATOR,
      ROLES.SURVEILLANCE,
      ROLES.SURVEILLANCE,
    ])
  })

  test('hands over: the timelock alone administers, and the deployer can do nothing more', async () => {
    const { code, output } = await deploy('--hand-over')
    assert.equal(code, 0, output)
    const { CityAccessManager, CityTimelock, GuardianCouncil } = contracts()
    await adminsAre(CityTimelock.address)
    const guardians = { ...CityAccessManager, functionName: 'membersOf', args: [70n] } as const
    assert.deepEqual(await client.readContract(guardians), [GuardianCouncil.address])
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
})
