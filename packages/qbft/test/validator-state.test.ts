import assert from 'node:assert/strict'
import { describe as suite, test } from 'node:test'
import { type Address, isCodedError, present, toAddress } from '@busan/primitives'
import { proposer } from '../src/proposer.ts'
import { faulty, quorum } from '../src/quorum.ts'
import type { ValidatorState, Vote } from '../src/types.ts'
import { initialValidatorState, nextValidatorState, usefulVote } from '../src/validator-state.ts'
import { headerWith } from './harness/real-blocks.ts'
import vectors from './vectors/tables.json' with { type: 'json' }

const EPOCH_LENGTH = 100

function cast(state: ValidatorState, voter: Address, vote?: Vote, number = 1n): ValidatorState {
  const extraData = { validators: state.validators, ...(vote === undefined ? {} : { vote }) }
  return nextValidatorState(state, headerWith(extraData, { coinbase: voter, number }), EPOCH_LENGTH)
}

test('quorum is ceil(2n/3)', () => {
  for (const [count, expected] of Object.entries(vectors.tables.quorum_by_n.values)) {
    assert.equal(quorum(Number(count)), expected, `n = ${count}`)
  }
})

test('one more than f is floor((n-1)/3) + 1, and two quorums share an honest validator', () => {
  const { values } = vectors.tables.future_round_change_quorum_by_n
  for (const [count, expected] of Object.entries(values)) {
    assert.equal(faulty(Number(count)) + 1, expected, `n = ${count}`)
  }
  for (let count = 1; count <= 100; count++) {
    assert.ok(2 * quorum(count) - count > faulty(count), `n = ${count}`)
    assert.ok(count - faulty(count) >= quorum(count), `n = ${count}`)
  }
})

suite('the proposer', () => {
  const numbered = (n: number) => toAddress(`0x${n.toString(16).padStart(40, '0')}`)
  for (const one of vectors.proposer_selection.cases.filter((item) => item.changeEachBlock)) {
    test(one.test, () => {
      const validators = one.validators.map(numbered)
      assert.equal(proposer(validators, numbered(one.prev), one.round), numbered(one.expect))
    })
  }
  test('goes on with the rounds and starts again at the end', () => {
    const validators = [1, 2, 3, 4].map(numbered)
    const rounds = [0, 1, 2, 3, 4].map((round) => proposer(validators, numbered(3), round))
    assert.deepEqual(rounds, [4, 1, 2, 3, 4].map(numbered))
  })
  test('after the genesis block is the smallest address', () => {
    assert.equal(proposer([5, 6].map(numbered), numbered(0), 0), numbered(5))
    assert.equal(proposer([5, 6].map(numbered), numbered(0), 1), numbered(6))
  })
})

suite('the vote tally', () => {
  const addresses: Record<string, string> = vectors.vote_tally.validators_by_index
  const numbered = (index: number | undefined) =>
    toAddress(present(addresses[String(index)], `validator ${index}`))

  for (const { name, initial, steps } of vectors.vote_tally.cases) {
    test(name, () => {
      let state = initialValidatorState(initial.map(numbered))
      for (const step of steps) {
        if ('expect' in step && step.expect !== undefined) {
          assert.deepEqual(state.validators, step.expect.map(numbered))
        } else if ('epoch_reset' in step && step.epoch_reset) {
          state = cast(state, numbered(1), undefined, BigInt(EPOCH_LENGTH))
        } else if ('vote' in step) {
          const vote = { recipient: numbered(step.about), add: step.vote === 'ADD' }
          state = cast(state, numbered(step.by), vote)
        }
      }
    })
  }

  const [a, b, c] = [1, 2, 3].map(numbered) as [Address, Address, Address]

  test('ignores the vote that an epoch block carries itself', () => {
    const state = initialValidatorState([a])
    const vote = { recipient: b, add: true }
    assert.deepEqual(cast(state, a, vote, BigInt(EPOCH_LENGTH)).validators, [a])
    assert.deepEqual(cast(state, a, vote).validators, [a, b])
  })

  test('takes the set from the epoch block, ascending whatever its order', () => {
    const genesis = headerWith({ validators: [c, a, b] }, { coinbase: a, number: 0n })
    const state = nextValidatorState(initialValidatorState([c]), genesis, EPOCH_LENGTH)
    assert.deepEqual(state.validators, [a, b, c])
  })

  test('does not change the state that it was given', () => {
    const state = cast(initialValidatorState([a, b, c]), a, { recipient: b, add: false })
    const copy = structuredClone(state)
    cast(state, b, { recipient: b, add: false })
    cast(state, a, { recipient: b, add: true })
    assert.deepEqual(state, copy)
  })

  test('refuses an empty list and a double entry', () => {
    for (const list of [[], [a, b, a]]) {
      assert.throws(
        () => initialValidatorState(list),
        (error) => isCodedError(error, 'invalid-validators'),
      )
    }
  })
})

suite('the vote that a proposer casts', () => {
  const [a, b, c, d, e] = [1, 2, 3, 4, 5].map((n) =>
    toAddress(`0x${n.toString(16).padStart(40, '0')}`),
  ) as [Address, Address, Address, Address, Address]
  const state = initialValidatorState([a, b, c])

  test('is one that changes something', () => {
    assert.deepEqual(usefulVote(state, new Map([[d, true]]), a, 0n), { recipient: d, add: true })
    assert.deepEqual(usefulVote(state, new Map([[b, false]]), a, 0n), { recipient: b, add: false })
    assert.equal(
      usefulVote(
        state,
        new Map([
          [b, true],
          [d, false],
        ]),
        a,
        0n,
      ),
      undefined,
    )
    assert.equal(usefulVote(state, new Map(), a, 0n), undefined)
  })
  test('is not one that it has cast already, unless to take it back', () => {
    const voted = cast(state, a, { recipient: d, add: true })
    assert.equal(usefulVote(voted, new Map([[d, true]]), a, 0n), undefined)
    assert.deepEqual(usefulVote(voted, new Map([[d, true]]), b, 0n), { recipient: d, add: true })
    assert.deepEqual(usefulVote(voted, new Map([[d, false]]), a, 0n), { recipient: d, add: false })
  })
  test('takes turns among several', () => {
    const proposals = new Map([
      [e, true],
      [d, true],
      [b, false],
    ])
    const turns = [0n, 1n, 2n, 3n].map((turn) => usefulVote(state, proposals, a, turn)?.recipient)
    assert.deepEqual(turns, [b, d, e, b])
  })
  test('never drops the last validator', () => {
    assert.equal(usefulVote(initialValidatorState([a]), new Map([[a, false]]), a, 0n), undefined)
  })
})
