import { type CityLog, type EventOf, eventsOf, named } from './city-log.ts'
import { type At, compare, type Statement, type Unit, type View, view } from './claim.ts'

/** What was attested last, as the oracle stores it. */
export const reserveView = (oracle: At<'ReserveOracle'>): View =>
  view(oracle, 'latestRoundData', [], '1')

/**
 * The oracle says what attestors signed last, and what it attests covers the supply.
 * @param family of the invariant: M1 for deposits, G1 for metal
 */
export function reserveStatements(
  log: CityLog,
  { oracle, token }: { readonly oracle: At<'ReserveOracle'>; readonly token: At },
  family: string,
  unit: Unit,
): readonly Statement[] {
  const rounds: readonly EventOf<'ReserveOracle'>[] = eventsOf(log, oracle)
  const attested = named<'ReserveOracle', 'Attested'>(rounds, 'Attested')
  const last = attested.at(-1)?.args
  const reserve = reserveView(oracle)
  const field = (place: string) => view(oracle, 'latestRoundData', [], place)
  return [
    {
      id: `${family}-reserve`,
      what: 'the supply is at most the reserve attested last',
      relation: 'at-most',
      unit,
      source: `reserve attested in round ${last?.round ?? 'none'} of ReserveOracle`,
      rows: [{ label: 'supply', expected: [reserve], found: [view(token, 'totalSupply')] }],
    },
    {
      id: `${family}-attested`,
      what: 'the reserve is what attestors signed last',
      unit,
      source: 'units of the last Attested event of the oracle',
      rows: [compare('reserve', last?.units ?? 0n, reserve)],
    },
    {
      id: `${family}-rounds`,
      what: 'the oracle has the number and the time of the last attestation',
      unit: 'same',
      source: 'number of Attested events, attestedAt of the last',
      rows: [
        compare('round', BigInt(attested.length), field('0')),
        compare('attested at', last?.attestedAt ?? 0n, field('3')),
      ],
    },
  ]
}
