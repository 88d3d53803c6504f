import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { keccak256, toHex } from 'viem'
import { giveRights, selectorOf } from '../rights.ts'
import Money from './money.ts'

const ROLE = { cityOfficer: 10, treasury: 13, guardian: 70 }
const ETHER = 10n ** 18n
/** The budget that pays for what citizens do with money and vouchers. */
const CITIZENS = 1
/** A transaction of 2,000,000 gas, eight of them a day; 1,000,000,000 for everybody; 100 gwei. */
const BUDGET = {
  gasPerOperation: 2_000_000,
  gasPerAccount: 16_000_000,
  gasPerDay: 1_000_000_000n,
  maxFeePerGas: 100_000_000_000n,
}

/** What citizens call from accounts of their own. */
const SERVICES = {
  vouchers: ['claim', 'topUp', 'topUpWithAuthorization', 'pay', 'cashOut', 'cashOutWithSignature'],
  token: ['transfer', 'approve', 'redeem'],
} as const

/** Who pays for citizens without coin, and accounts of passkeys, on the entry point of the genesis. */
export default buildModule('Sponsorship', (m) => {
  const { authority, token, vouchers } = m.useModule(Money)
  const orderRef = m.getParameter('orderRef', keccak256(toHex('first deployment')))
  const accounts = m.contract('PasskeyAccountFactory')
  const sponsor = m.contract('CitySponsor', [authority])
  const codeHash = m.staticCall(accounts, 'accountCodeHash')
  const services = Object.entries(SERVICES).flatMap(([name, functions]) =>
    functions.map((functionName) => {
      const target = { vouchers, token }[name as keyof typeof SERVICES]
      const args = [target, selectorOf(target, functionName), CITIZENS, orderRef]
      return m.call(sponsor, 'setService', args, { id: `${name}_${functionName}` })
    }),
  )
  const settings = [
    m.call(sponsor, 'setAccountKind', [codeHash, true, orderRef]),
    m.call(sponsor, 'setBudget', [CITIZENS, m.getParameter('budget', BUDGET), orderRef]),
    m.call(sponsor, 'deposit', [], { value: m.getParameter('depositWei', 100n * ETHER) }),
    ...services,
  ]
  // The deployer's settings first: it holds none of these roles.
  giveRights(
    m,
    authority,
    sponsor,
    {
      [ROLE.cityOfficer]: ['setService', 'setBudget'],
      [ROLE.treasury]: ['withdraw'],
      [ROLE.guardian]: ['pause'],
    },
    settings,
  )
  return { authority, accounts, sponsor }
})
