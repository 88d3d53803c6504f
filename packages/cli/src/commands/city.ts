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

interface DeployOptions {
  readonly rpc: string
  readonly parameters?: string
  readonly deploymentId?: string
  readonly handOver?: boolean
}

/** `busan city`: the city's contracts, brought to a development network and audited on any. */
export function cityCommand(): Command {
  const city = new Command('city').description(
    "the city's contracts: bring them to a development network, audit them on any",
  )
  city
    .command('deploy')
    .description('deploy every family of contracts with Ignition; goes on where it was cut short')
    .option('--rpc <url>', 'JSON-RPC of a node', 'http://127.0.0.1:8545')
    .option('--parameters <file>', 'parameters of the modules in ignition/modules, as JSON')
    .option('--deployment-id <id>', 'folder in ignition/deployments (default: chain-51053)')
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
  const module = options.handOver === true ? 'hand-over' : 'city'
  const args = [
    ...['ignition', 'deploy', `ignition/modules/${module}.ts`, '--network', 'devnet'],
    // Builds as the tests do, so that what is compiled is compiled once.
    ...['--build-profile', 'default'],
    ...(options.parameters === undefined ? [] : ['--parameters', path.resolve(options.parameters)]),
    ...(options.deploymentId === undefined ? [] : ['--deployment-id', options.deploymentId]),
  ]
  const child = spawn(HARDHAT, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      BUSAN_RPC_URL: options.rpc,
      HARDHAT_IGNITION_CONFIRM_DEPLOYMENT: 'true',
    },
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  if (code !== 0) {
    const message = `Hardhat Ignition ended with ${code}; the same command goes on from there`
    throw new CodedError('deployment-failed', message)
  }
}
