// What people and strangers get wrong: each is answered clearly, and nothing crashes.
import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { busan, makeNetwork, rpc, type TestNetwork, until } from './chain-process.ts'

let network: TestNetwork
let folder: string
const config = (name: string) => path.join(network.folder, name, 'config.toml')

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'busan-bad-'))
  network = await makeNetwork({ validators: 1 })
})
after(async () => {
  await network.close()
  await rm(folder, { recursive: true, force: true })
})

describe('a node refuses to start', () => {
  it('with an unknown setting, naming the one that was meant', async () => {
    const { code, output } = await busan(['node', '--config', config('rpc')], {
      BUSAN_RPC_HTP_PORT: '1',
    })
    assert.equal(code, 78)
    assert.match(output, /BUSAN_RPC_HTP_PORT: unknown setting, did you mean BUSAN_RPC_HTTP_PORT\?/)
  })

  it('with a genesis that is not JSON, and one with a misspelt key', async () => {
    const broken = path.join(folder, 'broken.json')
    await writeFile(broken, '{ "config": { "chainId": ')
    assert.match((await startWithGenesis(broken)).output, /genesis.*\[invalid-genesis\]/s)

    const genesis = JSON.parse(await readFile(path.join(network.folder, 'genesis.json'), 'utf8'))
    const misspelt = path.join(folder, 'misspelt.json')
    const { blockperiodseconds, ...rest } = genesis.config.qbft
    await writeFile(
      misspelt,
      JSON.stringify({
        ...genesis,
        config: { ...genesis.config, qbft: { ...rest, blockperiodsecond: 1 } },
      }),
    )
    const { code, output } = await startWithGenesis(misspelt)
    assert.equal(code, 65)
    assert.match(output, /blockperiodsecond.*blockperiodseconds/s)
    assert.equal(typeof blockperiodseconds, 'number')
  })

  it('with the data folder of another genesis, naming both hashes', async () => {
    const used = await makeNetwork({ validators: 1 })
    used.rpcNode.start()
    await until(
      'RPC up',
      30_000,
      () => used.rpcNode.height(),
      () => true,
    )
    await used.rpcNode.end('SIGTERM')
    const { code, output } = await busan([
      'node',
      '--config',
      config('rpc'),
      '--data-path',
      path.join(used.folder, 'rpc', 'data'),
    ])
    await used.close()
    assert.equal(code, 78)
    assert.match(output, /0x[0-9a-f]{64}.*0x[0-9a-f]{64}.*\[genesis-mismatch\]/s)
  })

  it('with a port in use, naming it', async () => {
    const server: Server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const { code, output } = await busan([
      'node',
      '--config',
      config('rpc'),
      '--rpc-http-port',
      String(port),
    ])
    server.close()
    assert.equal(code, 69)
    assert.match(output, new RegExp(`${port}.*\\[listen-failed\\]`, 's'))
  })

  it('with a wrong password, a key that others can read, and a data folder in use', async () => {
    const password = path.join(folder, 'wrong')
    await writeFile(password, 'wrong\n', { mode: 0o600 })
    const wrong = await busan([
      'node',
      '--config',
      config('validator-1'),
      '--key-password-file',
      password,
    ])
    assert.equal(wrong.code, 77)
    assert.match(wrong.output, /\[wrong-password\]/)

    const exposed = path.join(folder, 'exposed.key.json')
    await cp(path.join(network.folder, 'validator-1', 'validator.key.json'), exposed)
    const { chmod } = await import('node:fs/promises')
    await chmod(exposed, 0o644)
    const refused = await busan([
      'node',
      '--config',
      config('validator-1'),
      '--node-private-key-file',
      exposed,
    ])
    assert.match(refused.output, /chmod 600.*\[key-file-exposed\]/s)

    network.rpcNode.start()
    await until(
      'RPC up',
      30_000,
      () => network.rpcNode.height(),
      () => true,
    )
    const second = await busan([
      'node',
      '--config',
      config('rpc'),
      '--rpc-http-port',
      '0',
      '--rpc-ws-port',
      '0',
      '--p2p-port',
      '0',
    ])
    assert.equal(second.code, 69)
    assert.match(second.output, /\[data-folder-in-use\]/)
  })
})

describe('a running node survives', () => {
  it('malformed, oversized and unknown requests, and says what was wrong', async () => {
    const { url } = network.rpcNode
    const bodies = [
      '',
      '{',
      '[]',
      '[[]]',
      'null',
      '1',
      '"x"',
      '{}',
      '{"jsonrpc":"2.0"}',
      '{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}',
      '\u0000',
      '{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}',
      `${'['.repeat(5000)}`,
      '{"__proto__":{"a":1},"id":1}',
      ...[
        '{}',
        '"0x"',
        '[1]',
        '["0x"]',
        '[null]',
        '[{}]',
        '["latest"]',
        '["0xzz","latest"]',
        '[[]]',
      ].flatMap((params) =>
        ['eth_getBalance', 'eth_call', 'eth_getLogs', 'eth_sendRawTransaction'].map(
          (method) => `{"jsonrpc":"2.0","id":1,"method":"${method}","params":${params}}`,
        ),
      ),
    ]
    assert.ok(bodies.length >= 50)
    for (const body of bodies) {
      const response = await post(url, body)
      const text = await response.text()
      assert.ok(response.status < 500, `${response.status} for ${body.slice(0, 60)}`)
      // An empty filter and an empty call are good questions: everything, and a creation from no code.
      if (text !== '' && !(body.includes('[{}]') && /eth_(getLogs|call)/.test(body)))
        assert.match(text, /"error"/, body.slice(0, 60))
    }
    assert.equal((await post(url, `"${'x'.repeat(10 * 1024 * 1024)}"`)).status, 413)
    await assert.rejects(rpc(url, 'eth_noSuchThing'), /the method eth_noSuchThing does not exist/)
    assert.equal(await rpc(url, 'eth_chainId'), '0xc76d')
  })

  it('peers that speak no libp2p', async () => {
    const port = Number(/p2p-port = (\d+)/.exec(await readFile(config('rpc'), 'utf8'))?.[1])
    for (const junk of [
      'GET / HTTP/1.1\r\n\r\n',
      '\u0000'.repeat(65_536),
      '/multistream/1.0.0\n',
      '',
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.end(junk))
        socket.on('error', () => {})
        socket.on('close', () => resolve())
        socket.setTimeout(3_000, () => socket.destroy())
      })
    }
    assert.equal(await rpc(network.rpcNode.url, 'eth_chainId'), '0xc76d')
  })
})

function startWithGenesis(file: string) {
  return busan(['node', '--config', config('rpc'), '--genesis-file', file])
}

function post(url: string, body: string): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(10_000),
  })
}
