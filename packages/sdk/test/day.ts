// Events as the city's contracts tell them, one a block, for audits to be tried on.
import { type Address, type Hex, keccak256, stringToHex, toHex, zeroHash } from 'viem'
import { journalHash } from '../src/audit/books.ts'
import type { CityEvent, EventOf } from '../src/audit/city-log.ts'
import type { At } from '../src/audit/claim.ts'
import type { TokenAt } from '../src/audit/token.ts'
import type { ContractName } from '../src/deployments.ts'

/** An address that the text stands for. */
export const address = (text: string) => keccak256(toHex(text)).slice(0, 42) as Address
/** The contract of this name. */
export const at = <Name extends ContractName>(name: Name): At<Name> => ({
  name,
  address: address(name),
})
/** A hash that the text stands for. */
export const word = (text: string): Hex => keccak256(toHex(text))
/** What is behind an official act, and every hash that no equality is about. */
export const ORDER = word('order')
/** September 2026, as KoreanTime.sol counts months; the city's contracts are of July. */
export const MONTH = 2026 * 12 + 8
const BEGUN = 1_783_000_000n
/** Seconds since the epoch: the day's first block. */
export const TODAY = 1_790_000_000n

/** A log that grows by an event a block. */
export class Day {
  readonly log: CityEvent[] = []
  #journals = 0n
  #hash: Hex = zeroHash

  /** What a contract says in the next block. */
  tell<Name extends ContractName, EventName extends EventOf<Name>['eventName']>(
    of: At<Name>,
    eventName: EventName,
    args: Extract<EventOf<Name>, { readonly eventName: EventName }>['args'],
  ): void {
    const blockNumber = BigInt(this.log.length)
    const timestamp = blockNumber === 0n ? BEGUN : TODAY + blockNumber
    const place = { blockNumber, timestamp, logIndex: 0 }
    this.log.push({ of, eventName, args: args as object, ...place, transactionHash: zeroHash })
  }

  /** A movement of a token; deposits where nothing else is said. */
  move(from: Address, to: Address, value: bigint, token: TokenAt = at('KrwDepositToken')): void {
    this.tell(token, 'Transfer', { from, to, value })
  }

  /** A journal of pairs: debited account, credited account, won. */
  post(kind: string, pairs: readonly (readonly [number, number, bigint])[], ref = 0n): void {
    const lines = pairs.flatMap(([debit, credit, amount]) => [
      { account: debit, amount },
      { account: credit, amount: -amount },
    ])
    this.#journals += 1n
    const content = {
      ...{ journal: this.#journals, kind: stringToHex(kind, { size: 32 }), month: MONTH, lines },
      ...{ docHash: ORDER, ref: toHex(ref, { size: 32 }) },
    }
    this.#hash = journalHash(this.#hash, content)
    this.tell(at('BifLedger'), 'Posted', { ...content, hash: this.#hash })
  }

  /** A month of the fund's books is closed. */
  close(month: number): void {
    const told = { journalCount: this.#journals, chainHash: this.#hash, reportHash: ORDER }
    this.tell(at('BifLedger'), 'MonthClosed', { month, ...told })
  }
}
