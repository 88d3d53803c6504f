import type { ROLES } from '@busan/sdk'
import { type HDAccount, mnemonicToAccount } from 'viem/accounts'
import { TEST_MNEMONIC } from '../../hardhat.config.ts'

/** Who acts, by index in the publicly known test mnemonic: one account for each office, shop and citizen. */
const INDEXES = {
  deployer: 0,
  treasury: 1,
  officer: 10,
  maker: 11,
  checker: 12,
  bank: 13,
  attestor: 14,
  ticketDesk: 15,
  market: 16,
  bakery: 17,
  hotel: 18,
  citizen: 19,
} as const

/** Somebody of the demonstration. */
export type Person = keyof typeof INDEXES

/** Everybody of the demonstration. */
export const PERSONS = Object.keys(INDEXES) as Person[]

/** The key of each. */
export const ACCOUNTS = Object.fromEntries(
  Object.entries(INDEXES).map(([name, addressIndex]) => [
    name,
    mnemonicToAccount(TEST_MNEMONIC, { addressIndex }),
  ]),
) as Record<Person, HDAccount>

/** Offices that the deployer gives. Who issues money and who attests its reserve exclude each other, as do maker and checker. */
export const OFFICES: readonly (readonly [Person, keyof typeof ROLES])[] = [
  ['treasury', 'MASTER_MINTER'],
  ['officer', 'CITY_OFFICER'],
  ['officer', 'ISSUER_ACCREDITOR'],
  ['maker', 'PROGRAM_MAKER'],
  ['checker', 'PROGRAM_CHECKER'],
  ['bank', 'MINTER'],
  ['attestor', 'RESERVE_ATTESTOR'],
]

/** @returns a person as people read it, with the number of its key */
export const called = (who: Person): string => `${who} (account ${INDEXES[who]})`
