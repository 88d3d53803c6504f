import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToAddress, keccak256, ZERO_HASH } from '@busan/primitives'
import { createMemoryStore } from '@busan/storage'
import { EMPTY_LOGS_BLOOM, encodeReceiptsInSteps, logsBloomInSteps } from '../src/receipts.ts'
import { NO_ACCOUNT } from '../src/state/account.ts'
import { createStateSource } from '../src/state/state-source.ts'
import { StateView } from '../src/state/state-view.ts'
import { pacedResultOf } from '../src/state/steps.ts'
import { orderedTrieRoot, orderedTrieRootInSteps } from '../src/state/trie.ts'

const ACCOUNTS = 2_000

function writtenView(source = createStateSource(createMemoryStore())): StateView {
  const view = new StateView(source)
  for (let index = 0; index < ACCOUNTS; index++) {
    const address = bytesToAddress(keccak256(Uint8Array.of(index >> 8, index)).subarray(12))
    view.setAccountAt(address, { ...NO_ACCOUNT, nonce: 1n })
    if (index === 0) for (let slot = 1n; slot <= 500n; slot++) view.setSlotAt(address, slot, slot)
  }
  return view
}

test('a large change is made in small steps, between which the event loop runs when a pause is due', async () => {
  const atOnce = writtenView().change()
  const view = writtenView()
  let turns = 0
  const pause = async () => void turns++
  const inSteps = await pacedResultOf(view.changeInSteps(), { pause })
  assert.deepEqual(inSteps.stateRoot, atOnce.stateRoot)
  assert.equal(inSteps.writes.length, atOnce.writes.length)
  assert.ok(turns > 300, `${turns} steps`)
})

test('no step of a change makes more than some dozens of nodes', () => {
  let made = 0
  const source = createStateSource(createMemoryStore())
  const view = writtenView({ ...source, remember: () => void made++ })
  const steps = view.changeInSteps()
  let most = 0
  for (let before = 0; steps.next().done !== true; before = made) {
    most = Math.max(most, made - before)
  }
  assert.ok(made > ACCOUNTS && most < 40, `${most} of ${made} nodes`)
})

test('so is the root of a list', async () => {
  const values = Array.from({ length: 1_000 }, (_, i) => keccak256(Uint8Array.of(i >> 8, i)))
  let turns = 0
  const pause = async () => void turns++
  const root = await pacedResultOf(orderedTrieRootInSteps(values), { pause })
  assert.deepEqual(root, orderedTrieRoot(values))
  assert.ok(turns > 60, `${turns} steps`)
})

test('so are the bloom and the encodings of a transaction that writes thousands of logs', async () => {
  const address = bytesToAddress(new Uint8Array(20))
  const logs = Array.from(
    { length: 5_000 },
    () => ({ address, topics: [ZERO_HASH], data: '0x' }) as const,
  )
  const receipt = {
    ...{ type: 2, succeeded: true, logs, logsBloom: EMPTY_LOGS_BLOOM, contractAddress: null },
    ...{ cumulativeGasUsed: 1n, gasUsed: 1n, effectiveGasPriceWei: 1n },
  }
  for (const work of [() => logsBloomInSteps(logs), () => encodeReceiptsInSteps([receipt])]) {
    let turns = 0
    await pacedResultOf<unknown>(work(), { pause: async () => void turns++ })
    assert.ok(turns > 70, `${turns} steps`)
  }
})
