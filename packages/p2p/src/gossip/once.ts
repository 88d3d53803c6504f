import { type Hash, keccakHash, Lru } from '@busan/primitives'
import type { GossipVerdict, PeerId } from '../types.ts'

/** What became of a message. */
export interface Judgement {
  readonly verdict: GossipVerdict
  /** Why, for the log; absent when the handler judged. */
  readonly reason?: string
}

/** A judgement, and whether this arrival brought it about. */
export interface Arrival extends Judgement {
  readonly isFirst: boolean
  /** The same peer had brought the same bytes before. */
  readonly isRepeatedByPeer: boolean
}

/** Transmissions remembered: some minutes of a large set's consensus. */
const TRANSMISSIONS_MAX = 4096

/**
 * Judges each transmission once, whatever ways it comes by: a later copy gets the first one's judgement for the
 * price of a hash. What no handler has judged (its payload was not to be had) is judged again, so that a peer that
 * announces what it does not give silences nobody else.
 */
export function createOnce(): (
  message: { readonly bytes: Uint8Array; readonly from: PeerId },
  judge: () => Promise<Judgement>,
) => Promise<Arrival> {
  const judged = new Lru<Hash, { readonly from: PeerId; readonly judgement: Promise<Judgement> }>(
    TRANSMISSIONS_MAX,
  )
  return async ({ bytes, from }, judge) => {
    const key = keccakHash(bytes)
    const known = judged.get(key)
    if (known !== undefined) {
      const judgement = await known.judgement
      const isRepeatedByPeer = known.from === from
      if (isFinal(judgement)) return { ...judgement, isFirst: false, isRepeatedByPeer }
    }
    const entry = { from, judgement: judge() }
    judged.set(key, entry)
    const judgement = await entry.judgement
    if (!isFinal(judgement) && judged.get(key) === entry) judged.delete(key)
    return { ...judgement, isFirst: true, isRepeatedByPeer: false }
  }
}

function isFinal({ verdict, reason }: Judgement): boolean {
  return verdict !== 'ignore' || reason === undefined
}
