import { type Address, zeroAddress } from 'viem'
import { type CityLog, type EventOf, eventsOf } from './city-log.ts'
import { type At, type Claim, claimsOf, compare, never, view } from './claim.ts'

/** The fund's committee at a time. */
export interface CommitteeAt {
  readonly committee: At<'BifCommittee'>
  /** Time of the audited block, in seconds since the epoch. */
  readonly timestamp: bigint
}

interface Seat {
  readonly member: Address
  readonly nominator: number
  readonly until: bigint
}

const CITY = 0
const SEATS = 24
const NOBODY: Seat = { member: zeroAddress, nominator: CITY, until: 0n }

/** The city has more than half of the filled seats, now and after each change (invariant F2). */
export function committeeClaims(log: CityLog, place: CommitteeAt): readonly Claim[] {
  const { committee, timestamp } = place
  const seats = new Map<number, Seat>()
  const [lost, strange]: [string[], string[]] = [[], []]
  for (const event of eventsOf(log, committee)) {
    const { blockNumber, timestamp: time } = event
    if (!take(seats, event)) strange.push(`${event.eventName} in block ${blockNumber}`)
    if (!hasMajority(seats, time)) lost.push(`after block ${blockNumber}`)
  }
  if (!hasMajority(seats, timestamp)) lost.push('at the audited block')
  const rows = Array.from({ length: SEATS }, (_, index) => {
    const seat = seats.get(index + 1)
    const sitting = seat !== undefined && seat.until > timestamp ? seat : NOBODY
    return Object.entries(sitting).map(([name, value]) =>
      compare(
        `seat ${index + 1} ${name}`,
        BigInt(value),
        view(committee, 'seatsAt', [Number(timestamp)], `${index}.${name}`),
      ),
    )
  })
  return claimsOf(committee, [
    never(
      'F2-majority',
      'the city has more than half of the filled seats, now and after each change',
      'Seated and Vacated events, with the times of their blocks',
      lost,
    ),
    never(
      'F2-vacated',
      'only members that sat left their seats',
      'Vacated events, against Seated events before',
      strange,
    ),
    {
      id: 'F2-seats',
      what: 'who sits, by whom and until when, is who was seated and whose term lasts',
      source: 'last Seated or Vacated event of each seat',
      unit: 'same',
      rows: rows.flat(),
    },
  ])
}

/** @returns false when a seat was vacated by a member that did not sit in it */
function take(seats: Map<number, Seat>, event: EventOf<'BifCommittee'>): boolean {
  const { eventName, args, timestamp } = event
  if (eventName === 'Seated') {
    const { seat, member, nominator, until } = args
    seats.set(seat, { member, nominator, until: BigInt(until) })
  }
  if (eventName !== 'Vacated') return true
  const seat = seats.get(args.seat)
  seats.delete(args.seat)
  return seat !== undefined && seat.member === args.member && seat.until > timestamp
}

function hasMajority(seats: ReadonlyMap<number, Seat>, time: bigint): boolean {
  const filled = [...seats.values()].filter(({ until }) => until > time)
  return (
    filled.length === 0 ||
    filled.filter(({ nominator }) => nominator === CITY).length * 2 > filled.length
  )
}
