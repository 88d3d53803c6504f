import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { isCodedError } from '@busan/primitives'
import { readRpcAccess } from '../src/rpc-access.ts'

const folder = await mkdtemp(path.join(tmpdir(), 'busan-access-'))
after(() => rm(folder, { recursive: true }))

const HASH = 'ab'.repeat(32)

async function fileOf(text: string, mode = 0o600): Promise<string> {
  const file = path.join(folder, String(Math.random()))
  await writeFile(file, text, { mode })
  return file
}

const read = (accessFile?: string, secretFile?: string, limit = 0) =>
  readRpcAccess({
    'rpc-access-file': accessFile,
    'rpc-jwt-secret-file': secretFile,
    'rpc-rate-limit': limit,
  })

test('without settings nobody is limited or asked for a key', async () => {
  assert.deepEqual(await read(), {})
})

test('keys, a secret and a rate are read', async () => {
  const keys = [{ name: 'partner', sha256: HASH, deny: ['debug_*'], rate: { unitsPerSecond: 5 } }]
  const [access, secret] = [await fileOf(JSON.stringify({ keys })), await fileOf(`0x${HASH}\n`)]
  assert.deepEqual(await read(access, secret, 50), {
    keys,
    requiresKey: false,
    jwtSecret: Uint8Array.from(Buffer.from(HASH, 'hex')),
    rate: { unitsPerSecond: 50 },
  })
})

for (const [what, text, words] of [
  ['text', 'no', /is not JSON/],
  ['a key in clear', '{"keys":[{"name":"a","key":"secret"}]}', /keys\.0\.sha256: .*keys\.0: .*key/],
  ['a foreign setting', '{"keys":[],"require":true}', /require/],
  [
    'a glob that is none',
    `{"keys":[{"name":"a","sha256":"${HASH}","allow":["eth.*"]}]}`,
    /allow\.0/,
  ],
  [
    'one name twice',
    JSON.stringify({ keys: [1, 2].map(() => ({ name: 'a', sha256: HASH })) }),
    /two keys have one name/,
  ],
] as const) {
  test(`an access file with ${what} is refused, and says where`, async () => {
    const file = await fileOf(text)
    await assert.rejects(read(file), (error) => {
      assert.ok(isCodedError(error, 'invalid-access-file'))
      assert.match(error.message, words)
      return true
    })
  })
}

test('a secret that is short, no hex, or open to others is refused', async () => {
  const refused = async (secretFile: string, code: string) =>
    assert.rejects(read(undefined, secretFile), (error) => isCodedError(error, code))
  await refused(await fileOf('abcd'), 'invalid-access-file')
  await refused(await fileOf('z'.repeat(64)), 'invalid-access-file')
  await refused(await fileOf(HASH, 0o644), 'key-file-exposed')
  await refused(path.join(folder, 'none'), 'file-unreadable')
})
