import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { cityClaims } from '../src/audit/audit-city.ts'
import type { CityEvent } from '../src/audit/city-log.ts'
import type { CityPlan } from '../src/audit/city-plan.ts'
import { callText, type View } from '../src/audit/claim.ts'
import { judge } from '../src/audit/finding.ts'
import { cityDay } from './city-day.ts'
import { TODAY } from './day.ts'

type Answer = Record<string, unknown> | bigint

/** What contracts answer that no event tells. */
const CONSTANTS: readonly (readonly [functionName: string, field: string | undefined, bigint])[] = [
  ['CAP', undefined, 1_200n],
]

/** The answers of contracts that agree with these events: each number as the claim on it alone has it. */
function honestAnswers(log: readonly CityEvent[], plan: CityPlan): Map<string, Answer> {
  const answers = new Map<string, Answer>()
  const put = (view: View, value: bigint) => {
    const path = view.field?.split('.') ?? []
    answers.set(callText(view), changed(answers.get(callText(view)), path, value) as Answer)
  }
  const rows = cityClaims(log, plan).flatMap((claim) => claim.rows)
  for (const view of rows.flatMap(({ expected, found }) => [...expected, ...found])) {
    if (typeof view === 'bigint') continue
    const constant = CONSTANTS.find(([name, field]) => {
      return name === view.functionName && field === view.field
    })
    put(view, constant?.[2] ?? 0n)
  }
  for (const { expected, found } of rows) {
    const [value, view] = [expected[0] ?? 0n, found[0]]
    const isAlone = expected.length <= 1 && found.length === 1
    if (isAlone && typeof value === 'bigint' && typeof view === 'object') put(view, value)
  }
  return answers
}

function differences(log: readonly CityEvent[], plan: CityPlan, answers: Map<string, unknown>) {
  const findings = cityClaims(log, plan).map((claim) => judge(claim, answers))
  return findings.filter(({ difference }) => difference !== 0n)
}

/** What no equality is about: times, references, who acted, and what is behind a hash. */
const IMMATERIAL = new Set(
  `Attested.round MinterConfigured.ratePerDay Redeemed.holder Redeemed.payoutRef Minted.to Minted.bankRef
  ForcedTransfer.from ForcedTransfer.to SeizureOrdered.from SeizureOrdered.to SeizureOrdered.orderRef
  Proposed.maker Proposed.docHash Opened.checker Claimed.nullifier Paid.receiptId Paid.merchant Paid.payer Refunded.orderRef
  Admitted.account Admitted.class Admitted.agreementHash Called.dueAt Called.purpose Defaulted.orderRef
  DistributionMade.ref IncomeRecorded.ref FeePaid.to FeePaid.orderRef GrantPaid.to MonthClosed.reportHash
  Deposited.assay Deposited.vault StateChanged.orderRef
  Traded.buyHash Traded.sellHash Traded.lots Traded.price FeesCollected.to Debited.to Seated.orderRef Seated.until Vacated.orderRef Minted.orderRef MarketOpened.base Immobilised.registry
  Immobilised.to Immobilised.registryRef TransferSingle.operator TransferBatch.operator Retired.holder Retired.beneficiary
  Retired.purpose Returned.holder Returned.registryAccount Awarded.grantee Awarded.application Awarded.verifiers Awarded.contractHash
  AuthorityUpdated.authority deadline verifiersNeeded criteria merchant invoice paidAt feeBps heldUntil`.split(
    /\s+/,
  ),
)

/** Events that say how something is from then on: told twice, they say nothing new. */
const STATES = new Set([
  'KrwDepositToken.MinterConfigured',
  'VoucherProgram.Succeeded',
  'BifFund.Admitted',
  'BifCommittee.Seated',
  'SettlementEngine.MarketOpened',
])

type Leaf = { readonly path: readonly (string | number)[]; readonly value: unknown }

function leavesOf(value: unknown, path: Leaf['path'] = []): readonly Leaf[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }]
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]))
}

/** Another value of the same kind. */
function other(value: unknown): unknown {
  if (typeof value === 'bigint') return value + 1n
  if (typeof value === 'number') return value + 1
  if (typeof value === 'boolean') return !value
  const text = value as string
  return `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`
}

/** A copy in which one value is another. */
function changed<Value>(whole: Value, path: Leaf['path'], value: unknown): Value {
  const [key, ...rest] = path
  if (key === undefined) return value as Value
  const copy = (Array.isArray(whole) ? [...whole] : { ...whole }) as Record<
    string | number,
    unknown
  >
  copy[key] = changed(copy[key], rest, value)
  return copy as Value
}

suite('audit of a city', () => {
  const { log, plan } = cityDay()
  const answers = honestAnswers(log, plan)
  const claims = cityClaims(log, plan)
  /** Claims that some tampering has turned red. */
  const red = new Set<string>()

  const idsIn = (events: readonly CityEvent[], said: Map<string, unknown>) => {
    const ids = differences(events, plan, said).map(({ id }) => id)
    for (const id of ids) red.add(id)
    return ids
  }

  /** What is found when the log is another; contracts that only the other log names answer zero. */
  const foundIn = (tampered: readonly CityEvent[]) => {
    const more = honestAnswers(tampered, plan)
    const zero = (answer: Answer): unknown =>
      typeof answer === 'bigint'
        ? 0n
        : Object.fromEntries(Object.keys(answer).map((key) => [key, 0n]))
    const absent = [...more].filter(([call]) => !answers.has(call))
    const all = new Map([...answers, ...absent.map(([call, one]) => [call, zero(one)] as const)])
    return idsIn(tampered, all)
  }

  test('has no difference while contracts say what their events say', () => {
    assert.deepEqual(differences(log, plan, answers), [])
    const figure = (id: string) =>
      claims.filter((one) => one.id === id).map((one) => judge(one, answers))
    assert.deepEqual(
      ['M1-supply', 'V1-cover', 'V1-liability-2', 'V1-waiting', 'L1-journals', 'F1-cash'].map(
        (id) => figure(id)[0]?.found,
      ),
      [6_400n, 1_135n, 800n, 30n, 17n, 67n],
    )
  })

  test('finds each number that a contract answers wrongly', () => {
    const unnoticed: string[] = []
    for (const [call, answer] of answers) {
      if (call.startsWith('CAP()')) continue
      for (const { path, value } of leavesOf(answer)) {
        const wrong = new Map([...answers, [call, changed(answer, path, other(value)) as Answer]])
        if (idsIn(log, wrong).length === 0) unnoticed.push(`${path.join('.')} ${call}`)
      }
    }
    assert.deepEqual(unnoticed, [])
    assert.ok(answers.size > 60, `${answers.size} calls`)
  })

  test('finds each value that an event tells wrongly', () => {
    const unnoticed = log.flatMap((event, index) =>
      leavesOf(event.args).flatMap(({ path, value }) => {
        const [first, last] = [`${event.eventName}.${path[0]}`, String(path.at(-1))]
        if (event.eventName !== 'Posted' && (IMMATERIAL.has(first) || IMMATERIAL.has(last)))
          return []
        const tampered = changed(log, [index, 'args', ...path], other(value))
        return foundIn(tampered).length > 0 ? [] : [`${event.eventName} ${path.join('.')}`]
      }),
    )
    assert.deepEqual(unnoticed, [])
  })

  test('finds each event that is missing, and each that is told twice', () => {
    // The first only says when the ledger began, and a later close says more.
    const unnoticed = log.slice(1).flatMap((event, before) => {
      const index = before + 1
      const without = foundIn(log.filter((_, at) => at !== index))
      const twice = foundIn([...log.slice(0, index + 1), ...log.slice(index)])
      const isState = STATES.has(`${event.of.name}.${event.eventName}`)
      const name = `${index} ${event.eventName} of ${event.of.name}`
      return [
        ...(without.length > 0 ? [] : [`without ${name}`]),
        ...(twice.length > 0 || isState ? [] : [`twice ${name}`]),
      ]
    })
    assert.deepEqual(unnoticed, [])
  })

  test('finds what is beyond a bound', () => {
    const attested = log.find(({ eventName }) => eventName === 'Attested') as CityEvent
    const args = { ...attested.args, round: 2n, units: 6_399n }
    assert.ok(foundIn([...log, { ...attested, args }]).includes('M1-attested'))
    const saying = (text: string, answer: Answer) => {
      const call = [...answers.keys()].find((one) => one.startsWith(text))
      return idsIn(log, new Map([...answers, [call as string, answer]]))
    }
    const [ofWon, ofGold] = [plan.deposits[0], plan.commodities[0]].map(
      (place) => `latestRoundData() of ReserveOracle ${place?.oracle.address}`,
    ) as [string, string]
    assert.ok(saying(ofWon, { 0: 1n, 1: 6_399n, 3: TODAY }).includes('M1-reserve'))
    assert.ok(saying(ofGold, { 0: 1n, 1: 499n, 3: TODAY }).includes('G1-reserve'))
    assert.ok(saying('allocatedOf(', 499n).includes('G1-backing'))
    assert.ok(saying('CAP()', 800n).includes('F1-cap'))
    assert.ok(saying('totalFees()', 100n).includes('F3-free'))
  })

  test('finds a mint on a stale attestation, and a bar that goes another way than out', () => {
    const minted = log.findIndex(({ eventName }) => eventName === 'Minted')
    const late = changed(log, [minted, 'timestamp'], TODAY + 86_400n)
    assert.deepEqual(foundIn(late), ['M1-mints'])
    const moved = log.findIndex(
      ({ args }) => 'receiptId' in args && 'state' in args && args.state === 2,
    )
    const [before, event] = [log.slice(0, moved + 1), log[moved] as CityEvent]
    const again = { ...event, args: { ...event.args, state: 3 } }
    assert.ok(foundIn([...before, again, ...log.slice(moved + 1)]).includes('G1-forward'))
  })

  test('has no claim that no tampering turns red', () => {
    const kindOf = (id: string) => id.replace(/-\d+$/, '')
    const seen = new Set([...red].map(kindOf))
    const unseen = claims.map(({ id }) => kindOf(id)).filter((id) => !seen.has(id))
    assert.deepEqual(unseen, [])
  })
})
