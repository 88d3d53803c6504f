import type { Block } from '@busan/chain-spec'
import { type Message, signedPart, type Validator } from '@busan/qbft'

/** How far a message shows its author to be within a round; a round change stands before the round's start. */
export type Stage = 'round-change' | 'proposal' | 'prepare' | 'commit'

/** What is known of a validator from the messages it signed. */
export interface Sighting {
  /** On our clock, milliseconds since the epoch. */
  readonly lastSeenMs: number
  readonly height: bigint
  readonly round: number
  readonly stage: Stage
  /**
   * How far ahead of ours the clock of its latest proposal was, in milliseconds; absent when it was not. Late
   * arrival looks like a slow clock, so that proposals say nothing about clocks behind ours.
   */
  readonly aheadMs?: number
}

/** Who was seen, when, and how far along; only validators are kept. */
export interface Attendance {
  note(message: Message<Block>, seen: { readonly atMs: number; readonly isRepeated: boolean }): void
  of(validator: Validator): Sighting | undefined
  /** The greatest height that anyone was seen to work on; -1 when nobody was. */
  highest(): bigint
  /** Forgets everyone else. */
  keepOnly(validators: readonly Validator[]): void
}

const STAGES: readonly Stage[] = ['round-change', 'proposal', 'prepare', 'commit']

/** Nobody seen. */
export function createAttendance(): Attendance {
  const sightings = new Map<Validator, Sighting>()
  return {
    note(message, { atMs, isRepeated }) {
      const { author, payload } = signedPart(message)
      const known = sightings.get(author)
      const { height, round } = payload
      const progress = { height, round, stage: message.type }
      const furthest = known !== undefined && isBeyond(known, progress) ? known : progress
      const aheadMs = isRepeated ? undefined : clockAheadMs(message, atMs)
      sightings.set(author, {
        lastSeenMs: atMs,
        height: furthest.height,
        round: furthest.round,
        stage: furthest.stage,
        ...aheadField(aheadMs ?? known?.aheadMs ?? 0),
      })
    },
    of: (validator) => sightings.get(validator),
    highest: () =>
      [...sightings.values()].reduce((top, { height }) => (height > top ? height : top), -1n),
    keepOnly(validators) {
      for (const known of sightings.keys()) {
        if (!validators.includes(known)) sightings.delete(known)
      }
    },
  }
}

type Progress = Pick<Sighting, 'height' | 'round' | 'stage'>

function isBeyond(a: Progress, b: Progress): boolean {
  if (a.height !== b.height) return a.height > b.height
  if (a.round !== b.round) return a.round > b.round
  return STAGES.indexOf(a.stage) > STAGES.indexOf(b.stage)
}

/** A block made for this proposal carries its maker's time; a block proposed again carries an older one. */
function clockAheadMs(message: Message<Block>, atMs: number): number | undefined {
  if (message.type !== 'proposal') return undefined
  const { author, payload } = message.proposal
  const { coinbase, timestamp } = payload.block.header
  return coinbase === author ? Math.max(0, Number(timestamp) * 1000 - atMs) : undefined
}

function aheadField(aheadMs: number): { readonly aheadMs?: number } {
  return aheadMs > 0 ? { aheadMs } : {}
}
