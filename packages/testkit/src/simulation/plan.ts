// What is done to a simulated network: independent items, so that a failing plan can be cut down item by item.
import type { ActName } from './adversary/acts.ts'
import type { DeceitName } from './adversary/deceits.ts'

/** Times are milliseconds since the start of the run; nodes are named by their index. */
export type PlanItem =
  | ({ readonly kind: 'weather' } & Weather & Span)
  /** Nodes of different groups do not reach each other. */
  | ({ readonly kind: 'partition'; readonly groups: readonly (readonly number[])[] } & Span)
  /** What `from` sends does not reach `to`; the other way is open. */
  | ({
      readonly kind: 'one-way'
      readonly from: readonly number[]
      readonly to: readonly number[]
    } & Span)
  /** The power goes at a moment, and comes back. */
  | {
      readonly kind: 'crash'
      readonly node: number
      readonly atMs: number
      readonly downMs: number
    }
  /** The power goes while the node's `write`th journal write is under way, and comes back. */
  | {
      readonly kind: 'crash-at-write'
      readonly node: number
      readonly write: number
      readonly downMs: number
    }
  /** The power goes at a moment, and what comes back has a blank journal; with its block it is not believed. */
  | { readonly kind: 'wipe'; readonly node: number; readonly atMs: number; readonly downMs: number }
  /** The node's clock is off until the network heals. */
  | { readonly kind: 'skew'; readonly node: number; readonly offsetMs: number }
  /** The node believes that it has to fetch blocks. */
  | ({ readonly kind: 'behind'; readonly node: number } & Span)
  /** Synchronization brings the blocks that reachable nodes have, in the middle of whatever goes on. */
  | { readonly kind: 'sync'; readonly node: number; readonly atMs: number }
  /** A liar treats what it sends in this way. */
  | ({ readonly kind: 'deceit'; readonly node: number; readonly name: DeceitName } & Span)
  /** A liar does this once. */
  | {
      readonly kind: 'act'
      readonly node: number
      readonly name: ActName
      readonly atMs: number
      readonly salt: number
    }

/** From a moment to another. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** How badly every link behaves. Probabilities are for each delivery. */
export interface Weather {
  readonly loss: number
  readonly duplication: number
  readonly delayMinMs: number
  readonly delayMaxMs: number
}

/** A vote that has all but one of the voices it needs when the run starts. */
export interface Ballot {
  readonly subject: number
  readonly add: boolean
}

/** All that a run depends on. */
export interface Scenario {
  readonly seed: number
  readonly theme: Theme
  /** Validators of the first height: nodes 0 to `validatorCount - 1`. */
  readonly validatorCount: number
  /** More than `validatorCount` when someone is to be voted in. */
  readonly nodeCount: number
  readonly liars: readonly number[]
  readonly ballot?: Ballot
  readonly requestTimeoutMs: number
  /** From here on the network is healthy; the liars are what they are. */
  readonly healMs: number
  readonly items: readonly PlanItem[]
}

/** What a scenario is about; several others come with most of them. */
export const THEMES = [
  'calm',
  'weather',
  'partition',
  'crash',
  'byzantine',
  'election',
  'clocks',
  'storm',
] as const
export type Theme = (typeof THEMES)[number]

/** Committee sizes that are simulated. */
export const SIZES = [1, 2, 3, 4, 5, 6, 7, 9, 10] as const

/** One item in words, for the report of a failure. */
export function describeItem(item: PlanItem): string {
  const { kind, ...details } = item
  return `${kind} ${JSON.stringify(details)}`
}
