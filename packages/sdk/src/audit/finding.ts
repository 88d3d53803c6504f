import { type Claim, callText, type Row, sum, type Term, type View, viewsOf } from './claim.ts'

/** How a claim stands at the audited block. */
export interface AuditFinding {
  readonly id: string
  /** Name and address of the contract. */
  readonly of: string
  readonly what: string
  readonly relation: Claim['relation']
  readonly unit: Claim['unit']
  /** Sum over all rows; of unit `same`, how many there are. */
  readonly expected: bigint
  readonly found: bigint
  /** Sum over all rows of what each differs, or exceeds what it may be; zero: the claim holds. */
  readonly difference: bigint
  /** The rows that differ, with their figures. */
  readonly differing: readonly string[]
  /** How to count again by other means. */
  readonly check: string
}

/** What views answered, by `callText`. */
export type Answers = ReadonlyMap<string, unknown>

/** Compares a claim with what the views answered. @throws when an answer is absent or no number */
export function judge(claim: Claim, answers: Answers): AuditFinding {
  const { id, of, what, relation, unit } = claim
  const rows = claim.rows.map((row) => judgeRow(claim, row, answers))
  const differing = rows.filter(({ difference }) => difference !== 0n)
  const counted = { expected: BigInt(rows.length), found: BigInt(rows.length - differing.length) }
  const summed = {
    expected: sum(rows.map((row) => row.expected)),
    found: sum(rows.map((row) => row.found)),
  }
  return {
    ...{ id, of: `${of.name} ${of.address}`, what, relation, unit },
    ...(unit === 'same' ? counted : summed),
    difference: sum(differing.map(({ difference }) => difference)),
    differing: differing.map(({ text }) => text),
    check: checkOf(claim),
  }
}

function judgeRow({ relation, unit }: Claim, { label, ...row }: Row, answers: Answers) {
  const [expected, found] = [row.expected, row.found].map((terms) =>
    sum(terms.map((term) => numberOf(term, answers))),
  ) as [bigint, bigint]
  const [more, less] = [found > expected, found < expected && relation === 'equal']
  const apart = more ? found - expected : expected - found
  const difference = more || less ? apart : 0n
  if (unit !== 'same') {
    return { expected, found, difference, text: `${label}: expected ${expected}, found ${found}` }
  }
  const text = `${label}: expected 0x${expected.toString(16)}, found 0x${found.toString(16)}`
  return { expected, found, difference: difference === 0n ? 0n : 1n, text }
}

function numberOf(term: Term, answers: Answers): bigint {
  if (typeof term === 'bigint') return term
  const call = callText(term)
  if (!answers.has(call)) throw new Error(`nothing was read for ${call}`)
  const value = (term.field?.split('.') ?? []).reduce(
    (inner, key) => (inner as Record<string, unknown>)[key],
    answers.get(call),
  )
  return BigInt(value as bigint | number | string)
}

const SHOWN = 2

function checkOf(claim: Claim): string {
  const calls = viewsOf([claim]).map(({ field, ...call }: View) => {
    return field === undefined ? callText(call) : `${field} in ${callText(call)}`
  })
  if (calls.length === 0) return claim.source
  const more = calls.length > SHOWN ? `, and ${calls.length - SHOWN} more` : ''
  return `${claim.source}; eth_call ${calls.slice(0, SHOWN).join(', ')}${more}`
}
