import type { CatchUpPorts } from './catch-up.ts'

/** How far the head is behind what peers claim, and what proves it. */
export interface Lag {
  /** A peer claims more than we have. */
  isBehind(): boolean
  /** Credible peers claim more than gossip and consensus make up for by themselves. */
  isFar(): boolean
  /** A run of catching up starts. */
  begun(): void
  /** A peer's range has added `count` blocks so far. */
  imported(count: number): void
  /** Nothing is missing. */
  closed(): void
  /** The head when the node fell behind; undefined when it is not behind. */
  startingBlock(): bigint | undefined
  /** When a peer's range last showed us to be far behind; minus infinity before the first. */
  provenMs(): number
}

/** Blocks that gossip and consensus make up for without a word about syncing. */
const SMALL_GAP = 2n

/** @see Lag */
export function createLag(ports: Pick<CatchUpPorts, 'chain' | 'heads' | 'clock' | 'log'>): Lag {
  const { chain, heads, clock, log } = ports
  let startingBlock: bigint | undefined
  /** The operator has read that this node catches up. */
  let isTold = false
  let provenMs = Number.NEGATIVE_INFINITY
  const headNumber = () => chain.head().header.number

  return {
    isBehind: () => heads.highest() > headNumber(),
    isFar: () => heads.credible() - headNumber() > SMALL_GAP,
    begun() {
      startingBlock ??= headNumber()
    },
    imported(count) {
      // Blocks that came one by one may have been made a moment ago: no proof that there were more.
      if (count <= Number(SMALL_GAP)) return
      provenMs = clock.nowMs()
      if (isTold || startingBlock === undefined) return
      isTold = true
      log.info('catching up', { fromNumber: startingBlock, highestNumber: heads.highest() })
    },
    closed() {
      if (isTold) log.info('caught up', { fromNumber: startingBlock, number: headNumber() })
      isTold = false
      startingBlock = undefined
    },
    startingBlock: () => startingBlock,
    provenMs: () => provenMs,
  }
}
