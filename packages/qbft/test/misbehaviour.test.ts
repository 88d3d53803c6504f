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

suite('the justification of a proposal in round 2', () => {
  const block = (names: Four) => fakeBlock('x', 0, names[0])
  const lockedOnX = (names: Four) => ({ block: block(names), preparers: names.slice(0, 3) })
  const payloads = (names: Four, targets: readonly number[]) =>
    names
      .slice(0, targets.length)
      .map((name, i) => roundChangeOf(targets[i] as number, name).roundChange)

  /** What validator 1 says to a proposal of round 2 by its leader. */
  function judge(make: (names: Four) => ReturnType<typeof proposalOf>) {
    const { network, names } = besieged(2, 3)
    return [network.inject(1, make(names)), network.at(1).ledger.prepares.get(2)] as const
  }

  test('needs a quorum of distinct round changes to that very round', () => {
    const fresh = (
      roundChanges: (names: Four) => readonly ReturnType<typeof roundChangeOf>['roundChange'][],
    ) =>
      judge((names) =>
        proposalOf(fakeBlock('n', 2, names[2]), names[2], { roundChanges: roundChanges(names) }),
      )
    assert.equal(fresh((names) => payloads(names, [2, 2, 2]))[1], '0x7/2/n')
    assert.equal(fresh((names) => payloads(names, [2, 2]))[0], 'unjustified-proposal')
    assert.equal(fresh((names) => payloads(names, [2, 2, 3]))[0], 'unjustified-proposal')
    const twice = fresh((names) => [...payloads(names, [2, 2]), ...payloads(names, [2])])
    assert.equal(twice[0], 'unjustified-proposal')
    const stranger = toAddress(`0x${'ee'.repeat(20)}`)
    const foreign = fresh((names) => [
      ...payloads(names, [2, 2]),
      roundChangeOf(2, stranger).roundChange,
    ])
    assert.equal(foreign[0], 'unjustified-proposal')
  })

  test('binds the leader to the locked block', () => {
    const justified = (
      proposed: (names: Four) => ReturnType<typeof fakeBlock>,
      prepared: boolean,
    ) =>
      judge((names) => {
        const locked = roundChangeOf(2, names[3], lockedOnX(names))
        const roundChanges = [...payloads(names, [2, 2]), locked.roundChange]
        const prepares = prepared ? locked.prepares : []
        return proposalOf(proposed(names), names[2], { roundChanges, prepares })
      })
    const again = (names: Four) => fakeRules.withRound(block(names), 2)
    assert.equal(justified(again, true)[1], '0x7/2/x')
    assert.equal(justified(again, false)[0], 'unjustified-proposal')
    const other = (names: Four) => fakeBlock('y', 2, names[2])
    assert.equal(justified(other, true)[0], 'unjustified-proposal')
    assert.equal(justified(other, false)[0], 'unjustified-proposal')
  })

  test('does not accept prepares of another round, of too few, or doubled', () => {
    const withPrepares = (
      prepares: (names: Four) => readonly ReturnType<typeof prepareOf>['prepare'][],
    ) =>
      judge((names) => {
        const locked = roundChangeOf(2, names[3], lockedOnX(names))
        const roundChanges = [...payloads(names, [2, 2]), locked.roundChange]
        const again = fakeRules.withRound(block(names), 2)
        return proposalOf(again, names[2], { roundChanges, prepares: prepares(names) })
      })[0]
    const prepare = (names: Four, i: number, round = 0) =>
      prepareOf({ ...block(names), round }, names[i] as Validator).prepare
    assert.equal(
      withPrepares((names) => [0, 1].map((i) => prepare(names, i))),
      'unjustified-proposal',
    )
    assert.equal(
      withPrepares((names) => [0, 1, 1].map((i) => prepare(names, i))),
      'unjustified-proposal',
    )
    assert.equal(
      withPrepares((names) => [0, 1, 2].map((i) => prepare(names, i, 1))),
      'unjustified-proposal',
    )
  })

  test('refuses two locks of one round on different blocks, and a lock of the target round', () => {
    const [reason] = judge((names) => {
      const x = roundChangeOf(2, names[0], lockedOnX(names))
      const y = roundChangeOf(2, names[1], {
        ...lockedOnX(names),
        block: fakeBlock('y', 0, names[0]),
      })
      const roundChanges = [x.roundChange, y.roundChange, roundChangeOf(2, names[3]).roundChange]
      const again = fakeRules.withRound(block(names), 2)
      return proposalOf(again, names[2], { roundChanges, prepares: x.prepares })
    })
    assert.equal(reason, 'unjustified-proposal')
    const [late] = judge((names) => {
      const locked = roundChangeOf(2, names[3], {
        ...lockedOnX(names),
        block: fakeBlock('x', 2, names[0]),
      })
      const roundChanges = [...payloads(names, [2, 2]), locked.roundChange]
      const { prepares } = locked
      return proposalOf(fakeBlock('x', 2, names[0]), names[2], { roundChanges, prepares })
    })
    assert.equal(late, 'unjustified-proposal')
  })
})

suite('a round change', () => {
  const forged: readonly [string, (names: Four) => ReturnType<typeof roundChangeOf>][] = [
    [
      'with too few prepares',
      ([a, b, , d]) => roundChangeOf(1, d, { block: fakeBlock('x', 0, a), preparers: [a, b] }),
    ],
    [
      'with doubled prepares',
      ([a, b, , d]) => roundChangeOf(1, d, { block: fakeBlock('x', 0, a), preparers: [a, b, b] }),
    ],
    [
      'with the prepare of a stranger',
      ([a, b, , d]) =>
        roundChangeOf(1, d, {
          block: fakeBlock('x', 0, a),
          preparers: [a, b, toAddress(`0x${'ee'.repeat(20)}`)],
        }),
    ],
    [
      'with another block than it claims',
      ([a, b, c, d]) => ({
        ...roundChangeOf(1, d, { block: fakeBlock('x', 0, a), preparers: [a, b, c] }),
        block: fakeBlock('y', 0, a),
      }),
    ],
    [
      'prepared in the round that it asks for',
      ([a, b, c, d]) => roundChangeOf(1, d, { block: fakeBlock('x', 1, a), preparers: [a, b, c] }),
    ],
    ['to round 0', ([, , , d]) => roundChangeOf(0, d)],
  ]
  for (const [name, make] of forged) {
    test(`${name} is not kept`, () => {
      const { network, names } = besieged(2, 3)
      assert.equal(network.inject(1, make(names)), 'unproven-round-change')
      assert.equal(network.at(1).state.roundChanges.size, 0)
    })
  }

  test('that takes back an earlier one is reported and changes nothing', () => {
    const { network, names } = besieged(2, 3)
    const [a, b, c, d] = names
    network.inject(1, roundChangeOf(1, d, { block: fakeBlock('x', 0, a), preparers: [a, b, c] }))
    network.inject(1, roundChangeOf(1, d))
    assert.deepEqual(network.reports, [{ author: d, evidence: 'equivocation' }])
    assert.ok(network.at(1).state.roundChanges.get(d)?.block)
  })
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
