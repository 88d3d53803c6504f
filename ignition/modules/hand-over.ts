import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { keccak256, toHex } from 'viem'
import City from './city.ts'

const ADMIN = 0n
const GUARDIAN = 70n
const SURVEILLANCE = 43n
const TIMELOCK_ADMIN = `0x${'00'.repeat(32)}`
const CANCELLER = keccak256(toHex('CANCELLER_ROLE'))
const WEEK_SECONDS = 604_800n

/**
 * Ends the deployer's rule: the guardians may stop, changes of rights get their delay (which OpenZeppelin lets begin after
 * five days), and the timelock is the only administrator.
 */
export default buildModule('HandOver', (m) => {
  const { authority, timelock, guardians, ...families } = m.useModule(City)
  const deployer = m.getAccount(0)
  const delay = m.getParameter('adminDelaySeconds', WEEK_SECONDS)
  const delays = Object.entries({ guardians, ...families }).map(([name, target]) =>
    m.call(authority, 'setTargetAdminDelay', [target, delay], { id: `${name}Delay` }),
  )
  const stops = m.call(authority, 'grantRole', [GUARDIAN, guardians, 0], { id: 'guardiansStop' })
  // Of what surveillance may do their list has the halt alone.
  const halts = m.call(authority, 'grantRole', [SURVEILLANCE, guardians, 0], {
    id: 'guardiansHalt',
  })
  const cancels = m.call(timelock, 'grantRole', [CANCELLER, guardians], { id: 'guardiansCancel' })
  m.call(timelock, 'renounceRole', [TIMELOCK_ADMIN, deployer], {
    id: 'timelockIsItsOwn',
    after: [cancels],
  })
  // The City module's own calls are among what the contracts below wait for.
  const crowned = m.call(authority, 'grantRole', [ADMIN, timelock, 0], {
    id: 'timelockAdministers',
    after: [City, stops, halts, ...delays],
  })
  m.call(authority, 'renounceRole', [ADMIN, deployer], { id: 'deployerLeaves', after: [crowned] })
  return { authority, timelock, guardians, ...families }
})
