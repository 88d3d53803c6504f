import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { toFunctionSelector } from 'viem'
import { giveRights } from '../rights.ts'

/** Accounts of the publicly known test mnemonic; other networks name theirs in their parameters. */
const TEST_GUARDIANS = [
  '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
  '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
  '0x90F79bf6EB2c4f870365E785982E1f101E93b906',
  '0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65',
]
const CITY_OFFICER = 10
const WEEK_SECONDS = 604_800n

/** What the guardians may call, wherever it is: pauses, halts and cancelling. */
const STOPS = [
  'cancel(address,address,bytes)',
  'cancel(bytes32)',
  'pause(uint8,bytes32)',
  'halt(bytes32,bytes32)',
].map((signature) => toFunctionSelector(signature))

/**
 * The authority of all city contracts, with those who will govern it. The deployer administers it until the module
 * HandOver has run. A governed network has these at genesis.
 */
export default buildModule('Governance', (m) => {
  const deployer = m.getAccount(0)
  const authority = m.contract('CityAccessManager', [m.getParameter('admin', deployer)])
  const delay = m.getParameter('adminDelaySeconds', WEEK_SECONDS)
  const committee = m.getParameter('committee', deployer)
  const timelock = m.contract('CityTimelock', [delay, [committee], deployer])
  const guardians = m.contract('GuardianCouncil', [
    authority,
    m.getParameter('guardians', TEST_GUARDIANS),
    m.getParameter('guardianWeights', [2n, 2n, 1n, 1n]),
    m.getParameter('guardianVotes', 4n),
    STOPS,
  ])
  const alliance = m.contract('AllianceRegistry', [authority])
  giveRights(m, authority, alliance, {
    [CITY_OFFICER]: ['join', 'change', 'setAccount', 'remove'],
  })
  return { authority, timelock, guardians, alliance }
})
