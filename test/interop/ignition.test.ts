// A partner firm's deployment: Hardhat Ignition with its default settings, five confirmations and all.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { after, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { type Address, createPublicClient, http } from 'viem'
import { bin, buildContracts, ROOT, readArtifact } from './artifacts.ts'
import { rpcUrl } from './chain.ts'

const DEPLOYMENT_ID = `interop-${process.pid}`
const folder = path.join(ROOT, 'ignition', 'deployments', DEPLOYMENT_ID)

suite('Hardhat Ignition', { timeout: 300_000 }, () => {
  after(() => rm(folder, { recursive: true, force: true }))

  test('deploys five contracts that depend on each other', async () => {
    await buildContracts()
    const args = ['ignition', 'deploy', 'ignition/modules/examples.ts', '--network', 'devnet']
    const { stdout } = await promisify(execFile)(
      bin('hardhat'),
      [...args, '--deployment-id', DEPLOYMENT_ID],
      {
        cwd: ROOT,
        env: {
          ...process.env,
          BUSAN_RPC_URL: rpcUrl,
          HARDHAT_IGNITION_CONFIRM_DEPLOYMENT: 'true',
        },
      },
    )
    assert.match(stdout, /successfully deployed/)

    const addresses: Record<string, Address> = JSON.parse(
      await readFile(path.join(folder, 'deployed_addresses.json'), 'utf8'),
    )
    const names = ['CityToken', 'Faucet', 'Escrow', 'NoticeBoard', 'Greeting']
    assert.deepEqual(Object.keys(addresses).sort(), names.map((name) => `Examples#${name}`).sort())
    const read = async (name: string, functionName: string, ...functionArgs: unknown[]) => {
      const client = createPublicClient({ transport: http(rpcUrl) })
      const { abi } = await readArtifact(name)
      const address = addresses[`Examples#${name}`] as Address
      return client.readContract({ address, abi, functionName, args: functionArgs })
    }
    assert.equal(await read('Greeting', 'greeting'), 'Welcome to Busan')
    assert.equal(await read('NoticeBoard', 'noticeCount'), 1n)
    const stock = await read('CityToken', 'balanceOf', addresses['Examples#Faucet'])
    assert.equal(stock, 1_000_000n)
  })
})
