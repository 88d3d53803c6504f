import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Chain } from '@busan/chain'
import { hexToBytes, toAddress } from '@busan/primitives'
import { silentLogger } from '@busan/telemetry'
import { decodeFunctionData, encodeFunctionResult, parseAbi } from 'viem'
import { createPeerRegistry } from '../src/peer-registry.ts'

const ABI = parseAbi(['function peerIdsFrom(uint256,uint256) view returns (string[])'])
const ADDRESS = toAddress('0x0000000000000000000000000000000000009999')
const idOf = (index: number) => `12D3KooW${index}`.padEnd(52, 'A')

type Answer = (data: Uint8Array) => Uint8Array | undefined

/** A registry over a chain of which only that contract is there. */
function registryWith(answer: Answer, isThere = true) {
  const contract = { version: '1', answer, asked: 0, changes: 0 }
  const chain = {
    spec: { systemContracts: { nodeRegistry: isThere ? ADDRESS : undefined } },
    head: () => ({ header: { stateRoot: '0x' } }),
    executor: {
      systemContractAt: () => ({
        version: contract.version,
        ask: async (data: Uint8Array) => {
          contract.asked++
          return contract.answer(data)
        },
      }),
    },
  } as unknown as Chain
  const fallback = new Set([idOf(999)])
  const registry = createPeerRegistry({ chain, logger: silentLogger, fallback }, () => {
    contract.changes++
  })
  return { registry, contract, fallback }
}

/** As the real contract pages its list. */
const listing =
  (ids: readonly string[]): Answer =>
  (data) => {
    const { args } = decodeFunctionData({
      abi: ABI,
      data: `0x${Buffer.from(data).toString('hex')}`,
    })
    const [from, count] = args.map(Number) as [number, number]
    return hexToBytes(encodeFunctionResult({ abi: ABI, result: ids.slice(from, from + count) }))
  }

describe('the node registry, as peers are admitted by it', () => {
  for (const count of [1, 31, 32, 33, 64, 70, 512]) {
    it(`reads a list of ${count}`, async () => {
      const ids = Array.from({ length: count }, (_, index) => idOf(index))
      const { registry } = registryWith(listing(ids))
      await registry.refresh()
      assert.deepEqual(registry.listed(), new Set(ids))
    })
  }

  it('admits everybody while nothing is listed, or where there is none', async () => {
    const empty = registryWith(listing([]))
    await empty.registry.refresh()
    assert.equal(empty.registry.listed(), undefined)
    const absent = registryWith(listing([idOf(1)]), false)
    await absent.registry.refresh()
    assert.equal(absent.registry.listed(), undefined)
    assert.equal(absent.contract.asked, 0)
  })

  it('is read again only when it has changed', async () => {
    const { registry, contract } = registryWith(listing([idOf(1)]))
    await registry.refresh()
    await registry.refresh()
    assert.deepEqual([contract.asked, contract.changes], [1, 1])
    contract.version = '2'
    contract.answer = listing([idOf(2)])
    await registry.refresh()
    assert.deepEqual(registry.listed(), new Set([idOf(2)]))
  })

  for (const [what, answer] of Object.entries<Answer>({
    fails: () => undefined,
    'is missing': () => new Uint8Array(0),
    'points outside': () => new Uint8Array(64).fill(0xff),
    'lists without end': () =>
      hexToBytes(encodeFunctionResult({ abi: ABI, result: Array(40).fill('A') })),
    'lists long texts': () =>
      hexToBytes(encodeFunctionResult({ abi: ABI, result: ['A'.repeat(65)] })),
    'breaks off': (data) => listing([idOf(1), idOf(2)])(data)?.subarray(0, 150),
  })) {
    it(`leaves the bootnodes alone when it ${what}`, async () => {
      const { registry, fallback } = registryWith(answer)
      await registry.refresh()
      assert.equal(registry.listed(), fallback)
    })
  }
})
