import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import {
  decryptSecret,
  encryptSecret,
  encryptValidatorKey,
  readValidatorKey,
  writeKeyFile,
} from '@busan/node'
import { hexToBytes, isCodedError } from '@busan/primitives'

// The scrypt example of the Web3 Secret Storage definition.
const PUBLISHED = {
  version: 3,
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
    ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
    kdf: 'scrypt',
    kdfparams: {
      dklen: 32,
      n: 262144,
      r: 1,
      p: 8,
      salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19',
    },
    mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097',
  },
} as const

const key = hexToBytes(`0x${'11'.repeat(32)}`)
let folder = ''
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'busan-keys-'))
})
after(() => rm(folder, { recursive: true, force: true }))

describe('keystore', () => {
  it('opens the published version 3 example', async () => {
    const secret = await decryptSecret(PUBLISHED, 'testpassword')
    assert.deepEqual(
      secret,
      hexToBytes('0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d'),
    )
  })
  it('gives back what it encrypted, and nothing for another password', async () => {
    const keystore = await encryptSecret(key, 'right', { n: 1024 })
    assert.deepEqual(await decryptSecret(keystore, 'right'), key)
    await assert.rejects(decryptSecret(keystore, 'wrong'), (error) =>
      isCodedError(error, 'wrong-password'),
    )
    assert.ok(!JSON.stringify(keystore).includes('11'.repeat(16)))
  })
  it('refuses absurd work factors before working', async () => {
    const keystore = await encryptSecret(key, 'x', { n: 1024 })
    const hostile = {
      ...keystore,
      crypto: { ...keystore.crypto, kdfparams: { ...keystore.crypto.kdfparams, n: 2 ** 40 } },
    }
    await assert.rejects(
      async () => decryptSecret(hostile, 'x'),
      (error) => isCodedError(error, 'invalid-key-file'),
    )
  })
})

describe('key files', () => {
  it('are private to their owner, and refused when they are not', async () => {
    const file = path.join(folder, 'validator.key.json')
    await writeKeyFile(file, await encryptValidatorKey(key, 'pw', 1024))
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.deepEqual(await readValidatorKey(file, 'pw'), key)
    await chmod(file, 0o644)
    await assert.rejects(readValidatorKey(file, 'pw'), (error) =>
      isCodedError(error, 'key-file-exposed'),
    )
  })
  it('are never overwritten', async () => {
    const file = path.join(folder, 'again.key.json')
    const keystore = await encryptValidatorKey(key, 'pw', 1024)
    await writeKeyFile(file, keystore)
    await assert.rejects(writeKeyFile(file, keystore), (error) =>
      isCodedError(error, 'file-exists'),
    )
  })
})
