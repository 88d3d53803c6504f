import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { giveRights } from '../rights.ts'
import Identity from './identity.ts'

/** Account 1 of the publicly known test mnemonic; other networks name theirs in their parameters. */
const TEST_TREASURY = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const DAY_SECONDS = 86_400n
const ROLE = {
  cityOfficer: 10,
  maker: 11,
  checker: 12,
  recovery: 22,
  masterMinter: 30,
  minter: 31,
  freezer: 32,
  enforcer: 33,
  guardian: 70,
}

/** Money of the city: deposit tokens, merchants and vouchers, under the authority of identities. */
export default buildModule('Money', (m) => {
  const { authority, tickets, recovery } = m.useModule(Identity)
  const treasury = m.getParameter('treasury', TEST_TREASURY)
  const token = m.contract('KrwDepositToken', [
    m.getParameter('tokenName', 'Busan KRW'),
    m.getParameter('tokenSymbol', 'KRWB'),
    authority,
    m.getParameter('reserveMaxAgeSeconds', DAY_SECONDS),
  ])
  const merchants = m.contract('MerchantRegistry', [authority])
  const { library: linked } = m
  const libraries = {
    VoucherPlan: linked.call(m, 'VoucherPlan'),
    VoucherMoves: linked.call(m, 'VoucherMoves'),
  }
  const parties = [authority, token, treasury, merchants]
  const vouchers = m.contract('VoucherProgram', parties, { libraries })

  giveRights(m, authority, token, {
    [ROLE.recovery]: ['lock', 'migrate'],
    [ROLE.masterMinter]: ['configureMinter'],
    [ROLE.minter]: ['mint'],
    [ROLE.freezer]: ['freeze'],
    [ROLE.enforcer]: ['forcedTransfer'],
    [ROLE.guardian]: ['pause'],
  })
  giveRights(m, authority, merchants, {
    [ROLE.cityOfficer]: ['register', 'setTerms', 'setStatus', 'setFee'],
  })
  giveRights(m, authority, vouchers, {
    [ROLE.cityOfficer]: ['extend', 'reverse'],
    [ROLE.maker]: ['propose'],
    [ROLE.checker]: ['approve'],
    [ROLE.recovery]: ['lock', 'migrate'],
    [ROLE.guardian]: ['pause'],
  })
  const wonFollow = m.call(recovery, 'setTarget', [token, true], { id: 'wonFollow' })
  // One by one: each costs more gas than the last, which an estimate before it would miss.
  m.call(recovery, 'setTarget', [vouchers, true], { id: 'vouchersFollow', after: [wonFollow] })
  return { authority, token, merchants, tickets, vouchers, recovery }
})
