import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Block } from '@busan/chain-spec'
import { type Hash, present } from '@busan/primitives'
import { encodeMessage, type Message, signMessage } from '@busan/qbft'
import { createMetrics } from '@busan/telemetry'
import {
  createToyChain,
  createToyPool,
  createValidatorKeys,
  createVirtualClock,
} from '@busan/testkit'
import { createCompactProposals } from '../src/compact-proposals.ts'
import { createValidatorMetrics } from '../src/metrics.ts'

const TRANSACTIONS = 5
const [key] = createValidatorKeys(1)
const { address, sign } = present(key, 'key')

/** The proposal of a block with all transactions. */
async function propose(count = TRANSACTIONS): Promise<Message<Block>> {
  const clock = createVirtualClock({ startMs: 1_700_000_000_000 })
  const chain = createToyChain({ clock, validators: [address] })
  const pool = createToyPool()
  for (let payload = 0; payload < count; payload++) pool.add(payload)
  const building = chain.buildProposal({
    round: 0,
    coinbase: address,
    nowMs: clock.nowMs() + 1000,
    vanity: new Uint8Array(32),
    candidates: pool.executable(),
    budgetMs: 500,
  })
  await clock.advance(10)
  const { block } = await building
  const payload = { type: 'proposal', height: 1n, round: 0, block } as const
  const unsigned = { type: 'proposal', payload, roundChanges: [], prepares: [] } as const
  return signMessage(unsigned, sign, address)
}

/** A node with these transactions, among peers that give what `give` says. */
function receiver(options: {
  readonly pooled: readonly number[]
  readonly give?: (
    peer: string,
    hashes: readonly Hash[],
  ) => Promise<readonly (Uint8Array | undefined)[]>
  readonly isUnderstood?: boolean
}) {
  const pool = createToyPool()
  for (const payload of options.pooled) pool.add(payload)
  const asked: { readonly peer: string; readonly count: number }[] = []
  const delivered: Uint8Array[] = []
  const compact = createCompactProposals({
    chain: createToyChain({
      clock: createVirtualClock({ startMs: 1_700_000_000_000 }),
      validators: [address],
    }),
    pool,
    metrics: createValidatorMetrics(createMetrics()),
    transport: {
      isUnderstood: () => options.isUnderstood ?? true,
      peers: () => ['liar', 'friend', 'other'],
      requestTransactions(peer, hashes) {
        asked.push({ peer, count: hashes.length })
        return options.give?.(peer, hashes) ?? Promise.resolve([])
      },
    },
    deliver(bytes) {
      delivered.push(bytes)
      return 'accept'
    },
  })
  return { compact, asked, delivered }
}

const sender = receiver({ pooled: [] })
const giving = async (_: string, hashes: readonly Hash[]) => sender.compact.transactions(hashes)

async function shrunk(count?: number) {
  const message = await propose(count)
  const bytes = present(sender.compact.shrink(message), 'compact form')
  return { bytes, whole: encodeMessage(message) }
}

describe('a compact proposal', () => {
  it('is made whole from the pool, and nobody is asked', async () => {
    const { bytes, whole } = await shrunk()
    const { compact, asked, delivered } = receiver({ pooled: [0, 1, 2, 3, 4] })
    assert.equal(await compact.receive(bytes, 'friend'), 'accept')
    assert.deepEqual(delivered, [whole])
    assert.deepEqual(asked, [])
  })

  it('has what is missing asked of its sender, and given on to others', async () => {
    const { bytes, whole } = await shrunk()
    const first = receiver({ pooled: [1, 3], give: giving })
    assert.equal(await first.compact.receive(bytes, 'friend'), 'accept')
    assert.deepEqual(first.asked, [{ peer: 'friend', count: 3 }])
    assert.deepEqual(first.delivered, [whole])
    const second = receiver({
      pooled: [],
      give: async (_, hashes) => first.compact.transactions(hashes),
    })
    assert.equal(await second.compact.receive(bytes, 'friend'), 'accept')
    assert.deepEqual(second.delivered, [whole])
  })

  it('that a liar passed on is completed by others', async () => {
    const { bytes, whole } = await shrunk()
    const give = async (peer: string, hashes: readonly Hash[]) =>
      peer === 'liar' ? [] : giving(peer, hashes)
    const { compact, asked, delivered } = receiver({ pooled: [0], give })
    assert.equal(await compact.receive(bytes, 'liar'), 'accept')
    assert.deepEqual(
      asked.map(({ peer }) => peer),
      ['liar', 'friend'],
    )
    assert.deepEqual(delivered, [whole])
  })

  it('whose transactions nobody gives is dropped, and its peer may send the next', async () => {
    const { bytes } = await shrunk()
    const { compact, asked, delivered } = receiver({ pooled: [0] })
    for (let round = 0; round < 4; round++) {
      assert.equal(await compact.receive(bytes, 'liar'), 'ignore')
    }
    assert.equal(asked.length, 4 * 3)
    assert.deepEqual(delivered, [])
  })

  it('waits for transactions beside one other of the same peer, and no more', async () => {
    const { bytes } = await shrunk()
    const gate = Promise.withResolvers<readonly Uint8Array[]>()
    const { compact, asked } = receiver({ pooled: [], give: () => gate.promise })
    const waiting = [compact.receive(bytes, 'liar'), compact.receive(bytes, 'liar')]
    assert.equal(await compact.receive(bytes, 'liar'), 'ignore')
    assert.equal(asked.length, 2)
    gate.resolve([])
    assert.deepEqual(await Promise.all(waiting), ['ignore', 'ignore'])
  })

  it('that cannot be read is held against its sender', async () => {
    const { bytes } = await shrunk()
    const { compact } = receiver({ pooled: [] })
    assert.equal(await compact.receive(bytes.subarray(0, 40), 'liar'), 'reject')
  })

  it('is not sent while a peer would not understand it', async () => {
    const { compact } = receiver({ pooled: [], isUnderstood: false })
    assert.equal(compact.shrink(await propose()), undefined)
  })

  it('is not made of other messages, which are handed on as they are', async () => {
    const { compact, delivered } = receiver({ pooled: [] })
    assert.equal(compact.shrink(await propose(0)), undefined)
    const whole = encodeMessage(await propose())
    assert.equal(await compact.receive(whole, 'friend'), 'accept')
    assert.deepEqual(delivered, [whole])
  })
})
