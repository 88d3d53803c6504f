import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { post, send } from './client.ts'
import { contracts, startNode, type TestNode } from './fixture.ts'

let node: TestNode
before(async () => {
  node = await startNode()
})
after(() => node.close())

const chainId = { jsonrpc: '2.0', id: 1, method: 'eth_chainId' }

test('bodies that are not JSON get -32700 with a null id on HTTP 200', async () => {
  const texts = [
    '',
    ' ',
    '{',
    '}',
    '[',
    '{"jsonrpc"',
    '"',
    'nul',
    'NaN',
    '\u0000',
    '{a:1}',
    "{'a':1}",
    '[1,]',
    '<xml/>',
  ]
  for (const text of texts) {
    const { status, body } = await post(node.url, text)
    assert.equal(status, 200, text)
    assert.deepEqual(JSON.parse(body), {
      jsonrpc: '2.0',
      id: null,
      error: { code: -32700, message: 'parse error' },
    })
  }
})

test('JSON that is no request gets -32600 and never a crash', async () => {
  const scalars = [null, true, 0, -1, 1.5, 'eth_chainId', {}, { id: 1 }]
  const members = [null, 1, true, {}, [], 'x']
  const requests: unknown[] = [
    ...scalars,
    ...members.map((method) => ({
      ...chainId,
      method,
      ...(typeof method === 'string' ? { jsonrpc: '1.0' } : {}),
    })),
    ...members.map((jsonrpc) => ({ ...chainId, jsonrpc })),
    { ...chainId, id: {} },
    { ...chainId, id: [1] },
    { ...chainId, jsonrpc: undefined },
    { ...chainId, method: undefined },
    { jsonrpc: '2.0' },
    { __proto__: null, constructor: { prototype: { polluted: true } } },
  ]
  for (const request of requests) {
    const { status, body } = await post(node.url, JSON.stringify(request))
    assert.equal(status, 200)
    assert.equal(JSON.parse(body).error?.code, -32600, JSON.stringify(request))
  }
})

test('wrong argument types get -32602 that names the argument', async () => {
  const hash = `0x${'11'.repeat(32)}`
  const rows: readonly (readonly [string, unknown, string])[] = [
    ['eth_getBalance', [], 'missing value for required argument 0'],
    ['eth_getBalance', [null], 'missing value for required argument 0'],
    ['eth_getBalance', [1], 'invalid argument 0: expected a 0x-prefixed hex string'],
    [
      'eth_getBalance',
      ['0x12'],
      'invalid argument 0: hex string has length 2, want 40 for address',
    ],
    ['eth_getBalance', [`0x${'zz'.repeat(20)}`], 'invalid argument 0: invalid hex string'],
    [
      'eth_getBalance',
      [node.validator, 'newest'],
      'invalid argument 1: hex string without 0x prefix',
    ],
    [
      'eth_getBalance',
      [node.validator, '12'],
      'invalid argument 1: hex string without 0x prefix, write 12 as 0xc',
    ],
    ['eth_getBalance', [node.validator, '0x'], 'invalid argument 1: hex string "0x"'],
    [
      'eth_getBalance',
      [node.validator, '0x01'],
      'invalid argument 1: hex number with leading zero digits',
    ],
    [
      'eth_getBalance',
      [node.validator, `0x1${'0'.repeat(16)}`],
      'invalid argument 1: hex number > 64 bits',
    ],
    ['eth_getBalance', [node.validator, 'latest', 1], 'too many arguments, want at most 2'],
    ['eth_getBalance', { address: node.validator }, 'non-array args'],
    ['eth_getBalance', 'latest', 'non-array args'],
    ['eth_getBlockByNumber', ['latest', 'yes'], 'invalid argument 1: expected true or false'],
    [
      'eth_getBlockByHash',
      [hash.slice(0, 20), true],
      'invalid argument 0: hex string has length 18, want 64 for hash',
    ],
    ['eth_call', [{ to: '0x1' }], 'invalid argument 0: to: hex string of odd length'],
    ['eth_call', ['0x'], 'invalid argument 0: Invalid input: expected object, received string'],
    ['eth_chainId', [1], 'too many arguments, want at most 0'],
    [
      'eth_getBalance',
      [node.validator, { blockHash: hash, blockNumber: '0x0' }],
      'invalid argument 1: cannot specify both BlockHash and BlockNumber, choose one or the other',
    ],
    [
      'eth_getBalance',
      [node.validator, {}],
      'invalid argument 1: neither BlockHash nor BlockNumber specified',
    ],
  ]
  for (const [method, params, message] of rows) {
    const { error } = await send(node, method, params)
    assert.deepEqual(error, { code: -32602, message }, `${method} ${JSON.stringify(params)}`)
  }
})

test('unknown, disabled and prototype names are all -32601', async () => {
  for (const method of [
    'eth_nope',
    'foo',
    '',
    '__proto__',
    'constructor',
    'hardhat_metadata',
    'eth_sendBundle',
  ]) {
    assert.deepEqual((await send(node, method)).error, {
      code: -32601,
      message: `the method ${method} does not exist/is not available`,
    })
  }
  assert.deepEqual((await send(node, 'ibft_getValidatorsByBlockNumber', ['latest'])).error, {
    code: -32604,
    message: 'Method not enabled',
  })
})

test('a __proto__ key changes nothing', async () => {
  const { body } = await post(
    node.url,
    '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","__proto__":{"polluted":1},"params":[]}',
  )
  assert.equal(JSON.parse(body).result, '0xc76d')
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
})

test('the id comes back with its type, and a request without one is not answered', async () => {
  for (const id of [0, 1, -7, 1.5, 'a', '', '1', null, true, Number.MAX_SAFE_INTEGER]) {
    const { body } = await post(node.url, { ...chainId, id })
    assert.deepEqual(JSON.parse(body), { jsonrpc: '2.0', id, result: '0xc76d' })
  }
  assert.equal((await post(node.url, { jsonrpc: '2.0', method: 'eth_chainId' })).body, '')
})

test('an id that no double holds comes back digit for digit, alone and in a batch', async () => {
  for (const id of [
    '9007199254740993',
    '123456789012345678901234567890',
    '-18446744073709551617',
    '1e400',
  ]) {
    const text = `{"jsonrpc":"2.0","id":${id},"method":"eth_chainId"}`
    const answer = `{"jsonrpc":"2.0","id":${id},"result":"0xc76d"}`
    assert.equal((await post(node.url, text)).body, answer)
    assert.equal((await post(node.url, `[${text},${text}]`)).body, `[${answer},${answer}]`)
  }
})

test('a batch answers each request, up to its limit', async () => {
  const batch = Array.from({ length: 150 }, (_, index) => ({ ...chainId, id: index }))
  const answers = JSON.parse((await post(node.url, batch)).body)
  assert.deepEqual(
    answers,
    batch.map(({ id }) => ({ jsonrpc: '2.0', id, result: '0xc76d' })),
  )

  const mixed = [
    chainId,
    { jsonrpc: '2.0', method: 'eth_chainId' },
    7,
    { ...chainId, id: 'x', method: 'nope' },
  ]
  const outcome = JSON.parse((await post(node.url, mixed)).body)
  assert.deepEqual(
    outcome.map(({ id, error }: { id: unknown; error?: { code: number } }) => [id, error?.code]),
    [
      [1, undefined],
      [null, -32600],
      ['x', -32601],
    ],
  )
  assert.deepEqual(JSON.parse((await post(node.url, [])).body).error, {
    code: -32600,
    message: 'empty batch',
  })
  const tooMany = Array.from({ length: 1001 }, () => chainId)
  assert.deepEqual(JSON.parse((await post(node.url, tooMany)).body), [
    { jsonrpc: '2.0', id: 1, error: { code: -32600, message: 'batch too large' } },
  ])
})

test('answers past the size limit are refused, in a batch too', async () => {
  const small = await startNode({ limits: { responseSizeBytes: 3_000 } })
  try {
    const block = {
      jsonrpc: '2.0',
      id: 1,
      method: 'eth_getBlockByNumber',
      params: ['latest', false],
    }
    const answers = JSON.parse((await post(small.url, [block, block, block, chainId])).body)
    assert.ok(answers[0].result)
    assert.deepEqual(answers.at(-1).error, { code: -32003, message: 'response too large' })
  } finally {
    await small.close()
  }
})

test('a batch ends at the request timeout; what has not run by then is refused', async () => {
  const slow = await startNode({ limits: { requestTimeoutMs: 300, callTimeoutMs: 100 } })
  try {
    const loop = { jsonrpc: '2.0', method: 'eth_call', params: [{ to: contracts.loop.address }] }
    const batch = [
      ...Array.from({ length: 20 }, (_, id) => ({ ...loop, id })),
      { ...loop, method: 'eth_chainId' },
    ]
    const answers = JSON.parse((await post(slow.url, batch)).body)
    assert.deepEqual(
      answers.map(({ id }: { id: number }) => id),
      Array.from({ length: 20 }, (_, id) => id),
      'a notification is not answered',
    )
    const messages = new Set(
      answers.map(({ error }: { error: { message: string } }) => error.message),
    )
    assert.deepEqual(
      [...messages].map(String).sort(),
      ['execution aborted (timeout = 0.1s)', 'request timed out'].sort(),
    )
  } finally {
    await slow.close()
  }
})

test('other clients are answered while a batch of heavy requests runs', async () => {
  const heavy = await startNode({ limits: { callTimeoutMs: 40 } })
  try {
    const params = [{ to: contracts.loop.address }]
    const batch = Array.from({ length: 20 }, (_, id) => ({
      ...chainId,
      id,
      method: 'eth_call',
      params,
    }))
    let isDone = false
    const running = post(heavy.url, batch).then(() => {
      isDone = true
    })
    for (let i = 0; i < 3; i++) {
      assert.equal(JSON.parse((await post(heavy.url, chainId)).body).result, '0xc76d')
    }
    assert.equal(isDone, false)
    await running
  } finally {
    await heavy.close()
  }
})
