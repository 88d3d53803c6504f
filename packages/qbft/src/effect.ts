import type { CommitSeal, UnsignedMessage, Validator } from './types.ts'

/** What the driver must do, in order. */
export type Effect<B> =
  /** Make a block for this height with us as coinbase and `round` in its extraData; answer `block-built`. */
  | { readonly type: 'build-block'; readonly round: number }
  /**
   * Judge a proposed block by every rule except the seals; answer `block-checked`. The answer is final: hold it
   * back while the block is merely early, or while its parent is still being imported.
   */
  | { readonly type: 'check-block'; readonly block: B }
  /**
   * Sign, journal and sync, with a commit also `state.prepared`; only then send to the others, and feed back as
   * a `message` input.
   */
  | { readonly type: 'broadcast'; readonly message: UnsignedMessage<B> }
  /** (Re)start the one round timer; its duration is the driver's business. */
  | { readonly type: 'start-round-timer'; readonly round: number }
  /** Decided: import `block` (round as committed) with these seals, in validator order. More may be added. */
  | {
      readonly type: 'commit-block'
      readonly block: B
      readonly round: number
      readonly seals: readonly { readonly author: Validator; readonly seal: CommitSeal }[]
    }
  /** Someone broke the protocol in a way that its own signatures prove. */
  | {
      readonly type: 'report'
      readonly author: Validator
      readonly evidence: 'equivocation' | 'invalid-block'
    }
