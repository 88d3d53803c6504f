import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'
import {
  bigintToBytes,
  bytesToHex,
  concatBytes,
  decodeRlp,
  encodeRlp,
  hexToBytes,
  keccak256,
  type RlpItem,
  signDigest,
} from '@busan/primitives'
import { getCreateAddress, Transaction } from 'ethers'
import { call, errorString, post, send, sign } from './client.ts'
import {
  alice,
  bob,
  CHAIN_ID,
  contracts,
  pauper,
  robot,
  startNode,
  type TestNode,
  type TestNodeOptions,
} from './fixture.ts'

interface GoldenRow {
  readonly name: string
  readonly method: string
  readonly params: readonly unknown[]
  readonly code: number
  readonly message: string | RegExp
  /** It succeeds: a step on the way to the error. */
  readonly result?: true
  /** Absent: the error has no `data` member, which tools would take for revert bytes. */
  readonly data?: string
}

const submission = (raw: string) => ({
  method: 'eth_sendRawTransaction',
  params: [raw],
  code: -32000,
  message: '',
})

const UNKNOWN_HASH = `0x${'ab'.repeat(32)}`
const word = (value: number) => value.toString(16).padStart(64, '0')

let node: TestNode
before(async () => {
  node = await startNode({ limits: { logRangeBlocks: 2, logResults: 100 } })
  await call(node, 'eth_sendRawTransaction', await sign(alice))
  const noise = { nonce: 1, to: contracts.noisy.address, gasLimit: 200_000 }
  await call(node, 'eth_sendRawTransaction', await sign(alice, noise))
  await node.mine()
  await node.mine()
  await node.mine()
  await call(node, 'eth_sendRawTransaction', await sign(alice, { nonce: 2 }))
})
after(() => node.close())

test('submission errors are geth’s', async () => {
  const raw = (...params: readonly string[]) => ({ method: 'eth_sendRawTransaction', params })
  await judge([
    {
      name: 'known',
      ...raw(await sign(alice, { nonce: 2 })),
      code: -32000,
      message: 'already known',
    },
    {
      name: 'used nonce',
      ...raw(await sign(alice, { value: 2n })),
      code: -32000,
      message: 'nonce too low: next nonce 2, tx nonce 0',
    },
    {
      name: 'the highest nonce',
      ...raw(signDynamicFee({ maxFeePerGas: 9n, maxPriorityFeePerGas: 0n, nonce: 2n ** 64n - 1n })),
      code: -32000,
      message: 'nonce has max value',
    },
    {
      name: 'too short',
      ...raw('0x02'),
      code: -32000,
      message: 'typed transaction too short',
    },
    {
      name: 'no bump',
      ...raw(await sign(alice, { nonce: 2, value: 2n })),
      code: -32000,
      message: 'replacement transaction underpriced',
    },
    {
      name: 'no money',
      ...raw(await sign(pauper)),
      code: -32000,
      message:
        /^insufficient funds for gas \* price \+ value: balance 0, tx cost \d+, overshot \d+$/,
    },
    {
      name: 'little gas',
      ...raw(await sign(bob, { gasLimit: 20_999 })),
      code: -32000,
      message: 'intrinsic gas too low: gas 20999, minimum needed 21000',
    },
    {
      name: 'floor gas',
      ...raw(await sign(bob, { data: `0x${'11'.repeat(1000)}`, gasLimit: 40_000 })),
      code: -32000,
      message: /^insufficient gas for floor data gas cost: gas 40000, minimum needed \d+$/,
    },
    {
      name: 'transaction gas cap',
      ...raw(await sign(bob, { gasLimit: 20_000_000, maxFeePerGas: 2n * 10n ** 9n })),
      code: -32000,
      message: 'transaction gas limit too high (cap: 16777216, tx: 20000000)',
    },
    {
      name: 'tip above cap',
      ...raw(signDynamicFee({ maxFeePerGas: 1n, maxPriorityFeePerGas: 2n })),
      code: -32000,
      message: 'max priority fee per gas higher than max fee per gas',
    },
    {
      name: 'other chain',
      ...raw(await sign(bob, { chainId: 1 })),
      code: -32000,
      message: `invalid chain id for signer: have 1 want ${CHAIN_ID}`,
    },
    {
      name: 'RPC fee cap',
      ...raw(await sign(bob, { maxFeePerGas: 10n ** 14n })),
      code: -32000,
      message: 'tx fee (2.10 ether) exceeds the configured cap (1.00 ether)',
    },
    {
      name: 'blob type',
      ...raw('0x03c0'),
      code: -32000,
      message: /^transaction type not supported: transaction type not valid on this chain/,
    },
    { name: 'no bytes', ...raw('0x'), code: -32000, message: /./ },
    { name: 'not RLP', ...raw('0x02ffffff'), code: -32000, message: /^rlp: / },
    {
      name: 'odd digits',
      ...raw('0x123'),
      code: -32602,
      message: 'invalid argument 0: hex string of odd length',
    },
    {
      name: 'not in time',
      method: 'eth_sendRawTransactionSync',
      params: [await sign(bob), 20],
      code: 4,
      message: "The transaction was added to the transaction pool but wasn't processed in 20ms",
      data: bytesToHex(keccak256(hexToBytes(await sign(bob)))),
    },
  ])
})

test('submission errors of large, old and foreign transactions are geth’s', async () => {
  const raw = (text: string) => ({ method: 'eth_sendRawTransaction', params: [text], code: -32000 })
  const huge = 2n ** 256n
  const legacy = Transaction.from({
    type: 0,
    nonce: 0,
    gasLimit: 21_000,
    gasPrice: 10n ** 10n,
    to: bob.address,
  })
  legacy.signature = bob.signingKey.sign(legacy.unsignedHash)
  await judge([
    {
      name: 'envelope over 128 KiB',
      ...raw(await sign(bob, { data: `0x${'11'.repeat(131_072)}`, gasLimit: 5_000_000 })),
      message: /^oversized data: transaction size 13\d{4}, limit 131072$/,
    },
    {
      name: 'init code',
      ...raw(await sign(bob, { to: null, data: `0x${'00'.repeat(49_153)}`, gasLimit: 9_000_000 })),
      message: 'max initcode size exceeded: code size 49153 limit 49152',
    },
    {
      name: 'fee cap of 257 bits',
      ...raw(signDynamicFee({ maxFeePerGas: huge, maxPriorityFeePerGas: 0n })),
      message: 'rlp: maxFeePerGas: scalar of 33 bytes',
    },
    {
      name: 'no chain id',
      ...raw(legacy.serialized),
      message: 'only replay-protected (EIP-155) transactions allowed over RPC',
    },
    {
      name: 'sender with code',
      ...raw(await sign(robot)),
      message: `sender not an eoa: address ${robot.address}, len(code): 1`,
    },
    {
      name: 'signature of nobody',
      ...raw(withSignature(await sign(bob), { s: 2n ** 255n })),
      message: 'invalid transaction v, r, s values',
    },
  ])
})

/** Rows that need a node with settings of their own. */
const SETTINGS: readonly (readonly [
  options: TestNodeOptions,
  rows: () => Promise<readonly GoldenRow[]>,
])[] = [
  [
    { poolLimits: { perAccount: 1 } },
    async () => [
      { ...submission(await sign(alice)), name: 'first', result: true },
      {
        ...submission(await sign(alice, { nonce: 1 })),
        name: 'more than an account may have',
        message: 'account limit exceeded: pooled 1 txs',
      },
    ],
  ],
  [
    { poolLimits: { transactions: 1 } },
    async () => [
      { ...submission(await sign(alice)), name: 'first', result: true },
      {
        ...submission(await sign(bob, { maxFeePerGas: 10n ** 10n })),
        name: 'cheaper than all in a full pool',
        message: 'transaction underpriced',
      },
    ],
  ],
  [
    { poolLimits: { minimumTipWei: 5n } },
    async () => [
      {
        ...submission(await sign(bob, { maxPriorityFeePerGas: 4n })),
        name: 'small tip',
        message: 'transaction gas price below minimum: gas tip cap 4, minimum needed 5',
      },
    ],
  ],
  [
    { poolLimits: { totalSizeBytes: 150 } },
    async () => [
      { ...submission(await sign(alice)), name: 'first', result: true },
      {
        ...submission(await sign(bob, { nonce: 7 })),
        name: 'waiting transaction in a full pool',
        message: 'txpool is full',
      },
    ],
  ],
  [
    { blockGasLimit: '0x989680' },
    async () => [
      {
        ...submission(await sign(bob, { gasLimit: 11_000_000, maxFeePerGas: 10n ** 10n })),
        name: 'more gas than a block has',
        message: 'exceeds block gas limit',
      },
    ],
  ],
  [
    { feePolicy: 'fixedBaseFee' },
    async () => [
      {
        ...submission(await sign(bob, { maxFeePerGas: 9n, maxPriorityFeePerGas: 1n })),
        name: 'below a base fee that never moves',
        message: `max fee per gas less than block base fee: address ${bob.address}, maxFeePerGas: 9, baseFee: 1000000000`,
      },
    ],
  ],
  [
    { isClosed: true },
    async () => [
      {
        ...submission(await sign(bob)),
        name: 'not permitted',
        code: -32007,
        message: new RegExp(
          `^sender not authorized: address ${bob.address} is not allowed to send`,
        ),
      },
    ],
  ],
]

for (const [options, rows] of SETTINGS) {
  test(`submission errors are geth’s under ${inspect(options)}`, async () => {
    const other = await startNode(options)
    try {
      await judge(await rows(), other)
    } finally {
      await other.close()
    }
  })
}

test('a replacement that the balance does not bear says so in geth’s words', async () => {
  const balance = 10n ** 21n
  const half = balance / 2n - 10n ** 16n
  const one = await startNode()
  try {
    await judge(
      [
        { ...submission(await sign(alice, { value: half })), name: 'first', result: true },
        {
          ...submission(await sign(alice, { nonce: 1, value: half })),
          name: 'second',
          result: true,
        },
        {
          ...submission(await sign(alice, { nonce: 2, value: half })),
          name: 'beyond the balance',
          message:
            /^insufficient funds for gas \* price \+ value: balance 1000000000000000000000, queued cost \d+, tx cost \d+, overshot \d+$/,
        },
        {
          ...submission(
            await sign(alice, {
              nonce: 1,
              value: half + 10n ** 17n,
              maxFeePerGas: 2n * 10n ** 11n,
              maxPriorityFeePerGas: 2n * 10n ** 9n,
            }),
          ),
          name: 'replacement beyond the balance',
          message:
            /^insufficient funds for gas \* price \+ value: balance 1000000000000000000000, queued cost \d+, tx bumped \d+, overshot \d+$/,
        },
      ],
      one,
    )
  } finally {
    await one.close()
  }
})

test('panics have geth’s words, each with its data', async () => {
  const words = {
    0: 'generic panic',
    1: 'assert(false)',
    17: 'arithmetic underflow or overflow',
    18: 'division or modulo by zero',
    33: 'enum overflow',
    34: 'invalid encoded storage byte array accessed',
    49: 'out-of-bounds array access; popping on an empty array',
    50: 'out-of-bounds access of an array or bytesN',
    65: 'out of memory',
    81: 'uninitialized function',
  }
  await judge(
    Object.entries(words).map(([code, text]) => {
      const data = `0x4e487b71${word(Number(code))}`
      const call = { from: alice.address, to: contracts.reverter.address, data }
      const message = `execution reverted: ${text}`
      return { name: text, method: 'eth_call', params: [call], code: 3, message, data }
    }),
  )
})

test('what halts a message is told in geth’s words', async () => {
  const to = contracts.echo.address
  /** The code runs in place of a contract's. */
  const run = (code: string) => ({
    method: 'eth_call',
    params: [{ from: alice.address, to }, 'latest', { [to]: { code } }],
    code: -32000,
  })
  const create = (data: string, more: object = {}) => ({
    method: 'eth_call',
    params: [{ from: alice.address, data, ...more }, 'latest'],
    code: -32000,
  })
  const nonce = Number(await call(node, 'eth_getTransactionCount', alice.address, 'latest'))
  const created = getCreateAddress({ from: alice.address, nonce })
  const gas = '0x1c9c380'
  await judge([
    { name: 'stack overflow', ...run('0x5b5f5f56'), message: 'stack limit reached 1024 (1023)' },
    { name: 'return data', ...run('0x60015f5f3e'), message: 'return data out of bounds' },
    { name: 'memory', ...run(`0x7f${'ff'.repeat(32)}51`), message: 'gas uint64 overflow' },
    {
      name: 'arguments of a call',
      ...run('0x5f5f6001641fffffffff5f5f5ff1'),
      message: 'gas uint64 overflow',
    },
    { name: 'memory within reach', ...run('0x63ffffffc051'), message: 'out of gas' },
    {
      name: 'code too large',
      ...create('0x620060015ff3', { gas }),
      message: 'max code size exceeded: code size 24577 limit 24576',
    },
    {
      name: 'init code too large',
      ...create(`0x${'00'.repeat(49_153)}`),
      message: /max initcode size exceeded: code size 49153 limit 49152/,
    },
    {
      name: 'code that begins with EF',
      ...create('0x60ef5f5360015ff3'),
      message: 'invalid code: must not begin with 0xef',
    },
    {
      name: 'an address that is taken',
      ...create('0x00'),
      params: [{ from: alice.address, data: '0x00' }, 'latest', { [created]: { nonce: '0x1' } }],
      message: 'contract address collision',
    },
    {
      name: 'value above the balance',
      method: 'eth_call',
      params: [{ from: pauper.address, to: bob.address, value: '0x1' }],
      code: -32000,
      message: `err: insufficient funds for gas * price + value: address ${pauper.address} have 0 want 1 (supplied gas 50000000)`,
    },
    {
      name: 'estimate above the balance',
      method: 'eth_estimateGas',
      params: [{ from: pauper.address, to: bob.address, value: '0x1', gasPrice: '0x4a817c800' }],
      code: -32000,
      message:
        /^(insufficient funds for transfer|failed with \d+ gas: insufficient funds for gas \* price \+ value: address 0x\w{40} have 0 want \d+)$/,
    },
    {
      name: 'a trace that takes too long',
      method: 'debug_traceCall',
      params: [{ to: contracts.loop.address, gas: '0x2faf080' }, 'latest', { timeout: '1ms' }],
      code: -32000,
      message: 'execution timeout',
    },
  ])
})

test('what undoes an inner message is told in geth’s words', async () => {
  const to = contracts.echo.address
  const other = contracts.slot.address
  const callee = other.slice(2)
  for (const [code, inner, words] of [
    // CALL with a value that the contract does not have.
    [`0x5f5f5f5f600173${callee}5af1`, '0x00', 'insufficient balance for transfer'],
    // STATICCALL of code that stores.
    [`0x5f5f5f5f73${callee}5afa`, '0x5f5f55', 'write protection'],
  ] as const) {
    const overrides = { stateOverrides: { [to]: { code }, [other]: { code: inner } } }
    const trace = await call<{ calls: { error: string }[] }>(
      node,
      'debug_traceCall',
      { from: alice.address, to },
      'latest',
      { tracer: 'callTracer', ...overrides },
    )
    assert.deepEqual(
      trace.calls.map(({ error }) => error),
      [words],
    )
  }
})

test('execution errors are geth’s, and only reverts carry data', async () => {
  const run = (to: string, data = '0x', more: Record<string, unknown> = {}) => ({
    method: 'eth_call',
    params: [{ from: alice.address, to, data, ...more }, 'latest'],
  })
  const panic = (code: number) => `0x4e487b71${word(code)}`
  const reverter = contracts.reverter.address
  await judge([
    { name: 'bare revert', ...run(reverter), code: 3, message: 'execution reverted', data: '0x' },
    {
      name: 'revert with a reason',
      ...run(reverter, errorString('not for you')),
      code: 3,
      message: 'execution reverted: not for you',
      data: errorString('not for you'),
    },
    {
      name: 'custom error',
      ...run(reverter, '0xdeadbeef'),
      code: 3,
      message: 'execution reverted',
      data: '0xdeadbeef',
    },
    {
      name: 'malformed Error(string)',
      ...run(reverter, `0x08c379a0${word(1e9)}`),
      code: 3,
      message: 'execution reverted',
      data: `0x08c379a0${word(1e9)}`,
    },
    {
      name: 'panic',
      ...run(reverter, panic(0x11)),
      code: 3,
      message: 'execution reverted: arithmetic underflow or overflow',
      data: panic(0x11),
    },
    {
      name: 'unknown panic',
      ...run(reverter, panic(0x99)),
      code: 3,
      message: 'execution reverted: unknown panic code: 0x99',
      data: panic(0x99),
    },
    {
      name: 'estimate of a revert',
      ...run(reverter, errorString('no')),
      method: 'eth_estimateGas',
      code: 3,
      message: 'execution reverted: no',
      data: errorString('no'),
    },
    {
      name: 'invalid opcode',
      ...run(contracts.invalid.address),
      code: -32000,
      message: 'invalid opcode: INVALID',
    },
    {
      name: 'bad jump',
      ...run(contracts.badJump.address),
      code: -32000,
      message: 'invalid jump destination',
    },
    {
      name: 'stack underflow',
      ...run(contracts.underflow.address),
      code: -32000,
      message: 'stack underflow (0 <=> 2)',
    },
    {
      name: 'out of gas',
      ...run(contracts.loop.address, '0x', { gas: '0x5400' }),
      code: -32000,
      message: 'out of gas',
    },
    {
      name: 'value above balance',
      ...run(bob.address, '0x', { from: pauper.address, value: '0x1' }),
      code: -32000,
      message: /^err: insufficient funds for .*\(supplied gas 50000000\)$/,
    },
    {
      name: 'little gas',
      ...run(bob.address, '0x', { gas: '0x1' }),
      code: -32000,
      message: /^err: intrinsic gas too low: have 1, want 21000 \(supplied gas 1\)$/,
    },
    {
      name: 'estimate above allowance',
      ...run(contracts.echo.address, '0x', { gas: '0x5209' }),
      method: 'eth_estimateGas',
      code: -32000,
      message: /^gas required exceeds allowance \(21001\)$/,
    },
    ...['eth_call', 'eth_estimateGas'].map((method) => ({
      // Init code that returns 1000 bytes: 200000 gas to keep them.
      name: `${method} without gas for the code of a creation`,
      method,
      params: [{ data: '0x6103e86000f3', gas: '0x186a0' }, 'latest'],
      code: -32000,
      message: 'contract creation code storage out of gas',
    })),
    {
      name: 'both fee kinds',
      ...run(bob.address, '0x', { gasPrice: '0x1', maxFeePerGas: '0x1' }),
      code: -32000,
      message: 'both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified',
    },
    {
      name: 'data and input differ',
      ...run(bob.address, '0x01', { input: '0x02' }),
      code: -32000,
      message:
        'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data',
    },
    {
      name: 'other chain',
      ...run(bob.address, '0x', { chainId: '0x1' }),
      code: -32000,
      message: `chainId does not match node's (have=1, want=${CHAIN_ID})`,
    },
  ])
})

test('errors of state, blocks, filters and limits are geth’s', async () => {
  const logs = (filter: Record<string, unknown>) => ({ method: 'eth_getLogs', params: [filter] })
  await judge([
    {
      name: 'future state',
      method: 'eth_getBalance',
      params: [alice.address, '0xffff'],
      code: -32000,
      message: 'header not found',
    },
    {
      name: 'unknown hash',
      method: 'eth_call',
      params: [{ to: bob.address }, { blockHash: UNKNOWN_HASH }],
      code: -32000,
      message: 'header for hash not found',
    },
    {
      name: 'unknown filter',
      method: 'eth_getFilterChanges',
      params: ['0x1'],
      code: -32000,
      message: 'filter not found',
    },
    {
      name: 'range upside down',
      ...logs({ fromBlock: '0x2', toBlock: '0x1' }),
      code: -32602,
      message: 'invalid block range params',
    },
    {
      name: 'range that ends after the head',
      ...logs({ fromBlock: '0x2', toBlock: '0xffff' }),
      code: -32602,
      message: 'block range extends beyond current head block',
    },
    {
      name: 'range after the head',
      ...logs({ fromBlock: '0xffff' }),
      code: -32602,
      message: 'block range extends beyond current head block',
    },
    {
      name: 'range too large',
      ...logs({ fromBlock: '0x0', toBlock: 'latest' }),
      code: -32005,
      message:
        'block range too large: requested 4 blocks, limit 2. Try with this block range [0x0, 0x1]',
    },
    {
      name: 'too many results',
      ...logs({ fromBlock: '0x1', toBlock: '0x2' }),
      code: -32005,
      message: 'query returned more than 100 results. Try with this block range [0x1, 0x1]',
    },
    {
      name: 'too many results of one block',
      ...logs({ fromBlock: '0x1', toBlock: '0x1' }),
      code: -32005,
      message: 'query returned more than 100 results',
    },
    {
      name: 'too many topics',
      ...logs({ topics: [null, null, null, null, null] }),
      code: -32000,
      message: 'exceed max topics',
    },
    {
      name: 'too many addresses',
      ...logs({ address: Array.from({ length: 1001 }, () => alice.address) }),
      code: -32000,
      message: 'exceed max addresses or topics per search position',
    },
    {
      name: 'logs of an unknown block',
      ...logs({ blockHash: UNKNOWN_HASH }),
      code: -32000,
      message: 'unknown block',
    },
    {
      name: 'fee history of the future',
      method: 'eth_feeHistory',
      params: ['0x1', '0xff', []],
      code: -32000,
      message: 'request beyond head block: requested 255, head 3',
    },
    {
      name: 'percentiles out of order',
      method: 'eth_feeHistory',
      params: ['0x1', 'latest', [50, 10]],
      code: -32000,
      message: 'invalid reward percentile: #0:50 > #1:10',
    },
    {
      name: 'subscription over HTTP',
      method: 'eth_subscribe',
      params: ['newHeads'],
      code: -32601,
      message: 'notifications not supported',
    },
    {
      name: 'account of the node',
      method: 'eth_sendTransaction',
      params: [{ from: alice.address }],
      code: -32000,
      message:
        'unknown account: this node holds no keys, sign in the wallet and send with eth_sendRawTransaction',
    },
    ...[
      ['debug_traceTransaction', [UNKNOWN_HASH], 'transaction not found'],
      ['debug_traceBlockByNumber', ['0x0'], 'genesis is not traceable'],
      ['debug_traceBlockByNumber', ['0xffff'], 'block #65535 not found'],
      ['debug_traceBlockByHash', [UNKNOWN_HASH], `block ${UNKNOWN_HASH} not found`],
    ].map(([method, params, message]) => ({
      name: `${method} ${params}`,
      method: method as string,
      params: params as string[],
      code: -32000,
      message: message as string,
    })),
    {
      name: 'raw header of an unknown block',
      method: 'debug_getRawHeader',
      params: ['0xffff'],
      code: -32000,
      message: 'block not found',
    },
  ])
})

test('a call that runs too long is given up', async () => {
  const hasty = await startNode({ limits: { callTimeoutMs: 100 } })
  try {
    const { error } = await send(hasty, 'eth_call', [{ to: contracts.loop.address }])
    assert.deepEqual(error, { code: -32000, message: 'execution aborted (timeout = 0.1s)' })
  } finally {
    await hasty.close()
  }
})

test('a request that takes too long is given up with -32002', async () => {
  const impatient = await startNode({ limits: { requestTimeoutMs: 30 } })
  try {
    const { error } = await send(impatient, 'eth_sendRawTransactionSync', [await sign(alice)])
    assert.deepEqual(error, { code: -32002, message: 'request timed out' })
  } finally {
    await impatient.close()
  }
})

/** Every error travels on HTTP 200 with exactly these members. */
async function judge(rows: readonly GoldenRow[], where = node): Promise<void> {
  for (const { name, method, params, code, message, data, result } of rows) {
    const { status, body } = await post(where.url, { jsonrpc: '2.0', id: 7, method, params })
    assert.equal(status, 200, name)
    const { error, id, ...rest } = JSON.parse(body)
    if (result === true) {
      assert.equal(error, undefined, name)
      continue
    }
    assert.deepEqual([id, rest], [7, { jsonrpc: '2.0' }], name)
    if (typeof message === 'string') assert.equal(error.message, message, name)
    else assert.match(error.message, message, name)
    const expected = { code, message: error.message, ...(data === undefined ? {} : { data }) }
    assert.deepEqual(error, expected, name)
  }
}

/** The same transaction with another part of its signature. */
function withSignature(raw: string, changed: { readonly s: bigint }): string {
  const items = decodeRlp(hexToBytes(`0x${raw.slice(4)}`)) as RlpItem[]
  const next = [...items.slice(0, -1), bigintToBytes(changed.s)]
  return bytesToHex(concatBytes(Uint8Array.of(2), encodeRlp(next)))
}

/** Signs what wallets refuse to sign. */
function signDynamicFee(fees: {
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
  nonce?: bigint
}): string {
  const scalar = (value: bigint) => bigintToBytes(value)
  const fields: RlpItem[] = [
    scalar(BigInt(CHAIN_ID)),
    scalar(fees.nonce ?? 0n),
    scalar(fees.maxPriorityFeePerGas),
    scalar(fees.maxFeePerGas),
    scalar(21_000n),
    hexToBytes(alice.address),
    scalar(0n),
    new Uint8Array(0),
    [],
  ]
  const type = Uint8Array.of(2)
  const digest = keccak256(concatBytes(type, encodeRlp(fields)))
  const signature = signDigest(digest, hexToBytes(bob.privateKey))
  const [r, s] = [signature.slice(0, 32), signature.slice(32, 64)].map((part) =>
    scalar(BigInt(bytesToHex(part))),
  )
  const v = scalar(BigInt(signature[64] ?? 0))
  return bytesToHex(concatBytes(type, encodeRlp([...fields, v, r as Uint8Array, s as Uint8Array])))
}
