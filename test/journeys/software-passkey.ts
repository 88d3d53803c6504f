// An authenticator in software: a P-256 key that answers WebAuthn requests as a phone does, the user being verified.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { concat, toHex } from 'viem'
import { toWebAuthnAccount, type WebAuthnAccount } from 'viem/account-abstraction'

const RELYING_PARTY = 'citizen.busan.go.kr'
/** User present, user verified (WebAuthn, authenticator data). */
const FLAGS = 0x05

/** A new passkey, and how often its owner was asked. */
export function newPasskey(): { readonly passkey: WebAuthnAccount; touches(): number } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const id = randomBytes(16).toString('base64url')
  let count = 0

  function answer(challenge: Uint8Array) {
    count++
    const clientDataJSON = Buffer.from(
      JSON.stringify({
        type: 'webauthn.get',
        challenge: Buffer.from(challenge).toString('base64url'),
        origin: `https://${RELYING_PARTY}`,
        crossOrigin: false,
      }),
    )
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(count)
    const authenticatorData = Buffer.concat([sha256(RELYING_PARTY), Buffer.of(FLAGS), counter])
    const signed = Buffer.concat([authenticatorData, sha256(clientDataJSON)])
    return { authenticatorData, clientDataJSON, signature: sign('sha256', signed, privateKey) }
  }

  const passkey = toWebAuthnAccount({
    credential: {
      id,
      publicKey: concat([x, y].map((word) => toHex(Buffer.from(word, 'base64url')))),
    },
    rpId: RELYING_PARTY,
    getFn: async (options) => {
      const challenge = new Uint8Array(options?.publicKey?.challenge as ArrayBuffer)
      return { id, type: 'public-key', response: answer(challenge) } as never
    },
  })
  return { passkey, touches: () => count }
}

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest()
}
