// A message is sent its sender's memory and answered with its own, not with copies: whatever is written there afterwards,
// what was sent and answered stays as it was.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, bytesToHex } from '@busan/primitives'
import { createExecutor } from '../src/index.ts'
import { traceMined } from './tracing.ts'
import { address, createWorld } from './world.ts'

const ECHO = address(0xa0)
const FILLS_MEMORY = address(0xb0)
const READS_MEMORY = address(0xb1)
const word = (value: number) => value.toString(16).padStart(64, '0')
const SENT = word(0x11)
const WRITTEN_AFTERWARDS = word(0x22)
const INIT_CODE = '385f5f39385ff3'

/** Writes SENT, sends it, writes over it and returns both words: memory, and what the message came back with. */
const sending = (to: string): string =>
  `60115f52 5f5f60205f${to}61fffffa50 60225f52 60205f60203e 60405ff3`

const CODES = {
  [ECHO]: '365f5f37365ff3',
  [address(0xa1)]: sending('6004'),
  [address(0xa2)]: sending(`73${ECHO.slice(2)}`),
  // The answer is written over what was sent, and returned with what came back.
  [address(0xa3)]: `60115f52 60206001 60205f73${ECHO.slice(2)}61fffffa50 60205f60203e 60405ff3`,
  // Init code that deploys itself.
  [address(0xa4)]: `66${INIT_CODE}5f52 600760195ff0 60225f52 60075f6020833c 60405ff3`,
  // The memory grows before the answer is read.
  [address(0xa8)]:
    `60115f52 5f5f60205f73${ECHO.slice(2)}61fffffa50 6001611388 52 60205f60203e 60405ff3`,
  [FILLS_MEMORY]: '5f195f52 5f19602052 5f196107d052',
  [READS_MEMORY]: '60405ff3',
  [address(0xa9)]:
    `${`5f5f5f5f73${FILLS_MEMORY.slice(2)}61fffffa50`.repeat(2)} 60405f5f5f73${READS_MEMORY.slice(2)}61fffffa50 60405f60203e 60605ff3`,
  // Fills two words, then copies nothing at all and the end of its code over them.
  [address(0xaa)]: '5f195f52 5f19602052 60205f5f37 60206017602039 60405ff3',
  // Jumps beyond the code: to the first byte behind it, to 2^32 and to the largest word.
  [address(0xa5)]: '5b600456',
  [address(0xa6)]: '5b64010000000056',
  [address(0xa7)]: `5b7f${'ff'.repeat(32)}56`,
}

const world = await createWorld({
  alloc: Object.fromEntries(
    Object.entries(CODES).map(([at, code]) => [at, { code: `0x${code.replaceAll(' ', '')}` }]),
  ),
})
const blockHashByNumber = () => undefined
const executors = (['fast', 'reference'] as const).map((evm) =>
  createExecutor({ store: world.store, spec: world.spec, blockHashByNumber, evm }),
)

async function callBoth(to: Address) {
  const verdicts = await Promise.all(
    executors.map((executor) => executor.call({ to, gas: 200_000n }, world.genesis)),
  )
  return verdicts.map((verdict) => {
    assert.ok(verdict.ok)
    const { status, output, error } = verdict.value
    return { status, output: bytesToHex(output), error }
  })
}

for (const [what, to, output] of [
  ['a precompiled contract that answers with it', 0xa1, WRITTEN_AFTERWARDS + SENT],
  ['a contract that answers with it', 0xa2, WRITTEN_AFTERWARDS + SENT],
  ['a contract that answers into it', 0xa3, word(0) + SENT],
  ['a contract, and grows before the answer is read', 0xa8, SENT + SENT],
  ['a contract that finds its own empty', 0xa9, word(0).repeat(3)],
  ['init code', 0xa4, WRITTEN_AFTERWARDS + INIT_CODE.padEnd(64, '0')],
] as const) {
  test(`memory is sent to ${what}`, async () => {
    const [ours, theirs] = await callBoth(address(to))
    assert.deepEqual(ours, { status: 'success', output: `0x${output}`, error: undefined })
    assert.deepEqual(ours, theirs)
  })
}

test('a tracer keeps what was sent', async () => {
  for (const [to, input] of [
    [0xa2, SENT],
    [0xa4, INIT_CODE],
  ] as const) {
    const transaction = world.sign(0, { to: address(to), gasLimit: 200_000n })
    const tracer = { name: 'callTracer', options: {} } as const
    const [trace] = await traceMined<{ calls: { input: string }[] }>(world, [transaction], tracer)
    assert.equal(trace?.calls[0]?.input, `0x${input}`)
  }
})

test('a copy from beyond the end of its source writes zeros', async () => {
  const [ours, theirs] = await callBoth(address(0xaa))
  assert.equal(ours?.output, `0x${word(0)}${'5ff3'.padEnd(64, '0')}`)
  assert.deepEqual(ours, theirs)
})

test('no jump leads out of the code', async () => {
  for (const to of [0xa5, 0xa6, 0xa7]) {
    const [ours, theirs] = await callBoth(address(to))
    assert.deepEqual(ours, { status: 'halt', output: '0x', error: 'invalid jump destination' })
    assert.deepEqual(ours, theirs)
  }
})
