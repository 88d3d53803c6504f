import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { encodeBlock } from '@busan/chain-spec'
import { bytesToHex, hexToBytes, present, toHash } from '@busan/primitives'
import { sealHash, withSeals } from '@busan/qbft'
import { type Logger, type LogLevel, silentLogger } from '@busan/telemetry'
import { createValidatorKeys } from '@busan/testkit'
import { call, send } from './client.ts'
import { startNode, type TestNode } from './fixture.ts'

const levels: LogLevel[] = []
const logger: Logger = {
  ...silentLogger,
  child: () => logger,
  setLevel: (level) => levels.push(level),
}
let node: TestNode
before(async () => {
  node = await startNode({ logger })
})
after(() => node.close())

test('a block that was sealed and does not hold is kept to be looked at', async () => {
  assert.deepEqual(await call(node, 'debug_getBadBlocks'), [])
  const key = present(createValidatorKeys(1)[0], 'validator key')
  const { block } = await node.chain.buildProposal({
    round: 0,
    coinbase: key.address,
    nowMs: node.clock.nowMs() + 1_000,
    vanity: new Uint8Array(32),
    candidates: node.pool.executable(0n),
    budgetMs: 1_000,
  })
  node.clock.advance(1_000)
  const header = { ...block.header, stateRoot: toHash(`0x${'ba'.repeat(32)}`) }
  const sealed = withSeals(header, [key.sign(hexToBytes(sealHash(header)))])
  const bad = { header: sealed, transactions: [] }
  const verdict = await node.chain.importBlock(bad)
  assert.ok(!verdict.ok && verdict.reason === 'invalid-outcome')
  type BadBlock = { hash: string; rlp: string; block: { stateRoot: string; number: string } }
  const [found] = await call<BadBlock[]>(node, 'debug_getBadBlocks')
  assert.equal(found?.rlp, bytesToHex(encodeBlock(bad)))
  assert.equal(found?.block.stateRoot, header.stateRoot)
  assert.equal(found?.block.number, '0x1')
  assert.equal(await call(node, 'eth_blockNumber'), '0x0')
})

test('the log level follows the numbers of geth', async () => {
  for (const verbosity of [0, 1, 2, 3, 4, 5]) await call(node, 'debug_verbosity', verbosity)
  assert.deepEqual(levels, ['error', 'error', 'warn', 'info', 'debug', 'debug'])
  assert.equal((await send(node, 'debug_verbosity', ['loud'])).error?.code, -32602)
})
