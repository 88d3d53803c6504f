import { CodedError } from '@busan/primitives'

/** Every code that this package throws, with what it means to the caller. */
export const P2P_ERROR_CODES = {
  'invalid-identity': 'the identity bytes are not a libp2p private key',
  'invalid-peer-address': 'a peer address is not a multiaddr that ends in /p2p/ID',
  'invalid-listen-address': 'a listen or announce address is not a TCP multiaddr',
  'listen-failed': 'a listen address could not be bound',
  'message-too-large': 'a message exceeds the limit of its topic',
  'peer-not-connected': 'the peer of a request has no open connection',
  'protocol-unsupported': 'the peer does not speak the protocol of a request',
  'request-timed-out': 'the peer did not answer before the deadline',
  'request-failed': 'the stream of a request broke',
  'malformed-response': 'the peer answered with bytes that break the protocol',
} as const

/** One of {@link P2P_ERROR_CODES}. */
export type P2pErrorCode = keyof typeof P2P_ERROR_CODES

/** Builds an error of this package. */
export function p2pError(
  code: P2pErrorCode,
  message: string,
  options: { details?: Record<string, unknown>; cause?: unknown } = {},
): CodedError<P2pErrorCode> {
  return new CodedError(code, message, options)
}
