import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { keccak256, toHex } from 'viem'
import { giveRights } from '../rights.ts'
import Money from './money.ts'

const ROLE = {
  manager: 50,
  poster: 51,
  auditor: 52,
  secretariat: 53,
  grants: 54,
  committee: 55,
  guardian: 70,
}
const DAY_SECONDS = 86_400n
const BILLION = 1_000_000_000n
const [CITY, PUBLIC_FINANCE, PRIVATE] = [0, 1, 2]

/** Accounts 5 to 9 of the publicly known test mnemonic; other networks name theirs in their parameters. */
const TEST = {
  mayor: '0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc',
  planning: '0x976EA74026E726554dB657fA54763abd0C3a0aa9',
  bank: '0x14dC79964da2C08b23698B3D3cc7Ca32193d9955',
  finance: '0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f',
  firm: '0xa0Ee7A142d267C1f36714E4a8F75612F20a79720',
}
/** Notice and grace of a capital call, what a defaulter forfeits, the most fees: declared for good. */
const TERMS = {
  noticeSeconds: 14n * DAY_SECONDS,
  graceSeconds: 30n * DAY_SECONDS,
  forfeitBps: 5_000,
  feeBps: 200,
}
/** How long a proposal lies open, is voted on, can be stopped, and can be carried out. */
const COURSE = {
  openSeconds: 3n * DAY_SECONDS,
  votingSeconds: 7n * DAY_SECONDS,
  reviewSeconds: 2n * DAY_SECONDS,
  executionSeconds: 30n * DAY_SECONDS,
}
/** In this order the city has more than half of the seats after each. */
const SEATS = [
  { nominator: CITY, member: TEST.mayor },
  { nominator: CITY, member: TEST.planning },
  { nominator: PRIVATE, member: TEST.firm },
  { nominator: CITY, member: TEST.finance },
  { nominator: PUBLIC_FINANCE, member: TEST.bank },
]
/** Seconds since the epoch: the first day of 2030. */
const TERM_END = 1_893_456_000n
const MEMBERS = [
  { account: TEST.mayor, class: CITY, limit: 40n * BILLION },
  { account: TEST.bank, class: PUBLIC_FINANCE, limit: 40n * BILLION },
  { account: TEST.firm, class: PRIVATE, limit: 20n * BILLION },
]

/** The innovation fund with its books, its committee and its grants, on the city's money. */
export default buildModule('Fund', (m) => {
  const { authority, token } = m.useModule(Money)
  const orderRef = m.getParameter('orderRef', keccak256(toHex('first deployment')))
  const ledger = m.contract('BifLedger', [authority])
  const fund = m.contract('BifFund', [authority, token, ledger, m.getParameter('terms', TERMS)])
  const committee = m.contract('BifCommittee', [authority, m.getParameter('course', COURSE)])
  const grants = m.contract('Grants', [authority, fund])

  // Who sits and who may commit is the deployer's to say before it gives the rights away.
  const until = m.getParameter('seatsUntil', TERM_END)
  const seated: ReturnType<typeof m.call>[] = []
  for (const [index, seat] of SEATS.entries()) {
    const member = m.getParameter(`seat${index + 1}`, seat.member)
    const args = [index + 1, seat.nominator, member, until, orderRef]
    seated.push(m.call(committee, 'seat', args, { id: `seat${index + 1}`, after: [...seated] }))
  }
  const admitted: ReturnType<typeof m.call>[] = []
  for (const [index, one] of MEMBERS.entries()) {
    const account = m.getParameter(`member${index + 1}`, one.account)
    const args = [account, one.class, one.limit, orderRef]
    admitted.push(m.call(fund, 'admit', args, { id: `member${index + 1}`, after: [...admitted] }))
  }

  giveRights(m, authority, ledger, {
    [ROLE.manager]: ['proposeAdjustment', 'proposeClose'],
    [ROLE.poster]: ['post'],
    [ROLE.auditor]: ['approveAdjustment', 'closeMonth'],
  })
  giveRights(
    m,
    authority,
    fund,
    {
      [ROLE.manager]: ['admit', 'call', 'markDefault', 'distribute', 'recordIncome', 'payFee'],
      [ROLE.grants]: ['reserveGrant', 'payGrant', 'returnGrant'],
      [ROLE.guardian]: ['pause'],
    },
    admitted,
  )
  giveRights(
    m,
    authority,
    committee,
    {
      [ROLE.secretariat]: ['seat', 'vacate', 'recuse', 'markRelated'],
      [ROLE.auditor]: ['clearRelated', 'cancel'],
    },
    seated,
  )
  giveRights(m, authority, grants, { [ROLE.committee]: ['award', 'end'] })
  const holders = { [ROLE.poster]: fund, [ROLE.grants]: grants, [ROLE.committee]: committee }
  for (const [role, holder] of Object.entries(holders)) {
    m.call(authority, 'grantRole', [BigInt(role), holder, 0], { id: `holderOfRole${role}` })
  }
  return { authority, token, ledger, fund, committee, grants }
})
