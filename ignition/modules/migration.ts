import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { giveRights } from '../rights.ts'
import Governance from './governance.ts'

const ROLE = { cityOfficer: 10, treasury: 13 }

/** Rights of older chains: an officer puts a snapshot forward, the treasury confirms it with the money. */
export default buildModule('Migration', (m) => {
  const { authority } = m.useModule(Governance)
  const portal = m.contract('MigrationPortal', [authority])
  giveRights(m, authority, portal, {
    [ROLE.cityOfficer]: ['propose'],
    [ROLE.treasury]: ['confirm', 'close'],
  })
  return { authority, portal }
})
