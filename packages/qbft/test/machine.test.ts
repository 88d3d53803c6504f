import assert from 'node:assert/strict'
import { describe as suite, test } from 'node:test'
import { describe, latestOwnMessages, sealsOf } from '../src/status.ts'
import { commitOf, fakeBlock } from './harness/fake-blocks.ts'
import { createNetwork, type Network } from './harness/network.ts'

const SIZES = [1, 2, 3, 4, 5, 6, 7, 9, 10]
// Below three validators the quorum is all of them.
const SIZES_THAT_BEAR_A_CRASH = SIZES.filter((count) => count >= 3)

/** Every timer of every running validator fires, then everything sent arrives. */
function expireAll(network: Network): void {
  for (const node of network.nodes.values()) {
    if (node.timer !== undefined && !node.isDown) {
      network.feed(node, { type: 'round-timeout', round: node.timer })
    }
  }
  network.deliverWhere()
}

function assertAllDecided(network: Network, round: number): void {
  assert.equal(network.decisions().size, 1)
  for (const node of network.nodes.values()) {
    if (node.isDown) continue
    assert.equal(node.decided?.round, round, `${node.self} decides in round ${round}`)
  }
}

for (const count of SIZES) {
  suite(`${count} validators`, () => {
    test('decide in round 0 when nothing fails', () => {
      const network = createNetwork({ count })
      network.start()
      network.deliverWhere()
      assertAllDecided(network, 0)
      assert.equal(network.at(0).decided?.coinbase, network.validators[0])
      assert.deepEqual(network.reports, [])
    })

    test('decide whatever the order of arrival', () => {
      const network = createNetwork({ count })
      network.start()
      while (network.inFlight.length > 0) {
        const latest = network.inFlight.pop()
        if (latest !== undefined) network.deliver(latest)
      }
      assertAllDecided(network, 0)
    })

    test('decide after every message of rounds 0 and 1 was lost', () => {
      const network = createNetwork({ count })
      network.start()
      network.inFlight.length = 0
      if (count === 1) return assertAllDecided(network, 0)
      for (const index of network.validators.keys()) network.expire(index)
      network.inFlight.length = 0
      network.retransmit()
      network.deliverWhere()
      for (let i = 0; i < 3 && network.decisions().size === 0; i++) expireAll(network)
      assert.equal(network.decisions().size, 1)
    })

    test('the seals that arrive after the decision are kept for the block', () => {
      const network = createNetwork({ count })
      network.start()
      network.deliverWhere()
      const seals = sealsOf(network.at(0).state)
      assert.deepEqual(
        seals.map((seal) => seal.author),
        network.validators,
      )
    })
  })
}

for (const count of SIZES_THAT_BEAR_A_CRASH) {
  test(`${count} validators decide in round 1 when the leader of round 0 is silent`, () => {
    const network = createNetwork({ count })
    network.at(0).isDown = true
    network.start()
    network.deliverWhere()
    expireAll(network)
    assertAllDecided(network, 1)
    assert.equal(network.at(1).decided?.coinbase, network.validators[1])
  })
}

test('a late commit for another block adds no seal', () => {
  const network = createNetwork({ count: 4, byzantine: [3] })
  network.start()
  network.deliverWhere()
  const author = network.validators[3] as never
  assert.equal(network.inject(0, commitOf(fakeBlock('other', 0, author), author)), 'decided')
  assert.equal(sealsOf(network.at(0).state).length, 3)
})

test('after the decision timers, proposals and round changes change nothing', () => {
  const network = createNetwork({ count: 4 })
  network.start()
  network.deliverWhere()
  const node = network.at(1)
  const { state } = node
  assert.equal(network.feed(node, { type: 'round-timeout', round: 0 }), 'decided')
  assert.equal(network.feed(node, { type: 'block-timeout' }), 'decided')
  assert.equal(node.state, state)
})

test('a timer of an earlier round is ignored', () => {
  const network = createNetwork({ count: 4 })
  network.start()
  network.expire(3)
  assert.equal(network.at(3).state.round, 1)
  assert.equal(network.feed(network.at(3), { type: 'round-timeout', round: 0 }), 'stale-round')
  assert.equal(network.at(3).state.round, 1)
})

test('a proposal that is ahead of our own block time starts the round', () => {
  const network = createNetwork({ count: 4 })
  network.feed(network.at(0), { type: 'block-timeout' })
  assert.equal(network.at(1).state.isStarted, false)
  network.deliverWhere()
  assert.equal(network.at(1).timer, 0)
  assertAllDecided(network, 0)
  assert.equal(network.feed(network.at(1), { type: 'block-timeout' }), 'decided')
})

test('retransmission repairs what was lost, and what arrives twice changes nothing', () => {
  const network = createNetwork({ count: 4 })
  network.start()
  network.inFlight.length = 0
  network.retransmit()
  network.deliverWhere()
  network.retransmit()
  network.deliverWhere()
  assertAllDecided(network, 0)
  const before = [...network.nodes.values()].map((node) => node.state)
  network.retransmit()
  network.deliverWhere()
  assert.deepEqual(
    [...network.nodes.values()].map((node) => node.state),
    before,
  )
})

test('status names the phase and who is missing', () => {
  const network = createNetwork({ count: 4 })
  const [, second, third, fourth] = network.validators
  assert.equal(describe(network.at(1).state).phase, 'waiting-for-block-time')
  network.feed(network.at(1), { type: 'block-timeout' })
  const waiting = describe(network.at(1).state)
  assert.equal(waiting.phase, 'waiting-for-proposal')
  assert.deepEqual(waiting.missing, [network.validators[0]])

  network.feed(network.at(0), { type: 'block-timeout' })
  network.deliverWhere(({ message }) => message.type === 'proposal')
  const preparing = describe(network.at(0).state)
  assert.equal(preparing.phase, 'preparing')
  assert.deepEqual(preparing.missing, [second, third, fourth])

  network.deliverWhere(({ message }) => message.type === 'prepare')
  const committing = describe(network.at(0).state)
  assert.equal(committing.phase, 'committing')
  assert.equal(committing.lockedRound, 0)
  assert.deepEqual(committing.committed, [network.validators[0]])
  assert.deepEqual(committing.missing, [second, third, fourth])

  network.deliverWhere()
  assert.equal(describe(network.at(0).state).phase, 'decided')
})

test('status after a lone timeout says for whom the round is waiting', () => {
  const network = createNetwork({ count: 4 })
  network.start()
  network.expire(3)
  const status = describe(network.at(3).state)
  assert.equal(status.phase, 'waiting-for-validators')
  assert.equal(status.round, 1)
  assert.deepEqual(status.missing, network.validators.slice(0, 3))
  assert.deepEqual(status.roundChanges, [{ validator: network.validators[3], round: 1 }])
})

test('our own messages of the round are there to be sent again', () => {
  const network = createNetwork({ count: 4 })
  network.start()
  network.deliverWhere()
  const types = latestOwnMessages(network.at(0).state).map((message) => message.type)
  assert.deepEqual(types, ['proposal', 'prepare', 'commit'])
  const other = createNetwork({ count: 4 })
  other.start()
  other.expire(2)
  assert.deepEqual(
    latestOwnMessages(other.at(2).state).map((message) => message.type),
    ['round-change'],
  )
})
