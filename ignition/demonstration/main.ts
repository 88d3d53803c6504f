// Seeds a deployment on a development network with something to try, and says what it is:
//   node ignition/demonstration/main.ts http://127.0.0.1:8545 chain-51053
// `busan city deploy` runs it after Ignition.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { busanDevnet, ROLES } from '@busan/sdk'
import { type City, openCity } from './chain.ts'
import { ACCOUNTS, called, PERSONS } from './people.ts'
import { report } from './report.ts'
import { missingOffices, seed } from './seed.ts'

const [, , rpcUrl = '', deploymentId = ''] = process.argv
const deployments = path.join(import.meta.dirname, '..', 'deployments')
const file = path.join(deployments, deploymentId, 'deployed_addresses.json')
const city = await openCity(rpcUrl, JSON.parse(readFileSync(file, 'utf8')))

await city.settled()
const offices = await missingOffices(city)
const obstacle = await obstacleTo(city, offices.length > 0)
if (obstacle === undefined) {
  console.log(
    '\nThe demonstration, by whose office each step is; what is there already is left out:',
  )
  await city.carryOut(offices)
  await seed(city)
  console.log(await report(city, rpcUrl, deploymentId))
} else {
  console.log(`\nNo demonstration: ${obstacle}.`)
}

/** Why there can be none: it needs a development network, whose keys everybody knows. */
async function obstacleTo(
  { client, read }: City,
  needsDeployer: boolean,
): Promise<string | undefined> {
  const chainId = await client.getChainId()
  if (chainId !== busanDevnet.id) return `chain ${chainId} is not the development network`
  const treasury = await read('VoucherProgram', 'TREASURY', [])
  if (treasury !== ACCOUNTS.treasury.address) {
    return `${treasury}, the treasury of this deployment, is no account of the test mnemonic that it knows`
  }
  const { deployer } = ACCOUNTS
  const [administers] = await read('CityAccessManager', 'hasRole', [ROLES.ADMIN, deployer.address])
  if (needsDeployer && !administers) {
    return `the deployer has left and can give no offices any more`
  }
  for (const who of PERSONS) {
    const { address } = ACCOUNTS[who]
    if ((await client.getBalance({ address })) === 0n) {
      return `${called(who)} of the test mnemonic, ${address}, has no coin here`
    }
  }
  return undefined
}
