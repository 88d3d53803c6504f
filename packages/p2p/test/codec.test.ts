import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesToHex, encodeRlp } from '@busan/primitives'
import fc from 'fast-check'
import { decodeByteStrings, encodeByteStrings } from '../src/byte-strings.ts'
import { decodeBlockRange, decodeStatus, encodeBlockRange, encodeStatus } from '../src/codec.ts'
import { openEnvelope, sealEnvelope } from '../src/gossip/envelope.ts'
import { createScores } from '../src/peers/scores.ts'
import { equal } from './fixture.ts'

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytesToHex)
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

describe('messages', () => {
  it('a status survives the wire', () => {
    const status = fc.record({
      chainId: uint64,
      genesisHash: hash,
      headNumber: uint64,
      headHash: hash,
      clockMs: fc.nat({ max: 2 ** 45 }),
      version: fc.stringMatching(/^[ -~]{0,64}$/),
      readsCompactProposals: fc.boolean(),
    })
    fc.assert(
      fc.property(status, (value) =>
        assert.deepEqual(decodeStatus(encodeStatus(value)), { ...value }),
      ),
    )
  })

  it('a range survives the wire, and only 1 to 128 blocks may be asked for', () => {
    fc.assert(
      fc.property(uint64, fc.integer({ min: 1, max: 128 }), (fromNumber, count) => {
        assert.deepEqual(decodeBlockRange(encodeBlockRange({ fromNumber, count })), {
          fromNumber,
          count,
        })
      }),
    )
    for (const count of [0, 129])
      assert.throws(() => decodeBlockRange(encodeBlockRange({ fromNumber: 1n, count })))
  })

  it('lists of byte strings survive the wire, whatever their sizes', () => {
    const strings = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 })
    fc.assert(
      fc.property(strings, (value) => {
        assert.deepEqual(decodeByteStrings(encodeByteStrings(value), 40), value)
      }),
    )
  })

  it('no bytes crash a decoder or pass two readings', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        let strings: Uint8Array[]
        try {
          strings = decodeByteStrings(bytes, 100)
        } catch (error) {
          assert.ok(error instanceof TypeError)
          return
        }
        assert.ok(equal(encodeByteStrings(strings), bytes), 'what decodes is canonical')
      }),
    )
  })

  it('nesting, surplus items and trailing bytes are refused', () => {
    assert.throws(() => decodeByteStrings(encodeRlp([[Uint8Array.of(1)]]), 5), TypeError)
    assert.throws(
      () => decodeByteStrings(encodeByteStrings([Uint8Array.of(1), Uint8Array.of(2)]), 1),
      TypeError,
    )
    assert.throws(() => decodeByteStrings(Uint8Array.of(0xc1, 1, 1), 5), TypeError)
  })

  it('two envelopes of one message differ and open to the same', () => {
    const message = Uint8Array.of(1, 2, 3)
    const [one, other] = [sealEnvelope(message), sealEnvelope(message)]
    assert.ok(!equal(one, other))
    assert.deepEqual([openEnvelope(one), openEnvelope(other)], [message, message])
    assert.equal(openEnvelope(new Uint8Array(8)), undefined)
  })
})

describe('scores', () => {
  const at = (clock: { ms: number }) =>
    createScores({
      clock: { nowMs: () => clock.ms, schedule: () => ({ cancel: () => {} }) },
      banMs: (peer) => (peer === 'validator' ? 100 : 1_000),
    })

  it('ban at the threshold, a validator for a shorter time', () => {
    const clock = { ms: 0 }
    const scores = at(clock)
    for (const peer of ['other', 'validator']) {
      assert.equal(scores.penalize(peer, 'invalid-block'), false)
      assert.equal(scores.penalize(peer, 'invalid-block'), true)
    }
    assert.deepEqual([scores.isBanned('other'), scores.isBanned('validator')], [true, true])
    clock.ms = 100
    assert.deepEqual([scores.isBanned('other'), scores.isBanned('validator')], [true, false])
    clock.ms = 1_000
    assert.equal(scores.isBanned('other'), false)
  })

  it('forgive with time', () => {
    const clock = { ms: 0 }
    const scores = at(clock)
    for (let i = 0; i < 50; i++) {
      assert.equal(scores.penalize('clumsy', 'invalid-block'), false)
      clock.ms += 120_000
    }
  })
})
