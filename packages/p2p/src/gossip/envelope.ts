const NONCE_BYTES = 8

/**
 * Puts a fresh nonce before a message that may be sent again: a consensus message or a transaction batch. Its
 * gossip id differs each time, so that a retransmission is not taken for a duplicate, while the copies that
 * relays make of one transmission are.
 */
export function sealEnvelope(message: Uint8Array): Uint8Array {
  const envelope = new Uint8Array(NONCE_BYTES + message.length)
  crypto.getRandomValues(envelope.subarray(0, NONCE_BYTES))
  envelope.set(message, NONCE_BYTES)
  return envelope
}

/** The message without its nonce; undefined when there is none. */
export function openEnvelope(envelope: Uint8Array): Uint8Array | undefined {
  return envelope.length > NONCE_BYTES ? envelope.subarray(NONCE_BYTES) : undefined
}
