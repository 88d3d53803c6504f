import assert from 'node:assert/strict'
import { describe as suite, test } from 'node:test'
import { isCodedError } from '@busan/primitives'
import type { Restored } from '../src/restore.ts'
import { initHeight } from '../src/state.ts'
import type { Validator } from '../src/types.ts'
import {
  commitOf,
  type FakeBlock,
  fakeBlock,
  fakeRules,
  HEIGHT,
  prepareOf,
  proposalOf,
  roundChangeOf,
  validatorsOf,
} from './harness/fake-blocks.ts'
import { createNetwork } from './harness/network.ts'

suite('a validator that restarts', () => {
  test('does not prepare another block of the round in which it has prepared one', () => {
    const network = createNetwork({ count: 4, byzantine: [0] })
    const liar = network.validators[0] as Validator
    network.start()
    network.inject(1, proposalOf(fakeBlock('x', 0, liar), liar))
    network.restart(1)
    assert.equal(
      network.inject(1, proposalOf(fakeBlock('y', 0, liar), liar)),
      'contradicts-own-vote',
    )
    assert.equal(network.inject(1, proposalOf(fakeBlock('x', 0, liar), liar)), undefined)
    const prepares = network.history.filter((message) => message.type === 'prepare')
    assert.equal(prepares.length, 1)
  })

  test('leads its round with the block that it has proposed already', () => {
    const network = createNetwork({ count: 4 })
    network.start()
    network.inFlight.length = 0
    network.restart(0)
    network.retransmit()
    network.deliverWhere()
    assert.equal(network.at(0).builds, 1)
    assert.deepEqual([...network.decisions()], ['0.1'])
    for (const node of network.nodes.values()) assert.equal(node.decided?.round, 0)
  })

  test('builds again when its proposal had not been signed', () => {
    const network = createNetwork({ count: 4, isSlow: true })
    network.start()
    network.restart(0)
    assert.equal(network.at(0).builds, 2)
  })

  test('keeps the lock under its commit', () => {
    const network = createNetwork({ count: 4 })
    network.start()
    network.deliverWhere(({ message }) => message.type !== 'commit')
    network.inFlight.length = 0
    network.restart(2)
    network.expire(2)
    const own = network.history.findLast((message) => message.type === 'round-change')
    assert.deepEqual(own?.roundChange.payload.prepared, { round: 0, digest: '0x7/0/0.1' })
    assert.equal(own?.prepares.length, 3)
  })

  test('comes back in the round that it had reached and never in a lower one', () => {
    const network = createNetwork({ count: 4 })
    network.at(0).isDown = true
    network.start()
    for (const index of [1, 2, 3]) network.expire(index)
    network.restart(3)
    assert.equal(network.at(3).state.round, 1)
    assert.equal(network.at(3).timer, 1)
    network.retransmit()
    network.deliverWhere()
    assert.equal(network.at(3).decided?.round, 1)
    const own = network.history.filter(
      (message) =>
        message.type === 'round-change' && message.roundChange.author === network.validators[3],
    )
    assert.ok(
      own.every((message) => message === own[0]),
      'one round change, sent again',
    )
  })

  test('sends the round change that a crash had prevented', () => {
    const network = createNetwork({ count: 4 })
    const node = network.at(1)
    const { self, validators, parentCoinbase } = node.state
    const restored: Restored<FakeBlock> = { round: 2, messages: [] }
    node.state = initHeight({ self, validators, height: HEIGHT, parentCoinbase, restored })
    network.feed(node, { type: 'block-timeout' })
    const [own] = network.history
    assert.equal(own?.type === 'round-change' && own.roundChange.payload.round, 2)
  })

  test('and all the others at once, in the middle of a round, still agree', () => {
    for (const stop of ['proposal', 'prepare', 'commit'] as const) {
      const network = createNetwork({ count: 4 })
      network.start()
      network.deliverWhere(({ message }) => message.type !== stop)
      network.inFlight.length = 0
      for (const index of network.validators.keys()) network.restart(index)
      network.retransmit()
      network.deliverWhere()
      assert.deepEqual([...network.decisions()], ['0.1'], `stopped before the ${stop}s arrived`)
    }
  })
})

suite('a journal is refused that', () => {
  const [self, other, third] = validatorsOf(4) as readonly [Validator, Validator, Validator]
  const x = fakeBlock('x', 0, self)
  const certificate = {
    round: 0,
    digest: fakeRules.digest(x),
    block: x,
    prepares: [self, other, third].map((author) => prepareOf(x, author).prepare),
  }
  const restore = (restored: Restored<FakeBlock>) =>
    initHeight({
      self,
      validators: validatorsOf(4),
      height: HEIGHT,
      parentCoinbase: self,
      restored,
    })
  const isRefusal = (error: unknown) => isCodedError(error, 'invalid-restored-state')

  test('holds a commit and not its certificate', () => {
    assert.throws(() => restore({ round: 0, messages: [commitOf(x, self)] }), isRefusal)
    assert.ok(restore({ round: 0, messages: [commitOf(x, self)], prepared: certificate }))
  })

  test('holds two votes of one round', () => {
    const messages = [prepareOf(x, self), prepareOf(fakeBlock('y', 0, self), self)]
    assert.throws(() => restore({ round: 0, messages }), isRefusal)
  })

  test('holds messages of others or of another height', () => {
    assert.throws(() => restore({ round: 0, messages: [prepareOf(x, other)] }), isRefusal)
    const later = prepareOf({ ...x, height: HEIGHT + 1n }, self)
    assert.throws(() => restore({ round: 0, messages: [later] }), isRefusal)
  })

  test('and the certificate inside our own round change counts', () => {
    const locked = roundChangeOf(1, self, { block: x, preparers: [self, other, third] })
    const state = restore({ round: 0, messages: [commitOf(x, self), locked] })
    assert.equal(state.prepared?.digest, certificate.digest)
    assert.equal(state.round, 1)
  })
})

test('a height cannot be run by someone who is not a validator, or on an unsorted list', () => {
  const validators = validatorsOf(4)
  const [first, second] = validators as readonly [Validator, Validator]
  const base = { height: HEIGHT, parentCoinbase: first }
  const isRefusal = (error: unknown) => isCodedError(error, 'invalid-validators')
  assert.throws(() => initHeight({ ...base, self: first, validators: [second] }), isRefusal)
  assert.throws(() => initHeight({ ...base, self: first, validators: [second, first] }), isRefusal)
})
