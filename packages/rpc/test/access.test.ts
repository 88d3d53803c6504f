// Who may use a listener, which methods, and how often.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, test } from 'node:test'
import { isCodedError } from '@busan/primitives'
import fc from 'fast-check'
import { SignJWT } from 'jose'
import { methodFilter } from '../src/method-policy.ts'
import { createMeter } from '../src/rate-limit.ts'
import { connect, post } from './client.ts'
import { startNode, type TestNode, type TestNodeOptions } from './fixture.ts'

const KEY = 'partner-secret'
const PARTNER = { name: 'partner', sha256: createHash('sha256').update(KEY).digest('hex') }
const SECRET = randomBytes(32)
const UNKNOWN = { code: -32601, message: /does not exist/ } as const

const nodes: TestNode[] = []

async function nodeWith(options: TestNodeOptions): Promise<TestNode> {
  const node = await startNode(options)
  nodes.push(node)
  return node
}

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.close()))
})

async function ask(url: string, method: string, headers: Record<string, string> = {}) {
  const {
    status,
    body,
    headers: told,
  } = await post(url, { jsonrpc: '2.0', id: 1, method, params: [] }, headers)
  return { status, headers: told, ...(body.startsWith('{') ? JSON.parse(body) : { text: body }) }
}

test('the description names what the caller may use, and nothing of what it may not', async () => {
  const http = {
    apis: ['eth', 'rpc'],
    deny: ['eth_send*'],
    keys: [{ ...PARTNER, apis: ['net', 'rpc'] }],
  }
  const { url } = await nodeWith({ http })
  const namesAt = async (place: string): Promise<string[]> => {
    const { result } = await ask(place, 'rpc_discover')
    return result.methods.map(({ name }: { name: string }) => name)
  }
  const open = await namesAt(url)
  assert.ok(open.includes('eth_call') && open.includes('rpc_discover'))
  assert.deepEqual(
    open.filter((name) => name.startsWith('eth_send') || !/^(eth|rpc)_/.test(name)),
    [],
  )
  const partners = await namesAt(`${url}/k/${KEY}`)
  assert.ok(partners.includes('net_version') && !partners.includes('eth_call'))
})

test('a method that is denied, or not among those allowed, looks like an unknown one', async () => {
  const denying = await nodeWith({ http: { deny: ['txpool_*'] } })
  const allowing = await nodeWith({ http: { allow: ['eth_block*', 'eth_chainId'] } })
  for (const [node, method] of [
    [denying, 'txpool_status'],
    [allowing, 'eth_gasPrice'],
  ] as const) {
    const [{ error }, unknown] = [await ask(node.url, method), await ask(node.url, 'eth_nothing')]
    assert.equal(error.code, UNKNOWN.code)
    assert.equal(error.message, unknown.error.message.replace('eth_nothing', method))
  }
  assert.equal((await ask(allowing.url, 'eth_blockNumber')).result, '0x0')
})

test('globs: deny wins, and a star stands for anything', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{1,4}_[a-zA-Z]{1,6}$/), (name) => {
      assert.ok(methodFilter({})(name))
      assert.ok(methodFilter({ allow: [name] })(name))
      assert.ok(methodFilter({ allow: [`${name.slice(0, 3)}*`] })(name))
      assert.ok(!methodFilter({ allow: [`${name}x`] })(name))
      assert.ok(!methodFilter({ allow: ['*'], deny: [name] })(name))
    }),
  )
})

test('an API key in the path opens what it says, for the origins that it names', async () => {
  const key = {
    ...PARTNER,
    apis: ['eth', 'debug'],
    deny: ['eth_gasPrice'],
    origins: ['https://a.kr'],
  }
  const node = await nodeWith({ http: { apis: ['eth'], keys: [key], requiresKey: true } })
  const url = `${node.url}/k/${KEY}`
  assert.equal((await ask(url, 'eth_chainId')).status, 200)
  assert.ok((await ask(url, 'debug_getBadBlocks')).result)
  assert.equal((await ask(url, 'eth_gasPrice')).error.code, UNKNOWN.code)
  assert.equal((await ask(url, 'admin_nodeInfo')).error.code, UNKNOWN.code)
  assert.equal((await ask(url, 'eth_chainId', { origin: 'https://a.kr' })).status, 200)
  assert.equal((await ask(url, 'eth_chainId', { origin: 'https://b.kr' })).status, 401)
  for (const wrong of [node.url, `${node.url}/k/guess`, `${node.url}/k/${'x'.repeat(1000)}`]) {
    const refused = await ask(wrong, 'eth_chainId')
    assert.ok([401, 414].includes(refused.status), `${wrong}: ${refused.status}`)
    assert.doesNotMatch(JSON.stringify(refused), /"result"|partner/)
  }
})

test('a key serves over WebSocket too, and nobody connects without one that is needed', async () => {
  const node = await nodeWith({ http: { keys: [PARTNER], requiresKey: true } })
  const socket = await connect(`${node.wsUrl}/k/${KEY}`)
  assert.ok((await socket.request('eth_chainId')).result)
  socket.close()
  await assert.rejects(connect(node.wsUrl), /401/)
})

test('a token that names a key stands for it, unless forged, expired or without an end', async () => {
  const node = await nodeWith({ http: { keys: [PARTNER], requiresKey: true, jwtSecret: SECRET } })
  const token = (claims: { sub?: string; exp?: number }, secret = SECRET) => {
    const made = new SignJWT(claims).setProtectedHeader({ alg: 'HS256' })
    return made.sign(secret)
  }
  const inAnHour = Math.floor(Date.now() / 1000) + 3600
  const statusWith = async (jwt: string) =>
    (await ask(node.url, 'eth_chainId', { authorization: `Bearer ${jwt}` })).status
  assert.equal(await statusWith(await token({ sub: 'partner', exp: inAnHour })), 200)
  assert.equal(await statusWith(await token({ sub: 'stranger', exp: inAnHour })), 401)
  assert.equal(await statusWith(await token({ sub: 'partner' })), 401)
  assert.equal(await statusWith(await token({ sub: 'partner', exp: 1 })), 401)
  assert.equal(
    await statusWith(await token({ sub: 'partner', exp: inAnHour }, randomBytes(32))),
    401,
  )
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(
    JSON.stringify({ sub: 'partner', exp: inAnHour }),
  ).toString('base64url')}.`
  assert.equal(await statusWith(none), 401)
})

test('who asks too often gets 429 with the time to wait, over WebSocket the error alone', async () => {
  const rate = { unitsPerSecond: 1, burst: 12 }
  const node = await nodeWith({ http: { rate } })
  const batch = Array.from({ length: 10 }, (_, id) => ({
    jsonrpc: '2.0',
    id,
    method: 'eth_chainId',
  }))
  assert.equal((await post(node.url, batch)).status, 200)
  const refused = await ask(node.url, 'eth_call')
  assert.equal(refused.status, 429)
  assert.equal(refused.error.code, -32005)
  assert.match(refused.error.message, /^rate limit exceeded: retry in \d+ ms$/)
  assert.ok(Number(refused.headers.get('retry-after')) >= 1)
  assert.equal((await ask(node.url, 'eth_chainId')).status, 200)
  node.clock.advance(10_000)
  assert.equal((await ask(node.url, 'eth_call')).status, 200)

  const socket = await connect(node.wsUrl)
  await socket.request('eth_getLogs', {})
  assert.equal((await socket.request('eth_getLogs', {})).error?.code, -32005)
  socket.close()
})

test('a key has a bucket of its own', async () => {
  const keys = [{ ...PARTNER, rate: { unitsPerSecond: 1, burst: 1 } }]
  const node = await nodeWith({ http: { keys } })
  const url = `${node.url}/k/${KEY}`
  assert.equal((await ask(url, 'eth_chainId')).status, 200)
  assert.equal((await ask(url, 'eth_chainId')).status, 429)
  assert.equal((await ask(node.url, 'eth_chainId')).status, 200)
})

test('a bucket never gives more than it was filled with', () => {
  const step = fc.record({ waitMs: fc.nat(3_000), units: fc.integer({ min: 1, max: 40 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let nowMs = 0
      const meter = createMeter({ unitsPerSecond: 7, burst: 30 }, { nowMs: () => nowMs })
      let taken = 0
      for (const { waitMs, units } of steps) {
        nowMs += waitMs
        const refusedForMs = meter.take(units)
        if (refusedForMs === 0) taken += Math.min(units, 30)
        assert.ok(taken <= 30 + (nowMs * 7) / 1000 + 1e-6)
        if (refusedForMs === 0) continue
        nowMs += refusedForMs
        assert.equal(meter.take(units), 0, 'after the time that it names it is granted')
        taken += Math.min(units, 30)
      }
    }),
  )
})

test('a Unix socket serves everything to its owner, takes over from a dead process, and keeps to itself', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'busan-rpc-'))
  const socketPath = path.join(folder, 'busan.ipc')
  try {
    await leaveSocketBehind(socketPath)
    const node = await nodeWith({ socketPath, http: { apis: ['eth'] } })
    assert.equal(node.server.addresses().socket, `unix:${socketPath}`)
    assert.equal((await stat(socketPath)).mode & 0o777, 0o600)
    assert.ok(await askSocket(socketPath, 'admin_nodeInfo'))
    assert.equal((await ask(node.url, 'admin_nodeInfo')).error.code, UNKNOWN.code)
    await assert.rejects(startNode({ socketPath }), (error) => isCodedError(error, 'listen-failed'))
  } finally {
    await rm(folder, { recursive: true })
  }
})

/** A process that is killed cannot remove its socket. */
async function leaveSocketBehind(socketPath: string): Promise<void> {
  const listen = `require('node:net').createServer().listen(process.argv[1], () => console.log('up'))`
  const child = spawn(process.execPath, ['-e', listen, socketPath])
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.ok((await stat(socketPath)).isSocket())
}

function askSocket(socketPath: string, method: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const sent = request({ socketPath, method: 'POST', path: '/', headers }, async (response) => {
      const text = (await response.toArray()).join('')
      resolve(JSON.parse(text).result)
    })
    sent.on('error', reject)
    sent.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: [] }))
  })
}
