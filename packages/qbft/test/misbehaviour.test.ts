import assert from 'node:assert/strict'
import { describe as suite, test } from 'node:test'
import { toAddress } from '@busan/primitives'
import { step } from '../src/step.ts'
import type { Validator } from '../src/types.ts'
import {
  commitOf,
  fakeBlock,
  fakeRules,
  HEIGHT,
  prepareOf,
  proposalOf,
  roundChangeOf,
  signed,
} from './harness/fake-blocks.ts'
import { createNetwork } from './harness/network.ts'

type Four = readonly [Validator, Validator, Validator, Validator]

/** Four validators; the leader of round 0 (and whoever else is named) is the test. */
function besieged(...byzantine: readonly number[]) {
  const network = createNetwork({ count: 4, byzantine: [0, ...byzantine] })
  network.start()
  return { network, names: network.validators as Four }
}

suite('an equivocating leader', () => {
  test('cannot make two halves decide differently, and is reported', () => {
    const { network, names } = besieged()
    const [liar] = names
    const [x, y] = [fakeBlock('x', 0, liar), fakeBlock('y', 0, liar)]
    network.inject(1, proposalOf(x, liar))
    network.inject(2, proposalOf(x, liar))
    network.inject(3, proposalOf(y, liar))
    for (const index of [1, 2]) network.inject(index, prepareOf(x, liar))
    network.inject(3, prepareOf(y, liar))
    network.deliverWhere()
    for (const index of [1, 2]) network.inject(index, commitOf(x, liar))
    network.inject(3, commitOf(y, liar))
    assert.deepEqual([...network.decisions()], ['x'])
    assert.equal(network.at(3).decided, undefined)
    network.inject(3, proposalOf(x, liar))
    assert.deepEqual(network.reports, [{ author: liar, evidence: 'equivocation' }])
  })

  test('is reported once, has two blocks held at most, and the first valid one stands', () => {
    const network = createNetwork({ count: 4, byzantine: [0], isSlow: true })
    const liar = network.validators[0] as Validator
    network.start()
    for (const id of ['x', 'y', 'z', 'y']) {
      network.inject(1, proposalOf(fakeBlock(id, 0, liar), liar))
    }
    assert.equal(network.reports.length, 1)
    assert.equal(network.at(1).state.candidates.length, 2)
    network.work(network.at(1))
    assert.equal(network.at(1).ledger.prepares.get(0), fakeRules.digest(fakeBlock('x', 0, liar)))
  })

  test('whose first block is invalid has its second one checked', () => {
    const network = createNetwork({
      count: 4,
      byzantine: [0],
      isValid: (block) => block.id !== 'bad',
    })
    const liar = network.validators[0] as Validator
    network.start()
    network.inject(1, proposalOf(fakeBlock('bad', 0, liar), liar))
    assert.equal(network.at(1).ledger.prepares.size, 0)
    assert.equal(network.inject(1, proposalOf(fakeBlock('bad', 0, liar), liar)), 'duplicate')
    network.inject(1, proposalOf(fakeBlock('good', 0, liar), liar))
    assert.equal(network.at(1).ledger.prepares.get(0), fakeRules.digest(fakeBlock('good', 0, liar)))
    assert.deepEqual(
      network.reports.map((report) => report.evidence),
      ['invalid-block', 'equivocation'],
    )
  })
})

suite('a proposal', () => {
  test('of an invalid block gets no vote and ends in the next round', () => {
    const network = createNetwork({
      count: 4,
      isValid: (block) => block.coinbase !== network.validators[0],
    })
    network.start()
    network.deliverWhere()
    assert.equal(network.at(1).ledger.prepares.size, 0)
    for (const index of [0, 1, 2, 3]) network.expire(index)
    network.deliverWhere()
    assert.equal(network.at(2).decided?.coinbase, network.validators[1])
  })

  test('waits for the judgement of its block, and votes wait with it', () => {
    const network = createNetwork({ count: 4, byzantine: [0, 2, 3], isSlow: true })
    const [liar, , third, fourth] = network.validators as Four
    const node = network.at(1)
    const block = fakeBlock('x', 0, liar)
    network.start()
    network.inject(1, proposalOf(block, liar))
    for (const author of [liar, third, fourth]) network.inject(1, commitOf(block, author))
    assert.equal(node.decided, undefined)
    network.work(node)
    assert.deepEqual(node.decided, block)
  })

  test('is not judged by an answer that comes a round late', () => {
    const { network, names } = besieged()
    const digest = fakeRules.digest(fakeBlock('x', 0, names[0]))
    const input = { type: 'block-checked', digest, valid: true } as const
    assert.equal(network.feed(network.at(1), input), 'not-awaited')
  })

  const cases: readonly [string, (names: Four) => ReturnType<typeof proposalOf>, string][] = [
    [
      'by another than the leader',
      ([, , , d]) => proposalOf(fakeBlock('x', 0, d), d),
      'not-the-proposer',
    ],
    [
      'with a coinbase that is not its author',
      ([a, b]) => proposalOf(fakeBlock('x', 0, b), a),
      'unjustified-proposal',
    ],
    [
      'whose block carries another round',
      ([a]) => {
        const message = proposalOf(fakeBlock('x', 3, a), a)
        const payload = { ...message.proposal.payload, round: 0 }
        return { ...message, proposal: signed(payload, a) }
      },
      'unjustified-proposal',
    ],
    [
      'whose block is of another height',
      ([a]) => {
        const block = { ...fakeBlock('x', 0, a), height: HEIGHT + 1n }
        return {
          ...proposalOf(block, a),
          proposal: signed({ type: 'proposal', height: HEIGHT, round: 0, block }, a),
        }
      },
      'unjustified-proposal',
    ],
    [
      'for another height',
      ([a]) => proposalOf({ ...fakeBlock('x', 0, a), height: HEIGHT + 1n }, a),
      'wrong-height',
    ],
    [
      'of round 0 with round changes',
      ([a]) =>
        proposalOf(fakeBlock('x', 0, a), a, { roundChanges: [roundChangeOf(1, a).roundChange] }),
      'unjustified-proposal',
    ],
  ]
  for (const [name, make, reason] of cases) {
    test(`${name} is ignored`, () => {
      const { network, names } = besieged(2, 3)
      assert.equal(network.inject(1, make(names)), reason)
      assert.equal(network.at(1).ledger.prepares.size, 0)
    })
  }
})

suite('votes', () => {
  test('of one author count once, and two different ones are reported', () => {
    const { network, names } = besieged(2, 3)
    const [a, , , d] = names
    const [x, y] = [fakeBlock('x', 0, a), fakeBlock('y', 0, a)]
    network.inject(1, proposalOf(x, a))
    assert.equal(network.inject(1, prepareOf(x, d)), undefined)
    assert.equal(network.inject(1, prepareOf(x, d)), 'duplicate')
    network.inject(1, prepareOf(y, d))
    assert.equal(network.inject(1, prepareOf(y, d)), 'equivocation')
    assert.deepEqual(network.reports, [{ author: d, evidence: 'equivocation' }])
    assert.equal(network.at(1).state.prepared, undefined)
    network.inject(1, prepareOf(x, a))
    assert.equal(network.at(1).state.prepared?.prepares.length, 3)
  })

  test('of strangers and of earlier rounds are ignored', () => {
    const { network, names } = besieged(2, 3)
    const stranger = toAddress(`0x${'ee'.repeat(20)}`)
    const block = fakeBlock('x', 0, names[0])
    assert.equal(network.inject(1, prepareOf(block, stranger)), 'not-a-validator')
    network.expire(1)
    assert.equal(network.inject(1, prepareOf(block, names[0])), 'stale-round')
    assert.equal(network.inject(1, commitOf(block, names[0])), 'stale-round')
  })

  test('for a block that nobody has proposed decide nothing', () => {
    const { network, names } = besieged(2, 3)
    const block = fakeBlock('x', 0, names[0])
    for (const author of names) {
      network.inject(1, prepareOf(block, author))
      network.inject(1, commitOf(block, author))
    }
    assert.equal(network.at(1).decided, undefined)
    assert.equal(network.at(1).ledger.commits.size, 0)
  })
})

test('a step leaves the state that it was given as it was', () => {
  const { network, names } = besieged(2, 3)
  const [a, b, c, d] = names
  const block = fakeBlock('x', 0, a)
  const messages = [
    roundChangeOf(5, d),
    proposalOf(block, a),
    prepareOf(block, a),
    prepareOf(block, c),
    commitOf(block, c),
    roundChangeOf(3, c, { block, preparers: [a, b, c] }),
  ]
  for (const message of messages) {
    const { state } = network.at(1)
    const copy = structuredClone(state)
    step(state, { type: 'message', message }, fakeRules)
    assert.deepEqual(state, copy)
    network.inject(1, message)
  }
})
