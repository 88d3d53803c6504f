import {
  createCipheriv,
  createDecipheriv,
  randomBytes,
  randomUUID,
  scrypt,
  timingSafeEqual,
} from 'node:crypto'
import { promisify } from 'node:util'
import { bytesToHex, CodedError, concatBytes, hexToBytes, keccak256 } from '@busan/primitives'

/** The encrypted form of a secret: Web3 Secret Storage version 3, which geth, Besu's tools and wallets read. */
export interface Keystore {
  readonly version: 3
  readonly id: string
  /** Of a validator key: its account address, without 0x. */
  readonly address?: string
  /** Of a p2p identity: its peer id. */
  readonly peerId?: string
  readonly crypto: {
    readonly cipher: 'aes-128-ctr'
    readonly cipherparams: { readonly iv: string }
    readonly ciphertext: string
    readonly kdf: 'scrypt'
    readonly kdfparams: {
      readonly n: number
      readonly r: number
      readonly p: number
      readonly dklen: 32
      readonly salt: string
    }
    readonly mac: string
  }
}

const deriveKey = promisify<
  string,
  Uint8Array,
  number,
  { N: number; r: number; p: number; maxmem: number },
  Uint8Array
>(scrypt as never)
const N_MAX = 1 << 20
const R_MAX = 64

/**
 * Encrypts a secret of any length.
 * @param options.n scrypt work factor, a power of two; 2^17 unless told (about 0.3 s)
 */
export async function encryptSecret(
  secret: Uint8Array,
  password: string,
  options: { address?: string; peerId?: string; n?: number } = {},
): Promise<Keystore> {
  const kdfparams = {
    n: options.n ?? 1 << 17,
    r: 8,
    p: 1,
    dklen: 32 as const,
    salt: digits(randomBytes(32)),
  }
  const derived = await derive(password, kdfparams)
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv)
  const ciphertext = concatBytes(cipher.update(secret), cipher.final())
  return {
    version: 3,
    id: randomUUID(),
    ...(options.address === undefined ? {} : { address: options.address.replace(/^0x/, '') }),
    ...(options.peerId === undefined ? {} : { peerId: options.peerId }),
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: digits(iv) },
      ciphertext: digits(ciphertext),
      kdf: 'scrypt',
      kdfparams,
      mac: digits(keccak256(concatBytes(derived.subarray(16, 32), ciphertext))),
    },
  }
}

/** @throws CodedError `invalid-key-file` for a file that is no keystore, `wrong-password` when the MAC differs. */
export async function decryptSecret(keystore: Keystore, password: string): Promise<Uint8Array> {
  const { crypto } = keystore
  if (keystore.version !== 3 || crypto?.cipher !== 'aes-128-ctr' || crypto.kdf !== 'scrypt') {
    throw new CodedError(
      'invalid-key-file',
      'not a version 3 key file with scrypt and aes-128-ctr; make one with "busan keys new"',
    )
  }
  const derived = await derive(password, crypto.kdfparams)
  const ciphertext = bytes(crypto.ciphertext)
  const mac = keccak256(concatBytes(derived.subarray(16, 32), ciphertext))
  const wanted = bytes(crypto.mac)
  if (wanted.length !== mac.length || !timingSafeEqual(mac, wanted)) {
    throw new CodedError('wrong-password', 'the password does not open this key file')
  }
  const decipher = createDecipheriv(
    'aes-128-ctr',
    derived.subarray(0, 16),
    bytes(crypto.cipherparams.iv),
  )
  return Uint8Array.from(concatBytes(decipher.update(ciphertext), decipher.final()))
}

function derive(password: string, params: Keystore['crypto']['kdfparams']): Promise<Uint8Array> {
  const { n, r, p, salt } = params
  if (!(n > 1 && n <= N_MAX && r > 0 && r <= R_MAX && p > 0 && p <= 16)) {
    throw new CodedError('invalid-key-file', `scrypt parameters out of range: n=${n} r=${r} p=${p}`)
  }
  return deriveKey(password.normalize('NFKC'), bytes(salt), 32, { N: n, r, p, maxmem: 256 * n * r })
}

function digits(value: Uint8Array): string {
  return bytesToHex(value).slice(2)
}

function bytes(value: string): Uint8Array {
  try {
    return hexToBytes(`0x${value}`)
  } catch (cause) {
    throw new CodedError('invalid-key-file', 'the key file holds text that is not hex', { cause })
  }
}
