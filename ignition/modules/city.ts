import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import Exchange from './exchange.ts'
import Fund from './fund.ts'
import Governance from './governance.ts'
import Identity from './identity.ts'
import Migration from './migration.ts'
import Money from './money.ts'
import Sponsorship from './sponsorship.ts'

/** Every family of city contracts under one authority, governance first. */
export default buildModule('City', (m) => ({
  ...m.useModule(Governance),
  ...m.useModule(Identity),
  ...m.useModule(Money),
  ...m.useModule(Fund),
  ...m.useModule(Exchange),
  ...m.useModule(Sponsorship),
  ...m.useModule(Migration),
}))
