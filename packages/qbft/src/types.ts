import type { Address, Hash } from '@busan/primitives'

/** A validator is its account address. Lists of validators are ascending by address. */
export type Validator = Address

/** 65 bytes r‖s‖v (v in {0, 1}, low s) over the block's seal hash. */
export type CommitSeal = Uint8Array

/** The leader's block for a round. */
export interface ProposalPayload<B> {
  readonly type: 'proposal'
  readonly height: bigint
  readonly round: number
  /** Proposal variant: extraData carries `round` and no seals. */
  readonly block: B
}

/** A vote for the proposal of a round: its author has checked the block. */
export interface PreparePayload {
  readonly type: 'prepare'
  readonly height: bigint
  readonly round: number
  /** Seal hash of the accepted proposal (round kept, seals empty). */
  readonly digest: Hash
}

/** A vote to finalise: its author holds a quorum of prepares. */
export interface CommitPayload {
  readonly type: 'commit'
  readonly height: bigint
  readonly round: number
  readonly digest: Hash
  readonly seal: CommitSeal
}

/** What a round change signs. */
export interface RoundChangePayload {
  readonly type: 'round-change'
  readonly height: bigint
  /** The round the author wants to enter, at least 1. */
  readonly round: number
  /** The latest round the author was prepared in, and the digest it prepared there. */
  readonly prepared?: { readonly round: number; readonly digest: Hash }
}

/** The signed part of any message. */
export type Payload<B> = ProposalPayload<B> | PreparePayload | CommitPayload | RoundChangePayload

/** A payload with its author's signature; whoever holds one has checked that the signature is the author's. */
export interface Signed<P> {
  readonly payload: P
  readonly author: Validator
  /** 65 bytes r‖s‖v over keccak256(RLP([code, payload])). */
  readonly signature: Uint8Array
}

/** The leader's proposal with what justifies it in a round above 0. */
export interface ProposalMessage<B> {
  readonly type: 'proposal'
  readonly proposal: Signed<ProposalPayload<B>>
  readonly roundChanges: readonly Signed<RoundChangePayload>[]
  readonly prepares: readonly Signed<PreparePayload>[]
}

export interface PrepareMessage {
  readonly type: 'prepare'
  readonly prepare: Signed<PreparePayload>
}

export interface CommitMessage {
  readonly type: 'commit'
  /** The seal inside is the author's too: whoever holds the message has checked that. */
  readonly commit: Signed<CommitPayload>
}

/** A wish to enter a round, with the proof of what its author is locked on. */
export interface RoundChangeMessage<B> {
  readonly type: 'round-change'
  readonly roundChange: Signed<RoundChangePayload>
  /** The block that was prepared, as prepared; present exactly when the payload has `prepared`. */
  readonly block?: B
  readonly prepares: readonly Signed<PreparePayload>[]
}

/** The messages on the wire, with what they carry outside the signed part. */
export type Message<B> = ProposalMessage<B> | PrepareMessage | CommitMessage | RoundChangeMessage<B>

/** A message that the machine wants sent, before the driver signs it. */
export type UnsignedMessage<B> =
  | {
      readonly type: 'proposal'
      readonly payload: ProposalPayload<B>
      readonly roundChanges: readonly Signed<RoundChangePayload>[]
      readonly prepares: readonly Signed<PreparePayload>[]
    }
  | { readonly type: 'prepare'; readonly payload: PreparePayload }
  /** The driver makes the seal over `sealHash` and puts it into the payload. */
  | {
      readonly type: 'commit'
      readonly payload: Omit<CommitPayload, 'seal'>
      readonly sealHash: Hash
    }
  | {
      readonly type: 'round-change'
      readonly payload: RoundChangePayload
      readonly block?: B
      readonly prepares: readonly Signed<PreparePayload>[]
    }

/** Proof that a block was prepared: what a later round must honour. */
export interface PreparedCertificate<B> {
  readonly round: number
  readonly digest: Hash
  readonly block: B
  /** At least a quorum, distinct authors. */
  readonly prepares: readonly Signed<PreparePayload>[]
}

/** What the machine needs to know about blocks; pure functions. The machine never opens a block itself. */
export interface BlockRules<B> {
  height(block: B): bigint
  /** The round in the block's extraData. */
  round(block: B): number
  /** The proposer that made the block first (header coinbase). */
  coinbase(block: B): Validator
  /** Seal hash of the block as it stands: identifies it within its round. */
  digest(block: B): Hash
  /** The same block with only the round in extraData replaced. */
  withRound(block: B, round: number): B
}

/** A vote to add or to drop a validator, carried in a header's extraData. */
export interface Vote {
  readonly recipient: Address
  /** false: drop. */
  readonly add: boolean
}

/** Votes cast in headers since the last epoch block and the set they lead to: the next block's validators. */
export interface ValidatorState {
  /** Ascending. */
  readonly validators: readonly Validator[]
  /** subject -> voters, for adding and for dropping. */
  readonly addVotes: ReadonlyMap<Address, readonly Validator[]>
  readonly dropVotes: ReadonlyMap<Address, readonly Validator[]>
}
