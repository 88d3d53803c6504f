import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ForkSchedule } from '@busan/chain-spec'
import { toHash } from '@busan/primitives'
import { forkHash } from '../src/fork-id.ts'
import { call } from './client.ts'
import { startNode } from './fixture.ts'

const fork = {} as ForkSchedule[number]['fork']

/** Ethereum's own, of which the fork ids are published (EIP-2124, EIP-6122). */
const MAINNET: ForkSchedule = [
  ...[0n, 1_150_000n, 1_920_000n, 2_463_000n, 2_675_000n, 4_370_000n, 7_280_000n, 7_280_000n]
    .concat([9_069_000n, 9_200_000n, 12_244_000n, 12_965_000n, 13_773_000n, 15_050_000n])
    .map((block) => ({ fork, activation: { block } })),
  ...[1_681_338_455n, 1_710_338_135n].map((time) => ({ fork, activation: { time } })),
]
const genesis = {
  hash: toHash('0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3'),
  timestamp: 0n,
}

test('fork ids are those of Ethereum', () => {
  assert.equal(forkHash(MAINNET.slice(0, 1), genesis, 0n), '0xfc64ec04')
  assert.equal(forkHash(MAINNET.slice(0, 2), genesis, 0n), '0x97c2c34c')
  assert.equal(forkHash(MAINNET, genesis, 0n), '0xf0afd0e3')
  assert.equal(forkHash(MAINNET, genesis, 1_681_338_455n), '0xdce96c2d')
  assert.equal(forkHash(MAINNET, genesis, 2_000_000_000n), '0x9f3d2254')
})

interface ForkDescription {
  readonly activationTime: number
  readonly forkId: string
  readonly precompiles: Readonly<Record<string, string>>
  readonly systemContracts: object
}

test('eth_config tells the fork in force, its precompiles, and that none is to come', async () => {
  const node = await startNode()
  try {
    const answer = await call<Record<string, ForkDescription | null>>(node, 'eth_config')
    const { current, next, last } = answer
    assert.deepEqual([next, last], [null, null])
    assert.equal(current?.activationTime, 0)
    assert.equal(current?.precompiles.P256VERIFY, `0x${'100'.padStart(40, '0')}`)
    assert.deepEqual(current?.systemContracts, {}, 'QBFT networks call none')
    assert.match(String(current?.forkId), /^0x[0-9a-f]{8}$/)
  } finally {
    await node.close()
  }
})
