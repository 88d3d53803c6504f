// The commands that make keys, genesis files and network folders, as an operator types them.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { busan } from './chain-process.ts'

let folder: string
const file = (name: string) => path.join(folder, name)
const ok = async (...args: string[]): Promise<string> => {
  const { code, output } = await busan(args)
  assert.equal(code, 0, output)
  return output.trim()
}

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'busan-commands-'))
  await writeFile(file('password'), 'correct horse\n', { mode: 0o600 })
})
after(() => rm(folder, { recursive: true, force: true }))

describe('busan keys', () => {
  it('makes a key that only the password opens, and never overwrites it', async () => {
    const password = ['--password-file', file('password')]
    const address = await ok('keys', 'new', file('validator.json'), ...password)
    assert.match(address, /^0x[0-9a-fA-F]{40}$/)
    assert.equal(await ok('keys', 'address', file('validator.json'), ...password), address)
    assert.equal((await stat(file('validator.json'))).mode & 0o777, 0o600)
    const again = await busan(['keys', 'new', file('validator.json'), ...password])
    assert.equal(again.code, 73)
    assert.match(again.output, /\[file-exists\]/)
  })

  it("imports Besu's plain hex keys and makes peer identities", async () => {
    const password = ['--password-file', file('password')]
    await writeFile(file('besu.hex'), `${'0'.repeat(63)}1`)
    const address = await ok('keys', 'import', file('besu.hex'), file('imported.json'), ...password)
    assert.equal(address, '0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf')
    const peerId = await ok('keys', 'new', file('p2p.json'), '--p2p', ...password)
    assert.equal(await ok('keys', 'peer-id', file('p2p.json'), ...password), peerId)
    await writeFile(file('broken.hex'), 'not a key')
    const broken = await busan(['keys', 'import', file('broken.hex'), file('x.json'), ...password])
    assert.match(broken.output, /64 hex digits expected.*\[invalid-key-file\]/)
  })
})

describe('busan genesis', () => {
  it('fills a template with validators, and its hash depends on them', async () => {
    const address = (digit: string) => `0x${digit.repeat(40)}`
    const validators = ['1', '2', '3', '4'].map(address)
    const create = (out: string, list: string[]) =>
      ok('genesis', 'create', '--network', 'testnet', '--validators', list.join(','), '--out', out)
    const said = await create(file('genesis.json'), validators)
    const hash = await ok('genesis', 'hash', file('genesis.json'))
    assert.match(hash, /^0x[0-9a-f]{64}$/)
    assert.ok(said.includes(hash))
    assert.equal(JSON.parse(await readFile(file('genesis.json'), 'utf8')).config.chainId, 51_052)
    await create(file('other.json'), [...validators.slice(1), address('5')])
    assert.notEqual(await ok('genesis', 'hash', file('other.json')), hash)
  })

  it('refuses what is no address, and the same one twice', async () => {
    const create = (list: string) =>
      busan(['genesis', 'create', '--validators', list, '--out', file('no.json')])
    const one = `0x${'1'.repeat(40)}`
    assert.match((await create('0x12')).output, /not a 20-byte 0x address: 0x12/)
    assert.match((await create(`${one},${one}`)).output, /an address stands twice/)
  })
})

describe('busan init and health', () => {
  it('writes a network folder once', async () => {
    const said = await ok('init', file('network'), '--validators', '4', '--network', 'testnet')
    assert.match(said, /docker compose up/)
    const compose = await readFile(path.join(file('network'), 'compose.yaml'), 'utf8')
    for (const wanted of ['validator-4:', 'read_only: true', 'cap_drop', '127.0.0.1:']) {
      assert.ok(compose.includes(wanted), wanted)
    }
    const config = await readFile(path.join(file('network'), 'validator-1', 'config.toml'), 'utf8')
    assert.match(config, /\/dns4\/validator-2\/tcp\/30303\/p2p\//)
    const again = await busan(['init', file('network')])
    assert.equal(again.code, 73)
    assert.match(again.output, /not empty/)
  })

  it('says that nobody answers, with exit code 1', async () => {
    const { code, output } = await busan(['health', '--rpc', 'http://127.0.0.1:1'])
    assert.equal(code, 1)
    assert.match(output, /no answer from http:\/\/127.0.0.1:1.*\[unhealthy\]/)
  })

  it('suggests the command that was meant', async () => {
    const { code, output } = await busan(['devnt'])
    assert.notEqual(code, 0)
    assert.match(output, /Did you mean devnet\?/)
  })
})
