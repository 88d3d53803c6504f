import type { Hash } from '@busan/primitives'
import type { Message } from './types.ts'

/** All that can happen to a validator at one height. Signatures inside messages are already verified. */
export type Input<B> =
  /** The earliest moment at which the next block may be proposed. */
  | { readonly type: 'block-timeout' }
  | { readonly type: 'round-timeout'; readonly round: number }
  /** From peers and from ourselves, through the same door. */
  | { readonly type: 'message'; readonly message: Message<B> }
  /** Answer to `build-block`; the block's extraData carries `round`. */
  | { readonly type: 'block-built'; readonly round: number; readonly block: B }
  /** Answer to `check-block`. */
  | { readonly type: 'block-checked'; readonly digest: Hash; readonly valid: boolean }
