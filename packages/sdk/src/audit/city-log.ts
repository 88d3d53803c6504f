import type { ContractEventName, GetEventArgs, Hex } from 'viem'
import type { ABIS } from '../../generated/abis.ts'
import type { ContractName } from '../deployments.ts'
import type { At } from './claim.ts'

/** Arguments that are not indexed too, each of them one value. */
interface AllOfThem {
  EnableUnion: false
  IndexedOnly: false
  Required: true
}
type NamesOf<Name extends ContractName> = ContractEventName<(typeof ABIS)[Name]>

/** An event of a contract with its arguments as the ABI types them. */
export type EventOf<Name extends ContractName> = {
  readonly [EventName in NamesOf<Name>]: Occurrence & {
    readonly eventName: EventName
    readonly args: GetEventArgs<(typeof ABIS)[Name], EventName, AllOfThem>
  }
}[NamesOf<Name>]

/** Where an event stands on the chain. */
export interface Occurrence {
  readonly blockNumber: bigint
  /** Seconds since the epoch. */
  readonly timestamp: bigint
  readonly logIndex: number
  readonly transactionHash: Hex
}

/** An event of some contract. */
export interface CityEvent extends Occurrence {
  readonly of: At
  readonly eventName: string
  readonly args: object
}

/** Events of the audited contracts in the order of the chain. */
export type CityLog = readonly CityEvent[]

/** The events of one contract, in their order. */
export function eventsOf<Name extends ContractName>(
  log: CityLog,
  of: At<Name>,
): readonly EventOf<Name>[] {
  return log.filter((event) => event.of.address === of.address) as never
}

/** The events of one name, in their order. */
export function named<
  Name extends ContractName,
  const EventName extends EventOf<Name>['eventName'],
>(
  events: readonly EventOf<Name>[],
  eventName: EventName,
): readonly Extract<EventOf<Name>, { readonly eventName: EventName }>[] {
  return events.filter((event) => event.eventName === eventName) as never
}
