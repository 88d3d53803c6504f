// An Ignition module on a chain, deployed as a partner would, by the command line.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { bin, ROOT } from './artifacts.ts'

/**
 * Deploys a module; after `buildContracts`.
 * @param file in `ignition/modules`
 * @param parameters by module
 * @returns Ignition's `deployed_addresses.json`, parsed
 */
export async function deployModule(
  url: string,
  file: string,
  parameters: Readonly<Record<string, object>> = {},
): Promise<unknown> {
  const id = `test-${process.pid}-${path.parse(file).name}`
  const deployment = path.join(ROOT, 'ignition', 'deployments', id)
  const folder = await mkdtemp(path.join(tmpdir(), 'busan-parameters-'))
  const parametersFile = path.join(folder, 'parameters.json')
  // With the profile of `hardhat build`, nothing is compiled a second time.
  const args = ['ignition', 'deploy', `ignition/modules/${file}`, '--build-profile', 'default']
  args.push('--network', 'devnet')
  args.push('--deployment-id', id, '--parameters', parametersFile)
  const env = {
    ...process.env,
    BUSAN_RPC_URL: url,
    HARDHAT_IGNITION_CONFIRM_DEPLOYMENT: 'true',
  }
  try {
    await writeFile(parametersFile, JSON.stringify(parameters))
    await promisify(execFile)(bin('hardhat'), args, { cwd: ROOT, env })
    const text = await readFile(path.join(deployment, 'deployed_addresses.json'), 'utf8')
    return JSON.parse(text)
  } finally {
    await rm(deployment, { recursive: true, force: true })
    await rm(folder, { recursive: true, force: true })
  }
}
