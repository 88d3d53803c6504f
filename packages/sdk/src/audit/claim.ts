import type { Address } from 'viem'
import type { ContractName } from '../deployments.ts'

/** A contract by its name, which says its ABI, and its address. */
export interface At<Name extends ContractName = ContractName> {
  readonly name: Name
  readonly address: Address
}

/** What a contract answers at the audited block: one number of it. */
export interface View {
  readonly of: At
  readonly functionName: string
  readonly args: readonly (bigint | number | string)[]
  /** Where the number stands in an answer with several: names or places, with dots between; absent: the answer. */
  readonly field?: string
}

/** A number from events, or one that a contract answers. */
export type Term = bigint | View

/** Sums that belong together. */
export interface Row {
  readonly label: string
  readonly expected: readonly Term[]
  readonly found: readonly Term[]
}

/** What numbers are of. Those of `same` have no sum, as hashes: rows are counted, and those that agree. */
export type Unit = 'won' | 'mg' | 'tonnes' | 'units' | 'count' | 'same'

/** Something that must hold at the audited block, in each of its rows. */
export interface Claim {
  /** Invariant and what of it, such as `M1-supply`; not unique. */
  readonly id: string
  readonly of: At
  readonly what: string
  /** `at-most`: found may be less than expected. */
  readonly relation: 'equal' | 'at-most'
  readonly unit: Unit
  /** Which events the numbers come from, for whoever counts again. */
  readonly source: string
  readonly rows: readonly Row[]
}

/** A claim of which only its own part is said. */
export type Statement = Omit<Claim, 'of' | 'relation' | 'unit'> & Partial<Claim>

/** Completes what is said about one contract: equal amounts of won where nothing else is said. */
export function claimsOf(of: At, statements: readonly Statement[]): readonly Claim[] {
  return statements.map((one) => ({ of, relation: 'equal', unit: 'won', ...one }))
}

/** A claim that something never happens, with what did all the same. */
export function never(
  id: string,
  what: string,
  source: string,
  offences: readonly string[],
): Statement {
  const rows = offences.map((label) => ({ label, expected: [], found: [1n] }))
  return { id, what, source, unit: 'count', rows }
}

/** One number that a contract answers. */
export function view(of: At, functionName: string, args: View['args'] = [], field?: string): View {
  return { of, functionName, args, ...(field === undefined ? {} : { field }) }
}

/** One number against one that a contract answers. */
export const compare = (label: string, expected: bigint, found: View): Row => ({
  label,
  expected: [expected],
  found: [found],
})

/** The call of a view as a person writes it; views of one call have the same text. */
export function callText({ of, functionName, args }: View): string {
  return `${functionName}(${args.join(', ')}) of ${of.name} ${of.address}`
}

/** All views that the claims need, one for each call. */
export function viewsOf(claims: readonly Claim[]): readonly View[] {
  const rows = claims.flatMap((claim) => claim.rows)
  const terms = rows.flatMap(({ expected, found }) => [...expected, ...found])
  const views = terms.filter((term) => typeof term !== 'bigint')
  return [...new Map(views.map((one) => [callText(one), one])).values()]
}

/** Sum of numbers. */
export const sum = (numbers: Iterable<bigint>): bigint => {
  let total = 0n
  for (const number of numbers) total += number
  return total
}

/** What stands in the list more than once. */
export function repeated(list: readonly string[]): readonly string[] {
  const seen = new Set<string>()
  return list.filter((one) => {
    const isAgain = seen.has(one)
    seen.add(one)
    return isAgain
  })
}
