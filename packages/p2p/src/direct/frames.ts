import type { Stream } from '@libp2p/interface'
import { type LengthPrefixedStream, lpStream } from '@libp2p/utils'
import { networkPrefix } from '../gossip/topics.ts'
import { DIRECT_LIMITS } from '../limits.ts'

/** Protocol id of the direct consensus streams of one network. */
export function directProtocol(genesisHash: string): string {
  return `${networkPrefix(genesisHash)}/qbft-direct/1`
}

/** Asks "are you still reading?", and answers it; shorter than any envelope. */
export const PROBE = Uint8Array.of(0)

/** True for a probe or the answer to one. */
export function isProbe(frame: Uint8Array): boolean {
  return frame.length === PROBE.length && frame[0] === PROBE[0]
}

/** Length-prefixed frames: envelopes and probes one way, answers the other. */
export function directFrames(stream: Stream, frameMaxBytes: number): LengthPrefixedStream {
  return lpStream(stream, {
    maxDataLength: frameMaxBytes,
    // Several frames may arrive in one turn, before the first is read.
    maxBufferSize: frameMaxBytes + DIRECT_LIMITS.backlogMaxBytes,
  })
}
