import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { p2pError } from './errors.ts'
import type { PeerId } from './types.ts'

/** A fresh Ed25519 identity as a protobuf-encoded libp2p private key. Keep it secret: it is who the node is. */
export async function generateIdentity(): Promise<Uint8Array> {
  return privateKeyToProtobuf(await generateKeyPair('Ed25519'))
}

/** @throws CodedError `invalid-identity` when the bytes are not a libp2p private key. */
export function identityToPeerId(identity: Uint8Array): PeerId {
  return peerIdFromPrivateKey(decodeIdentity(identity)).toString()
}

/** @throws CodedError `invalid-identity` when the bytes are not a libp2p private key. */
export function decodeIdentity(identity: Uint8Array): PrivateKey {
  try {
    return privateKeyFromProtobuf(identity)
  } catch (cause) {
    throw p2pError(
      'invalid-identity',
      `the node identity (${identity.length} bytes) is not a protobuf-encoded libp2p private key; generate one`,
      { cause },
    )
  }
}
