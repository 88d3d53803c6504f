import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import {
  decryptSecret,
  encryptSecret,
  encryptValidatorKey,
  type Keystore,
  readValidatorKey,
  writeKeyFile,
} from '@busan/node'
import { bytesToHex, hexToBytes, isCodedError } from '@busan/primitives'
import { decryptKeystoreJson, encryptKeystoreJson, Wallet } from 'ethers'

const key = hexToBytes(`0x${'11'.repeat(32)}`)
let folder = ''
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'busan-keys-'))
})
after(() => rm(folder, { recursive: true, force: true }))

/** ethers spells the section "Crypto", as the first wallets did. */
function keystoreOf(text: string): Keystore {
  const { Crypto, ...rest } = JSON.parse(text)
  return { ...rest, crypto: rest.crypto ?? Crypto }
}

describe('keystore', () => {
  it('writes what wallets open, and opens what wallets write', async () => {
    const ours = JSON.stringify(await encryptValidatorKey(key, 'pw', 1024))
    assert.equal((await decryptKeystoreJson(ours, 'pw')).privateKey, bytesToHex(key))
    const { address } = new Wallet(bytesToHex(key))
    const options = { scrypt: { N: 1024, r: 8, p: 1 } }
    const theirs = await encryptKeystoreJson(
      { address, privateKey: bytesToHex(key) },
      'pw',
      options,
    )
    assert.deepEqual(await decryptSecret(keystoreOf(theirs), 'pw'), key)
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
