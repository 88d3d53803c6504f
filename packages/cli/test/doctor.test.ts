// The doctor looks at a real node through a proxy that can spoil one answer as other chains' nodes do.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { call, sign } from '../../rpc/test/client.ts'
import { alice, startNode, type TestNode } from '../../rpc/test/fixture.ts'
import { report } from '../src/commands/doctor.ts'
import { CHECKS, type Finding, runChecks } from '../src/doctor/checks.ts'
import { createEndpoint } from '../src/doctor/endpoint.ts'

interface Body {
  result?: unknown
  error?: { code: number; message: string; data?: unknown }
}

/** What the proxy makes of the answer to a method; a number is the HTTP status. */
type Spoil = (method: string, body: Body) => Body | number

let node: TestNode
let proxy: Server
let url: string
let spoil: Spoil

/** The genesis of the test node has no Multicall3. */
const unspoilt: Spoil = (method, body) =>
  method === 'eth_getCode' ? { ...body, result: '0x60' } : body

before(async () => {
  node = await startNode({ http: { corsOrigins: ['all'] } })
  await call(node, 'eth_sendRawTransaction', await sign(alice))
  await node.mine()
  await node.mine()
  proxy = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString()
    const { method, headers } = request
    const forwarded = { 'content-type': 'application/json', ...pick(headers.origin) }
    const answer = await fetch(node.url, { method: method ?? '', headers: forwarded, body: text })
    const body = (await answer.json()) as Body
    const asked = JSON.parse(text) as { method: string } | unknown[]
    const given = Array.isArray(asked) ? body : spoil(asked.method, body)
    const isStatus = typeof given === 'number'
    // A spoilt body has another length than the one it came with.
    const kept = [...answer.headers].filter(([name]) => name !== 'content-length')
    response.writeHead(isStatus ? given : answer.status, Object.fromEntries(kept))
    response.end(JSON.stringify(isStatus ? body : given))
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
})

after(async () => {
  proxy.close()
  proxy.closeAllConnections()
  await node.close()
})

const pick = (origin?: string) => (origin === undefined ? {} : { origin })

async function findingsWith(spoiling: Spoil): Promise<Finding[]> {
  spoil = (method, body) => {
    const first = unspoilt(method, body)
    return typeof first === 'number' ? first : spoiling(method, first)
  }
  return runChecks(createEndpoint(url))
}

const named = (findings: readonly Finding[]) =>
  findings.flatMap(({ check, outcome }) =>
    outcome === 'ok' ? [] : [`${outcome} ${check.tool}: ${check.name}`],
  )

test('a node of this repository passes everything', async () => {
  const findings = await findingsWith((_, body) => body)
  assert.deepEqual(named(findings), [], report(findings))
  assert.equal(findings.length, CHECKS.length)
  assert.match(report(findings), /^score 100 of 100/m)
})

test('what other nodes do differently is found, with the tools that mind', async () => {
  const cases: readonly [Spoil, string[]][] = [
    [
      (method, body) => (method === 'net_version' ? { ...body, result: '0xc76d' } : body),
      ['failed graph-node: knows the chain by net_version and genesis'],
    ],
    [
      (method, body) =>
        method === 'eth_sendRawTransaction' && body.error !== undefined ? 400 : body,
      ['failed MetaMask: reads why a transaction is refused'],
    ],
    [
      (method, body) =>
        method === 'eth_call' && body.error?.code === -32000
          ? { ...body, error: { ...body.error, data: '0x' } }
          : body,
      ['failed Ignition: takes no failed call for a revert that is none'],
    ],
    [
      (method, body) =>
        method === 'ots_getApiLevel'
          ? { error: { code: -32601, message: 'the method does not exist/is not available' } }
          : body,
      ['failed Otterscan: starts: API level 8 as a number, the header by Erigon'],
    ],
    [
      (method, body) =>
        method === 'eth_call' && body.error?.code === 3
          ? { ...body, error: { ...body.error, code: -32000 } }
          : body,
      [
        'failed viem: decodes a revert',
        'failed graph-node: knows a revert as one that every node would see',
      ],
    ],
    [
      (method, body) =>
        method === 'eth_getBlockReceipts' && JSON.stringify(body.result) === '[]'
          ? { ...body, result: null }
          : body,
      ['failed graph-node: takes [] as the receipts of an empty block'],
    ],
  ]
  for (const [spoiling, expected] of cases) {
    const findings = await findingsWith(spoiling)
    assert.deepEqual(named(findings), expected)
    assert.ok(!/score 100/.test(report(findings)))
  }
})
