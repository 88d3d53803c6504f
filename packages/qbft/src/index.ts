export * from './block-rules.ts'
export { decodeCertificate, encodeCertificate } from './codec/certificate.ts'
export {
  COMPACT_PROPOSAL_CODE,
  type CompactProposal,
  encodeCompactProposal,
  openCompactProposal,
} from './codec/compact.ts'
export {
  decodeExtraData,
  type ExtraData,
  encodeExtraData,
  ROUND_MAX,
  VALIDATORS_MAX,
} from './codec/extra-data.ts'
export {
  type Admission,
  type DecodeReason,
  decodeMessage,
  encodeMessage,
  MESSAGE_SIZE_BYTES_MAX,
} from './codec/messages.ts'
export { MESSAGE_CODES, payloadDigest } from './codec/payloads.ts'
export * from './effect.ts'
export * from './errors.ts'
export { blockHash, sealHash, withRound, withSeals } from './hashing.ts'
export * from './header-rules.ts'
export * from './input.ts'
export * from './proposer.ts'
export * from './quorum.ts'
export { type Restored, signedPart } from './restore.ts'
export * from './sign-message.ts'
export { type HeightOptions, type HeightState, initHeight } from './state.ts'
export * from './status.ts'
export * from './step.ts'
export type { IgnoredReason, Transition } from './transition.ts'
export * from './types.ts'
export * from './validator-state.ts'
export { FUTURE_ROUNDS_MAX } from './voting.ts'
