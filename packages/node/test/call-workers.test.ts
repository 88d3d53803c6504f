// Calls and traces on threads of their own, on a real database.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import type { Chain } from '@busan/chain'
import type { Executor } from '@busan/execution'
import { createExecutor, createTransactionDecoder } from '@busan/execution'
import { hexToBytes, isCodedError, toAddress } from '@busan/primitives'
import { openLevelStore } from '@busan/storage'
import { createMetrics, silentLogger } from '@busan/telemetry'
import { databasePathOf } from '../src/call-workers.ts'
import { createLifecycle } from '../src/lifecycle.ts'
import { openStoredChain } from '../src/open-state.ts'
import { GENESIS_NAME, readChainSpec } from '../src/read-chain-spec.ts'
import { systemClock } from '../src/system-clock.ts'

/** JUMPDEST, PUSH1 0, JUMP. */
const LOOPER = toAddress(`0x${'71'.repeat(20)}`)
/** Returns slot 0, which is 7. */
const READER = toAddress(`0x${'72'.repeat(20)}`)
const GENESIS = {
  config: {
    chainId: 1337,
    ...Object.fromEntries(
      ['homestead', 'eip150', 'eip155', 'eip158', 'byzantium', 'constantinople', 'petersburg']
        .concat(['istanbul', 'berlin', 'london'])
        .map((fork) => [`${fork}Block`, 0]),
    ),
  },
  difficulty: '0x1',
  gasLimit: '0x1c9c380',
  alloc: {
    [LOOPER]: { code: '0x5b600056', balance: '0x0' },
    [READER]: {
      code: '0x60005460005260206000f3',
      balance: '0x0',
      storage: { [`0x${'00'.repeat(32)}`]: `0x${'00'.repeat(31)}07` },
    },
  },
}
const CALL_TRACER = { name: 'callTracer', options: {} } as const
const GAS = 10n ** 12n

const folder = await mkdtemp(path.join(tmpdir(), 'busan-calls-'))
const life = createLifecycle(silentLogger)
let chain: Chain
/** The same on this thread. */
let plain: Executor

before(async () => {
  const genesisFile = path.join(folder, GENESIS_NAME)
  await writeFile(genesisFile, JSON.stringify(GENESIS))
  const spec = await readChainSpec(genesisFile, 'import')
  chain = await openStoredChain(
    {
      config: {
        'data-path': folder,
        'genesis-file': undefined,
        engine: 'import',
        evm: 'fast',
        'rpc-workers': 1,
      },
      spec,
      clock: systemClock,
      logger: silentLogger,
      metrics: createMetrics({ processMetrics: false }),
      life,
      onFatal: (error) => assert.fail(String(error)),
    },
    createTransactionDecoder(),
  )
  const store = await openLevelStore(databasePathOf(folder), { logger: silentLogger })
  life.onStop('second view', () => store.close())
  plain = createExecutor({ store, spec, blockHashByNumber: chain.hashByNumber })
})

after(async () => {
  await life.stop()
  await rm(folder, { recursive: true })
})

test('what other threads answer is what this one answers', async () => {
  const { header, hash } = chain.head()
  const { executor } = chain
  const request = { to: READER, data: new Uint8Array(0) }
  const bounds = { timeoutMs: 5_000 }
  const tracing = { tracer: CALL_TRACER, sizeMax: 10_000, ...bounds }
  const simulation = {
    blocks: [{ override: {}, calls: [request] }],
    isValidating: false,
    traceTransfers: false,
    gasCap: 10n ** 8n,
    ...bounds,
  }
  for (const ask of [
    (one: Executor) => one.call(request, header, bounds),
    (one: Executor) => one.estimateGas(request, header, bounds),
    (one: Executor) => one.accessList(request, header, bounds),
    (one: Executor) => one.traceCall(request, header, tracing),
    (one: Executor) =>
      one.traceCalls([{ request, tracer: CALL_TRACER }], header, {
        sizeMax: 10_000,
        ...bounds,
      }),
    (one: Executor) => one.simulate(simulation, { header, hash }),
    (one: Executor) =>
      one.call(request, header, {
        ...bounds,
        stateOverrides: new Map([[READER, { code: hexToBytes('0x00') }]]),
      }),
  ]) {
    assert.deepEqual(await outcomeOf(() => ask(executor)), await outcomeOf(() => ask(plain)))
  }
})

test('a call that never ends is cut off in time, and this thread turns all the while', async () => {
  const turnsBeside = async (executor: Executor): Promise<number> => {
    const { header } = chain.head()
    const endless = { to: LOOPER, gas: GAS }
    const bounds = { timeoutMs: 300, gasCap: GAS }
    let turns = 0
    const turning = setInterval(() => turns++, 1)
    await assert.rejects(executor.call(endless, header, bounds), (error) =>
      isCodedError(error, 'call-timeout'),
    )
    const tracing = { tracer: CALL_TRACER, sizeMax: 10_000, ...bounds }
    await assert.rejects(executor.traceCall(endless, header, tracing), /timeout/)
    clearInterval(turning)
    return turns
  }
  const [apart, here] = [await turnsBeside(chain.executor), await turnsBeside(plain)]
  assert.ok(apart > 2 * here, `${apart} turns beside other threads, ${here} on this one`)
  const answer = await chain.executor.call({ to: READER }, chain.head().header, {})
  assert.equal(answer.ok && answer.value.output.at(-1), 7)
})

async function outcomeOf(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask()
  } catch (error) {
    return error
  }
}
