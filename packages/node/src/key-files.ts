import { open, readFile, stat } from 'node:fs/promises'
import { CodedError, errorMessage, isPrivateKey, privateKeyToAddress } from '@busan/primitives'
import { decryptSecret, encryptSecret, type Keystore } from './keystore.ts'

/** Writes an encrypted key file, mode 0600. @throws CodedError `file-exists` rather than overwrite. */
export async function writeKeyFile(path: string, keystore: Keystore): Promise<void> {
  await writeNewFile(path, `${JSON.stringify(keystore, null, 2)}\n`, 0o600)
}

/** Creates a file that must not exist yet, and puts it on disk. @throws CodedError `file-exists` */
export async function writeNewFile(path: string, text: string, mode: number): Promise<void> {
  try {
    const file = await open(path, 'wx', mode)
    await file.writeFile(text)
    await file.sync()
    await file.close()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new CodedError(
        'file-exists',
        `${path} exists already; remove it yourself if it is not needed`,
        { cause },
      )
    }
    throw cause
  }
}

/**
 * Opens a key file.
 * @throws CodedError `key-file-unreadable`, `key-file-exposed`, `invalid-key-file`, `wrong-password`
 */
export async function readKeyFile(path: string, password: string): Promise<Uint8Array> {
  const text = await readText(path)
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) {
    throw new CodedError(
      'key-file-exposed',
      `${path} can be read by others (mode ${(mode & 0o777).toString(8)}); run: chmod 600 ${path}`,
    )
  }
  let keystore: Keystore
  try {
    keystore = JSON.parse(text) as Keystore
  } catch (cause) {
    throw new CodedError('invalid-key-file', `${path} is not JSON: ${errorMessage(cause)}`, {
      cause,
    })
  }
  try {
    return await decryptSecret(keystore, password)
  } catch (cause) {
    if (cause instanceof CodedError)
      throw new CodedError(cause.code, `${path}: ${cause.message}`, { cause })
    throw cause
  }
}

/** As {@link readKeyFile} for a validator: 32 bytes that are a secp256k1 key. */
export async function readValidatorKey(path: string, password: string): Promise<Uint8Array> {
  const key = await readKeyFile(path, password)
  if (!isPrivateKey(key))
    throw new CodedError('invalid-key-file', `${path} does not hold a secp256k1 private key`)
  return key
}

/** The first line of a password file, without its line end. @throws CodedError `key-file-unreadable` */
export async function readPassword(path: string | undefined): Promise<string> {
  if (path === undefined) {
    throw new CodedError('password-missing', 'a key file is set but no --key-password-file')
  }
  return (await readText(path)).split(/\r?\n/)[0] ?? ''
}

/** Encrypts a validator's key. @param n scrypt work factor, see {@link encryptSecret} */
export function encryptValidatorKey(
  key: Uint8Array,
  password: string,
  n?: number,
): Promise<Keystore> {
  return encryptSecret(key, password, {
    address: privateKeyToAddress(key),
    ...(n === undefined ? {} : { n }),
  })
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new CodedError('key-file-unreadable', `cannot read ${path}: ${errorMessage(cause)}`, {
      cause,
    })
  }
}
