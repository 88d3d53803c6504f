import { schemaIdOf } from '@busan/sdk'
import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { giveRights } from '../rights.ts'
import Governance from './governance.ts'

const ISSUER_ACCREDITOR = 20
const RECOVERY = 22
const TWO_DAYS_SECONDS = 172_800n

/** Keys, issuers, statuses, credentials, passes and recovery, under one authority. */
export default buildModule('Identity', (m) => {
  const { authority } = m.useModule(Governance)
  const dids = m.contract('DidRegistry')
  const issuers = m.contract('TrustedIssuers', [authority])
  const lists = m.contract('StatusList', [dids])
  const verifier = m.contract('CredentialVerifier', [dids, issuers, lists])
  const tickets = m.contract('TicketEligibility', [
    issuers,
    m.getParameter('ticketSchema', schemaIdOf('busan:voucher-ticket:1')),
  ])
  const passSchema = m.getParameter('passSchema', schemaIdOf('busan:b-pass:1'))
  const passes = m.contract('BPass', [authority, dids, issuers, passSchema])
  const delay = m.getParameter('recoveryDelaySeconds', TWO_DAYS_SECONDS)
  const recovery = m.contract('AccountRecovery', [authority, delay])

  giveRights(m, authority, issuers, { [ISSUER_ACCREDITOR]: ['accredit', 'suspend'] })
  giveRights(m, authority, passes, { [RECOVERY]: ['lock', 'migrate'] })
  m.call(authority, 'grantRole', [BigInt(RECOVERY), recovery, 0], { id: 'recoveryMayMove' })
  m.call(recovery, 'setTarget', [passes, true], { id: 'passesFollow' })
  m.call(recovery, 'setTarget', [dids, true], { id: 'didsFollow' })
  return { authority, dids, issuers, lists, verifier, tickets, passes, recovery }
})
