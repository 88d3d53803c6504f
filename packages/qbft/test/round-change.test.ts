import assert from 'node:assert/strict'
import { describe as suite, test } from 'node:test'
import type { Validator } from '../src/types.ts'
import { FUTURE_ROUNDS_MAX } from '../src/voting.ts'
import { commitOf, fakeBlock, prepareOf, proposalOf, roundChangeOf } from './harness/fake-blocks.ts'
import { createNetwork, type NetworkOptions } from './harness/network.ts'

suite('catching up', () => {
  test('f + 1 round changes ahead carry a validator to the smallest of their rounds', () => {
    const network = createNetwork({ count: 7, byzantine: [4, 5, 6] })
    const [, , , , fifth, sixth, seventh] = network.validators as readonly [
      Validator,
      ...Validator[],
    ]
    network.start()
    network.inject(0, roundChangeOf(9, fifth as Validator))
    network.inject(0, roundChangeOf(4, sixth as Validator))
    assert.equal(network.at(0).state.round, 0, 'f round changes may all be lies')
    network.inject(0, roundChangeOf(6, seventh as Validator))
    assert.equal(network.at(0).state.round, 4)
    assert.equal(network.at(0).timer, 4)
    const own = network.history.filter((message) => message.type === 'round-change')
    assert.deepEqual(
      own.map((message) => [message.roundChange.author, message.roundChange.payload.round]),
      [[network.validators[0], 4]],
    )
  })

  test('a validator that slept through two rounds arrives in one step', () => {
    const network = createNetwork({ count: 4 })
    network.at(3).isDown = true
    network.at(0).isDown = true
    network.start()
    network.deliverWhere()
    for (const index of [1, 2]) network.expire(index)
    network.deliverWhere()
    network.at(3).isDown = false
    network.retransmit()
    network.deliverWhere()
    assert.equal(network.decisions().size, 1)
    assert.equal(network.at(3).decided?.round, 1)
  })

  test('a round above 0 is not left before a quorum is known to have reached it', () => {
    const network = createNetwork({ count: 4 })
    network.start()
    network.expire(2)
    for (let i = 0; i < 5; i++) network.expire(2)
    assert.equal(network.at(2).state.round, 1)
    network.deliverWhere(({ message }) => message.type === 'round-change')
    for (const index of [0, 1]) network.expire(index)
    network.deliverWhere(({ message, to }) => {
      return message.type === 'round-change' && to === network.validators[2]
    })
    network.expire(2)
    assert.equal(network.at(2).state.round, 2)
  })

  test('a validator that missed only the round changes enters a later round with its proposal', () => {
    const network = createNetwork({ count: 4 })
    network.at(0).isDown = true
    network.start()
    for (const index of [1, 2, 3]) network.expire(index)
    const fourth = network.validators[3]
    network.restart(3)
    network.deliverWhere(({ message, to }) => to !== fourth || message.type !== 'round-change')
    assert.equal(network.at(3).decided?.round, 1)
  })

  test('the proposal of a later round sends our own round change too', () => {
    const network = createNetwork({ count: 4, byzantine: [1, 2, 3] })
    network.start()
    const [, second] = network.validators as readonly [Validator, Validator]
    const roundChanges = network.validators
      .slice(1)
      .map((author) => roundChangeOf(1, author).roundChange)
    network.inject(0, proposalOf(fakeBlock('b', 1, second), second, { roundChanges }))
    assert.deepEqual(
      network.history.slice(-2).map((message) => message.type),
      ['round-change', 'prepare'],
    )
  })
})

suite('the lock', () => {
  test('a block that was prepared is proposed again with only its round replaced', () => {
    const network = createNetwork({ count: 4 })
    network.start()
    network.deliverWhere(({ message }) => message.type !== 'commit')
    network.inFlight.length = 0
    for (const node of network.nodes.values()) {
      assert.equal(node.state.prepared?.round, 0)
      network.feed(node, { type: 'round-timeout', round: 0 })
    }
    network.deliverWhere()
    assert.deepEqual(
      [...network.nodes.values()].map((node) => node.decided),
      Array.from({ length: 4 }, () => fakeBlock('0.1', 1, network.validators[0] as Validator)),
    )
    assert.equal(network.at(1).builds, 0)
  })

  test('the lock of the highest round wins', () => {
    const network = createNetwork({ count: 4, byzantine: [0, 1, 3] })
    const [first, second, , fourth] = network.validators as readonly [
      Validator,
      Validator,
      Validator,
      Validator,
    ]
    const preparers = [first, second, fourth]
    network.start()
    const low = { block: fakeBlock('low', 0, first), preparers }
    const high = { block: fakeBlock('high', 1, second), preparers }
    network.inject(2, roundChangeOf(2, second, high))
    network.inject(2, roundChangeOf(2, first, low))
    network.inject(2, roundChangeOf(2, fourth))
    const proposal = network.history.find((message) => message.type === 'proposal')
    assert.deepEqual(proposal?.proposal.payload.block, fakeBlock('high', 2, second))
    assert.equal(proposal?.prepares.length, 3)
  })

  // Positions: C leads round 0, W (Byzantine) round 1, D round 2.
  const [C, W, D, E, A, B] = [0, 1, 2, 3, 4, 5]

  /** Six validators, one of them lying; only A learns that round 0 has decided. */
  function lostLockSchedule(sabotage?: NetworkOptions['sabotage']) {
    const network = createNetwork({ count: 6, byzantine: [W], ...(sabotage && { sabotage }) })
    const name = (index: number) => network.validators[index] as Validator
    const among = (...indices: readonly number[]) => {
      const names = indices.map(name)
      return (validator: Validator) => names.includes(validator)
    }
    network.start()
    const isABC = among(A, B, C)
    network.deliverWhere(({ to, message }) => isABC(to) && message.type === 'proposal')
    const x = fakeBlock('0.1', 0, name(C))
    for (const index of [A, B, C]) network.inject(index, prepareOf(x, name(W)))
    network.deliverWhere(({ to, message }) => isABC(to) && message.type === 'prepare')
    network.inject(A, commitOf(x, name(W)))
    network.deliverWhere(({ to, message }) => to === name(A) && message.type === 'commit')
    assert.equal(network.at(A).decided?.id, '0.1')

    for (const index of [C, D, E]) network.expire(index)
    network.inject(B, roundChangeOf(1, name(W)))
    network.deliverWhere(({ message }) => message.type === 'round-change')
    for (const index of [C, D, E]) network.inject(index, roundChangeOf(1, name(W)))
    for (const index of [B, C, D, E]) assert.equal(network.at(index).state.round, 1)

    for (const index of [B, C, D, E]) network.expire(index)
    network.inject(D, roundChangeOf(2, name(W)))
    network.deliverWhere(({ from, to, message }) => {
      return from !== name(C) && to === name(D) && message.type === 'round-change'
    })
    const isBDE = among(B, D, E)
    network.deliverWhere(({ to, message }) => isBDE(to) && message.type === 'proposal')
    const proposal = network.history.findLast((message) => message.type === 'proposal')
    const block = proposal?.proposal.payload.block ?? x
    for (const index of [B, D, E]) network.inject(index, prepareOf(block, name(W)))
    const isRound2 = ({ round }: { readonly round: number }) => round === 2
    network.deliverWhere(({ from, to, message }) => {
      return (
        isBDE(from) && isBDE(to) && message.type === 'prepare' && isRound2(message.prepare.payload)
      )
    })
    for (const index of [B, D, E]) network.inject(index, commitOf(block, name(W)))
    network.deliverWhere(({ from, to, message }) => {
      return (
        isBDE(from) && isBDE(to) && message.type === 'commit' && isRound2(message.commit.payload)
      )
    })
    return network
  }

  test('survives a jump on round changes: what one validator has decided, the others decide', () => {
    const network = lostLockSchedule()
    assert.deepEqual([...network.decisions()], ['0.1'])
    assert.equal(network.at(B).decided?.round, 2)
  })

  test('is what that schedule needs: a validator that drops it on the jump lets the chain fork', () => {
    const network = lostLockSchedule((state, input) => {
      const isJump = input.type === 'message' && input.message.type === 'round-change'
      return isJump && state.round === 0 ? { ...state, prepared: undefined } : state
    })
    assert.deepEqual([...network.decisions()].sort(), ['0.1', '2.1'])
  })
})

suite('bounds', () => {
  test('votes of far rounds are not kept, and near ones once for each author', () => {
    const network = createNetwork({ count: 4, byzantine: [3] })
    const liar = network.validators[3] as Validator
    network.start()
    for (let round = 1; round <= 200; round++) {
      for (const id of ['a', 'b']) {
        network.inject(0, prepareOf(fakeBlock(id, round, liar), liar))
        network.inject(0, commitOf(fakeBlock(id, round, liar), liar))
      }
    }
    const { prepares, commits } = network.at(0).state
    assert.equal(prepares.size, FUTURE_ROUNDS_MAX + 1)
    assert.equal(commits.size, FUTURE_ROUNDS_MAX)
    assert.ok([...commits.values()].every((votes) => votes.size === 1))
    const far = prepareOf(fakeBlock('a', FUTURE_ROUNDS_MAX + 1, liar), liar)
    assert.equal(network.inject(0, far), 'too-far-ahead')
  })

  test('only the highest round change of an author is kept', () => {
    const network = createNetwork({ count: 4, byzantine: [3] })
    const liar = network.validators[3] as Validator
    network.start()
    for (let round = 1; round <= 200; round++) network.inject(0, roundChangeOf(round, liar))
    assert.equal(network.inject(0, roundChangeOf(5, liar)), 'stale-round')
    assert.equal(network.at(0).state.roundChanges.size, 1)
    assert.equal(network.at(0).state.round, 0)
  })

  test('votes that came early count when their round begins', () => {
    const network = createNetwork({ count: 4 })
    network.at(0).isDown = true
    network.start()
    for (const index of [1, 2]) network.expire(index)
    const fourth = network.validators[3]
    network.expire(3)
    network.deliverWhere(({ to }) => to !== fourth)
    network.deliverWhere(({ message }) => message.type === 'commit' || message.type === 'prepare')
    assert.equal(network.at(3).decided, undefined)
    network.deliverWhere()
    assert.equal(network.at(3).decided?.round, 1)
  })
})
