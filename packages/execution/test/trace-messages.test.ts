// The tracers that tell of messages: callTracer, flatCallTracer, 4byteTracer, muxTracer, in geth's shapes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, hexToBytes, toAddress } from '@busan/primitives'
import type { TracerSpec, Transaction } from '../src/index.ts'
import { TRACED_BLOCK_HASH, traceMined } from './tracing.ts'
import { accountOf, address, createWorld, deploying } from './world.ts'

interface Frame {
  readonly type: string
  readonly from: string
  readonly to?: string
  readonly error?: string
  readonly input: string
  readonly output?: string
  readonly value?: string
  readonly gas: string
  readonly gasUsed: string
  readonly revertReason?: string
  readonly calls?: readonly Frame[]
  readonly logs?: readonly object[]
}

const word = (value: number | bigint) => value.toString(16).padStart(64, '0')
const push = (target: Address | string) => `73${target.slice(2)}`
const IDENTITY = toAddress(`0x${'00'.repeat(19)}04`)
const HEIR = address(0xee)
const text = (words: string) => Buffer.from(words).toString('hex').padEnd(64, '0')

const at = (index: number) => address(0xa0 + index)
const ANSWERS = at(0)
const REVERTS = at(1)
const KINDS = at(2)
const DIES = at(3)
const LOGS = at(4)
const CREATES = at(5)
const PANICS = at(6)
const POOR = at(7)
const LOGS_IN_VAIN = at(8)
const LOGS_ONCE = at(9)

const CODES = [
  '602a60005260206000f3',
  // revert(Error("no"))
  `6308c379a060e01b600052602060045260026024527f${text('no')}60445260646000fd`,
  // CALL with value 1, CALLCODE with value 2, DELEGATECALL, STATICCALL, then the identity precompile
  `60006000600060006001${push(ANSWERS)}61fffff150` +
    `6000600060006000600273${ANSWERS.slice(2)}61fffff250` +
    `600060006000600073${ANSWERS.slice(2)}61fffff450` +
    `600060006000600073${ANSWERS.slice(2)}61fffffa50` +
    `600060006000600073${IDENTITY.slice(2)}61fffffa5000`,
  `${push(HEIR)}ff`,
  // LOG0, call REVERTS, LOG1 with topic 7, then STOP
  `60006000a0600060006000600060007${push(REVERTS).slice(1)}61fffff150600760016000a100`,
  // CREATE with init code that reverts at once (PUSH1 0 DUP1 REVERT), CREATE2 that deploys nothing
  '636000 80fd60e01b600052 6004600060 00f050 6000600060006000f55000'.replaceAll(' ', ''),
  // revert(Panic(0x11))
  '634e487b7160e01b600052601160045260246000fd',
  `6000600060006000 61ffff${push(ANSWERS)}61fffff100`.replaceAll(' ', ''),
  // LOG0, then revert; and who calls that and logs once itself
  '60006000a060006000fd',
  `6000600060006000600073${at(8).slice(2)}61fffff15060006000a000`,
]

const world = await createWorld({
  alloc: Object.fromEntries(
    CODES.map((code, index) => [
      at(index),
      { code: `0x${code}`, balance: index === 7 ? '0x0' : '0x64' },
    ]),
  ),
})

async function trace<Result = Frame>(tracer: TracerSpec, fields: object): Promise<Result> {
  const transaction: Transaction = world.sign(0, { gasLimit: 500_000n, ...fields })
  const [result] = await traceMined<Result>(world, [transaction], tracer)
  return result as Result
}

const calls = (fields: object, options: object = {}) =>
  trace<Frame>({ name: 'callTracer', options }, fields)

test('a message that succeeds has its output and no error', async () => {
  assert.deepEqual(await calls({ to: ANSWERS, value: 3n, data: Uint8Array.of(1, 2) }), {
    from: accountOf(0),
    gas: '0x7a120',
    // The floor of EIP-7623: 40 for each of the two bytes.
    gasUsed: '0x5258',
    to: ANSWERS,
    input: '0x0102',
    output: `0x${word(42)}`,
    value: '0x3',
    type: 'CALL',
  })
})

test('reverts carry their bytes and, when they can be read, their reason', async () => {
  const { error, output, revertReason } = await calls({ to: REVERTS })
  assert.equal(error, 'execution reverted')
  assert.equal(output?.slice(0, 10), '0x08c379a0')
  assert.equal(revertReason, 'no')
  const panic = await calls({ to: PANICS })
  assert.equal(panic.revertReason, 'arithmetic underflow or overflow')
})

test('each kind of call is told by its opcode, with the value that it has', async () => {
  const { calls: inner = [] } = await calls({ to: KINDS })
  assert.deepEqual(
    inner.map(({ type, from, to, value }) => [type, from, to, value]),
    [
      ['CALL', KINDS, ANSWERS, '0x1'],
      ['CALLCODE', KINDS, ANSWERS, '0x2'],
      ['DELEGATECALL', KINDS, ANSWERS, '0x0'],
      ['STATICCALL', KINDS, ANSWERS, undefined],
      ['STATICCALL', KINDS, IDENTITY, undefined],
    ],
  )
  assert.deepEqual((await calls({ to: KINDS }, { onlyTopCall: true })).calls, undefined)
})

test('a SELFDESTRUCT is a frame of its own', async () => {
  const { calls: inner } = await calls({ to: DIES })
  assert.deepEqual(inner, [
    {
      from: DIES,
      gas: '0x0',
      gasUsed: '0x0',
      to: HEIR,
      input: '0x',
      value: '0x64',
      type: 'SELFDESTRUCT',
    },
  ])
})

test('logs stand between the messages, and those of failed frames are gone', async () => {
  const { logs, calls: inner = [] } = await calls({ to: LOGS }, { withLog: true })
  assert.deepEqual(logs, [
    { address: LOGS, topics: [], data: '0x', position: '0x0' },
    { address: LOGS, topics: [`0x${word(7)}`], data: '0x00', position: '0x1' },
  ])
  assert.equal(inner[0]?.error, 'execution reverted')
  assert.equal((await calls({ to: LOGS })).logs, undefined)
  const once = await calls({ to: LOGS_ONCE }, { withLog: true })
  assert.deepEqual([once.logs?.length, once.calls?.[0]?.logs], [1, undefined])
  assert.equal((await calls({ to: LOGS_IN_VAIN }, { withLog: true })).logs, undefined)
})

test('a creation that fails has no address; one that succeeds has', async () => {
  const { calls: inner = [] } = await calls({ to: CREATES })
  assert.deepEqual(
    inner.map(({ type, to, error, input }) => [type, to === undefined, error, input]),
    [
      ['CREATE', true, 'execution reverted', '0x600080fd'],
      ['CREATE2', false, undefined, '0x'],
    ],
  )
  const created = await calls({ data: deploying('00') })
  assert.equal(created.type, 'CREATE')
  assert.equal(created.output, '0x00')
  const failed = await calls({ data: hexToBytes('0xfe') })
  assert.deepEqual([failed.to, failed.error], [undefined, 'invalid opcode: INVALID'])
})

test('a message that is refused for want of money is told, and used nothing', async () => {
  const { calls: inner = [] } = await calls({ to: POOR })
  assert.deepEqual(
    inner.map(({ error, gasUsed, value }) => [error, gasUsed, value]),
    [['insufficient balance for transfer', '0x0', '0xffff']],
  )
})

test('the flat list has addresses in the tree, and leaves precompiles out', async () => {
  const flat = await trace<Record<string, unknown>[]>(
    { name: 'flatCallTracer', options: {} },
    { to: KINDS, value: 1n },
  )
  assert.deepEqual(
    flat.map(({ traceAddress }) => traceAddress),
    [[], [0], [1], [2], [3]],
  )
  const transactionHash = world.sign(0, { gasLimit: 500_000n, to: KINDS, value: 1n }).hash
  const { result, ...first } = flat[0] as { result: { gasUsed: string; output: string } }
  assert.equal(result.output, '0x')
  assert.deepEqual(first, {
    action: {
      callType: 'call',
      from: accountOf(0),
      gas: '0x7a120',
      value: '0x1',
      input: '0x',
      to: KINDS,
    },
    blockHash: TRACED_BLOCK_HASH,
    blockNumber: 1,
    subtraces: 4,
    traceAddress: [],
    transactionHash,
    transactionPosition: 0,
    type: 'call',
  })
  const whole = await trace<unknown[]>(
    { name: 'flatCallTracer', options: { includePrecompiles: true } },
    { to: KINDS },
  )
  assert.equal(whole.length, 6)
})

test('flat errors can be put into the words of Parity', async () => {
  const fields = { to: REVERTS }
  const error = async (options: object) => {
    const [frame] = await trace<{ error: string }[]>({ name: 'flatCallTracer', options }, fields)
    return frame?.error
  }
  assert.equal(await error({}), 'execution reverted')
  assert.equal(await error({ convertParityErrors: true }), 'Reverted')
})

test('functions are counted by selector and size of arguments', async () => {
  const data = hexToBytes(`0x01020304${'00'.repeat(32)}`)
  assert.deepEqual(await trace({ name: '4byteTracer' }, { to: ANSWERS, data }), {
    '0x01020304-32': 1,
  })
  assert.deepEqual(await trace({ name: '4byteTracer' }, { to: IDENTITY, data }), {})
})

test('several tracers run at once', async () => {
  const tracers: TracerSpec[] = [
    { name: 'callTracer', options: {} },
    { name: 'prestateTracer', options: {} },
    { name: 'noopTracer' },
  ]
  const all = await trace<Record<string, unknown>>({ name: 'muxTracer', tracers }, { to: ANSWERS })
  assert.deepEqual(Object.keys(all), ['callTracer', 'prestateTracer', 'noopTracer'])
  assert.deepEqual(all.callTracer, await calls({ to: ANSWERS }))
})
