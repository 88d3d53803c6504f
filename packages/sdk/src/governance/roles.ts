/** Ids of the city's roles, as `contracts/governance/Roles.sol` has them; 0 is the administrator. */
export const ROLES = {
  ADMIN: 0n,
  CITY_OFFICER: 10n,
  PROGRAM_MAKER: 11n,
  PROGRAM_CHECKER: 12n,
  TREASURY: 13n,
  ISSUER_ACCREDITOR: 20n,
  STATUS_OPERATOR: 21n,
  RECOVERY: 22n,
  MASTER_MINTER: 30n,
  MINTER: 31n,
  FREEZER: 32n,
  ENFORCER: 33n,
  LISTING: 40n,
  MARKET_OPERATOR: 41n,
  CUSTODIAN: 42n,
  SURVEILLANCE: 43n,
  RESERVE_ATTESTOR: 44n,
  FUND_MANAGER: 50n,
  LEDGER_POSTER: 51n,
  AUDITOR: 52n,
  SECRETARIAT: 53n,
  GRANTS: 54n,
  COMMITTEE: 55n,
  VALIDATOR_ADMIN: 60n,
  PERMISSION_ADMIN: 61n,
  GUARDIAN: 70n,
  UPGRADER: 71n,
  RELAYER: 80n,
  SPONSOR_SIGNER: 81n,
} as const

/** Anyone. */
const PUBLIC_ROLE = 2n ** 64n - 1n

/** The name of a role; its number where it has none here. */
export function roleName(id: bigint): string {
  if (id === PUBLIC_ROLE) return 'PUBLIC'
  return Object.entries(ROLES).find(([, known]) => known === id)?.[0] ?? `role ${id}`
}
