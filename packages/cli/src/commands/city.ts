import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { CodedError } from '@busan/primitives'
import { SYSTEM_ADDRESSES } from '@busan/sdk'
import { Command } from 'commander'
import { askNode } from '../ask-node.ts'
import { auditCommand } from './audit.ts'

const ROOT = path.join(import.meta.dirname, '..', '..', '..', '..')
const HARDHAT = path.join(ROOT, 'node_modules', '.bin', 'hardhat')
const DEMONSTRATION = path.join(ROOT, 'ignition', 'demonstration', 'main.ts')
const DEPLOYMENT_ID = 'chain-51053'

interface DeployOptions {
  readonly rpc: string
  readonly parameters?: string
  readonly deploymentId: string
  readonly handOver?: boolean
  /** Unless `--no-demonstration` is given. */
  readonly demonstration: boolean
}

/** `busan city`: the city's contracts, brought to a development network and audited on any. */
export function cityCommand(): Command {
  const city = new Command('city').description(
    "the city's contracts: bring them to a development network, audit them on any",
  )
  city
    .command('deploy')
    .description(
      'deploy every family of contracts and seed a demonstration; goes on where it was cut short',
    )
    .option('--rpc <url>', 'JSON-RPC of a node', 'http://127.0.0.1:8545')
    .option('--parameters <file>', 'parameters of the modules in ignition/modules, as JSON')
    .option('--deployment-id <id>', 'folder in ignition/deployments', DEPLOYMENT_ID)
    .option('--no-demonstration', 'leave out the programme, merchants and voucher to try')
    .option('--hand-over', 'then leave: the timelock is the only administrator')
    .action(deploy)
  return city.addCommand(auditCommand())
}

/** @throws CodedError `not-supported`, `node-refused` or `deployment-failed` */
async function deploy(options: DeployOptions): Promise<void> {
  if (!existsSync(HARDHAT)) {
    const message = 'contracts are deployed from a checkout of the repository, after npm ci'
    throw new CodedError('not-supported', message)
  }
  const address = SYSTEM_ADDRESSES.CityAccessManager
  if ((await askNode<string>(options.rpc, 'eth_getCode', address, 'latest')) !== '0x') {
    const why = `this network is governed: its authority ${address} takes orders from its timelock alone`
    throw new CodedError('not-supported', `${why}; the committee has to announce a deployment`)
  }
  const { demonstration, handOver } = options
  if (demonstration || handOver !== true) await deployModule('city', options)
  // While the deployer is there, who gives the offices.
  if (demonstration) await seedDemonstration(options)
  if (handOver === true) await deployModule('hand-over', options)
}

function deployModule(module: string, options: DeployOptions): Promise<void> {
  const { rpc, parameters, deploymentId } = options
  const args = [
    ...['ignition', 'deploy', `ignition/modules/${module}.ts`, '--network', 'devnet'],
    // Builds as the tests do, so that what is compiled is compiled once.
    ...['--build-profile', 'default', '--deployment-id', deploymentId],
    ...(parameters === undefined ? [] : ['--parameters', path.resolve(parameters)]),
  ]
  const env = { BUSAN_RPC_URL: rpc, HARDHAT_IGNITION_CONFIRM_DEPLOYMENT: 'true' }
  return run('Hardhat Ignition', HARDHAT, args, env)
}

/** Makes what somebody can try at once, with the keys that everybody knows on a development network. */
function seedDemonstration({ rpc, deploymentId }: DeployOptions): Promise<void> {
  return run('the demonstration', process.execPath, [DEMONSTRATION, rpc, deploymentId])
}

/** @throws CodedError `deployment-failed` */
async function run(
  what: string,
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...environment },
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  if (code !== 0) {
    const message = `${what} ended with ${code}; the same command goes on from there`
    throw new CodedError('deployment-failed', message)
  }
}
