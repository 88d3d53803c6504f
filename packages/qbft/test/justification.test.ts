import assert from 'node:assert/strict'
import { describe as suite, test } from 'node:test'
import { toAddress } from '@busan/primitives'
import type { Validator } from '../src/types.ts'
import {
  fakeBlock,
  fakeRules,
  prepareOf,
  proposalOf,
  roundChangeOf,
} from './harness/fake-blocks.ts'
import { createNetwork } from './harness/network.ts'

type Four = readonly [Validator, Validator, Validator, Validator]

/** Four validators; the leader of round 0 (and whoever else is named) is the test. */
function besieged(...byzantine: readonly number[]) {
  const network = createNetwork({ count: 4, byzantine: [0, ...byzantine] })
  network.start()
  return { network, names: network.validators as Four }
}

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
