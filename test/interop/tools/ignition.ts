// A partner firm's deployment: Hardhat Ignition, waiting for five confirmations as it does by default.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { type Address, createPublicClient, http } from 'viem'
import { bin, ROOT, readArtifact } from '../artifacts.ts'
import { type ChainUnderTest, defineTool } from '../tool.ts'

interface State {
  /** Where Ignition keeps the journal of this deployment. */
  readonly folder: string
}

/** Hardhat 3 with Ignition; the module deploys contracts that depend on each other. */
export const ignition = defineTool<State>({
  name: 'Hardhat 3 Ignition',
  async open({ policy }) {
    const id = `interop-${process.pid}-${policy.toLowerCase()}`
    return { folder: path.join(ROOT, 'ignition', 'deployments', id) }
  },
  close: ({ folder }) => rm(folder, { recursive: true, force: true }),
  steps: {
    'deploys five contracts that depend on each other': deploy,
    'the deployed contracts answer': readBack,
  },
})

/** Hardhat writes the cache of its compiler anew each time: two at once would take it from under each other. */
let lastDeployment: Promise<void> = Promise.resolve()

function deploy(state: State, chain: ChainUnderTest): Promise<void> {
  const deployed = lastDeployment.then(() => runIgnition(state, chain))
  lastDeployment = deployed.catch(() => {})
  return deployed
}

async function runIgnition({ folder }: State, { rpcUrl }: ChainUnderTest): Promise<void> {
  const args = ['ignition', 'deploy', 'ignition/modules/examples.ts', '--network', 'devnet']
  // The profile that the artifacts are already built with.
  const options = ['--deployment-id', path.basename(folder), '--build-profile', 'default']
  const { stdout } = await promisify(execFile)(bin('hardhat'), [...args, ...options], {
    cwd: ROOT,
    env: {
      ...process.env,
      BUSAN_RPC_URL: rpcUrl,
      BUSAN_CONFIRMATIONS: '5',
      HARDHAT_IGNITION_CONFIRM_DEPLOYMENT: 'true',
    },
  })
  assert.match(stdout, /successfully deployed/)
}

async function readBack({ folder }: State, { rpcUrl }: ChainUnderTest): Promise<void> {
  const addresses: Record<string, Address> = JSON.parse(
    await readFile(path.join(folder, 'deployed_addresses.json'), 'utf8'),
  )
  const names = ['CityToken', 'Faucet', 'Escrow', 'NoticeBoard', 'Greeting']
  assert.deepEqual(Object.keys(addresses).sort(), names.map((name) => `Examples#${name}`).sort())
  const client = createPublicClient({ transport: http(rpcUrl) })
  const read = async (name: string, functionName: string, ...args: unknown[]) => {
    const { abi } = await readArtifact(name)
    const address = addresses[`Examples#${name}`] as Address
    return client.readContract({ address, abi, functionName, args })
  }
  assert.equal(await read('Greeting', 'greeting'), 'Welcome to Busan')
  assert.equal(await read('NoticeBoard', 'noticeCount'), 1n)
  const stock = await read('CityToken', 'balanceOf', addresses['Examples#Faucet'])
  assert.equal(stock, 1_000_000n)
}
