import {
  encryptSecret,
  encryptValidatorKey,
  readKeyFile,
  readPassword,
  readValidatorKey,
  writeKeyFile,
} from '@busan/node'
import { generateIdentity, identityToPeerId } from '@busan/p2p'
import {
  bytesToHex,
  CodedError,
  hexToBytes,
  isHex,
  isPrivateKey,
  privateKeyToAddress,
  toChecksumAddress,
} from '@busan/primitives'
import { Command } from 'commander'
import { freshPrivateKey } from '../fresh-private-key.ts'
import { readTextFile } from '../read-file.ts'

/** `busan keys`: make, import and inspect encrypted key files. */
export function keysCommand(): Command {
  const keys = new Command('keys').description(
    'make and read encrypted key files (Web3 Secret Storage v3)',
  )
  keys
    .command('new')
    .description('make a validator key, or with --p2p a peer identity')
    .argument('<file>', 'key file to write; must not exist')
    .requiredOption('--password-file <file>', 'its first line encrypts the key')
    .option('--p2p', 'make a libp2p identity instead of a validator key')
    .action(async (file: string, options: { passwordFile: string; p2p?: boolean }) => {
      const password = await readPassword(options.passwordFile)
      console.log(
        options.p2p ? await newIdentity(file, password) : await newValidatorKey(file, password),
      )
    })
  keys
    .command('import')
    .description('encrypt an existing validator key')
    .argument('<hex-file>', 'file that holds 32 bytes of hex, as Besu writes it')
    .argument('<file>', 'key file to write; must not exist')
    .requiredOption('--password-file <file>', 'its first line encrypts the key')
    .action(async (hexFile: string, file: string, options: { passwordFile: string }) => {
      const key = parseHexKey(await readTextFile(hexFile, 'private key'), hexFile)
      await writeKeyFile(
        file,
        await encryptValidatorKey(key, await readPassword(options.passwordFile)),
      )
      console.log(toChecksumAddress(privateKeyToAddress(key)))
    })
  keys
    .command('address')
    .description('print the account address of a validator key file')
    .argument('<file>')
    .requiredOption('--password-file <file>')
    .action(async (file: string, options: { passwordFile: string }) => {
      const key = await readValidatorKey(file, await readPassword(options.passwordFile))
      console.log(toChecksumAddress(privateKeyToAddress(key)))
    })
  keys
    .command('peer-id')
    .description('print the peer id of an identity key file')
    .argument('<file>')
    .requiredOption('--password-file <file>')
    .action(async (file: string, options: { passwordFile: string }) => {
      console.log(
        identityToPeerId(await readKeyFile(file, await readPassword(options.passwordFile))),
      )
    })
  return keys
}

async function newValidatorKey(file: string, password: string): Promise<string> {
  const key = freshPrivateKey()
  await writeKeyFile(file, await encryptValidatorKey(key, password))
  return toChecksumAddress(privateKeyToAddress(key))
}

async function newIdentity(file: string, password: string): Promise<string> {
  const identity = await generateIdentity()
  const peerId = identityToPeerId(identity)
  await writeKeyFile(file, await encryptSecret(identity, password, { peerId }))
  return peerId
}

function parseHexKey(text: string, file: string): Uint8Array {
  const trimmed = text.trim()
  const hex = trimmed.startsWith('0x') ? trimmed : `0x${trimmed}`
  const key = isHex(hex) ? hexToBytes(hex) : new Uint8Array(0)
  if (!isPrivateKey(key)) {
    throw new CodedError(
      'invalid-key-file',
      `${file} does not hold a private key: 64 hex digits expected, got ${bytesToHex(key).length - 2}`,
    )
  }
  return key
}
