import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { generateIdentity } from '@busan/p2p'
import { bytesToHex, hexToBytes, privateKeyToAddress, signDigest } from '@busan/primitives'
import type { Signer } from '@busan/validator'
import { readKeyFile, readPassword, readValidatorKey, writeNewFile } from './key-files.ts'
import type { NodeConfig } from './options.ts'

/** The validator's signer, or undefined for a node that only follows. */
export async function loadSigner(config: NodeConfig): Promise<Signer | undefined> {
  const file = config['node-private-key-file']
  if (file === undefined) return undefined
  const key = await readValidatorKey(file, await readPassword(config['key-password-file']))
  return { address: privateKeyToAddress(key), sign: (digest) => signDigest(digest, key) }
}

/**
 * The libp2p identity from its key file. Without one a node that nobody needs to recognise makes an identity
 * in its data folder (mode 0600) and keeps it.
 */
export async function loadIdentity(config: NodeConfig): Promise<Uint8Array> {
  const file = config['p2p-identity-file']
  if (file !== undefined) return readKeyFile(file, await readPassword(config['key-password-file']))
  const own = path.join(config['data-path'], 'p2p.identity')
  if (existsSync(own)) return hexToBytes((await readFile(own, 'utf8')).trim())
  const identity = await generateIdentity()
  await writeNewFile(own, `${bytesToHex(identity)}\n`, 0o600)
  return identity
}
