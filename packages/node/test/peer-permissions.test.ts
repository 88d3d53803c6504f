import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Chain } from '@busan/chain'
import { hexToBytes, toAddress } from '@busan/primitives'
import { silentLogger } from '@busan/telemetry'
import { encodeFunctionResult, parseAbi } from 'viem'
import { followPeerPermissions } from '../src/peer-permissions.ts'

const ABI = parseAbi(['function peerIdsFrom(uint256,uint256) view returns (string[])'])

test('a peer needs the leave of the file and of the registry, as both stand now', async () => {
  let listed = ['A', 'B', 'C']
  let file: ReadonlySet<string> | undefined = new Set(['B', 'C', 'D'])
  let onHead = () => {}
  let changes = 0
  const chain = {
    spec: { systemContracts: { nodeRegistry: toAddress(`0x${'99'.repeat(20)}`) } },
    head: () => ({ header: { stateRoot: '0x' } }),
    executor: {
      systemContractAt: () => ({
        version: listed.join(),
        ask: async () => hexToBytes(encodeFunctionResult({ abi: ABI, result: listed })),
      }),
    },
    onHead: (listener: () => void) => {
      onHead = listener
      return () => {}
    },
  } as unknown as Chain
  let onLocal = () => {}
  const { allowed } = await followPeerPermissions({
    chain,
    logger: silentLogger,
    local: {
      entries: () => file,
      onChanged: (listener) => {
        onLocal = listener
        return () => {}
      },
    },
    fallback: new Set(),
    onChanged: () => changes++,
  })
  const nodes = () => allowed() && [...(allowed() ?? [])].sort()
  assert.deepEqual(nodes(), ['B', 'C'])
  listed = ['C', 'D']
  const before = changes
  onHead()
  while (changes === before) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(nodes(), ['C', 'D'])
  file = new Set(['D'])
  const beforeLocal = changes
  onLocal()
  assert.equal(changes, beforeLocal + 1, 'peers are looked at again')
  assert.deepEqual(nodes(), ['D'])
  file = undefined
  assert.deepEqual(nodes(), ['C', 'D'])
  listed = []
  const again = changes
  onHead()
  while (changes === again) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(nodes(), undefined)
})
